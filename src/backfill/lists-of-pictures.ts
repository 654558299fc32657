import { allSites } from '../sites/index.ts'

/** The lists of pictures of all sites; lists of conversations say nothing of what is there. */
export const listsOfPictures: readonly string[] = allSites.flatMap(
  ({ history }) => history?.catalogues.map(({ name }) => name) ?? [],
)

/** The sites that can be asked for an account's past. */
export const sitesWithHistory: readonly string[] = allSites.flatMap(({ name, history }) => (history ? [name] : []))
