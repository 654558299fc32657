import type { Changed, PictureList } from './api.ts'
import { placesOf } from './places.ts'

/**
 * The list after some changes that were of marks alone, so that it need not be fetched again; undefined where that
 * cannot be known from them.
 */
export function patched(list: PictureList, changes: readonly Changed[]): PictureList | undefined {
  const news = changes.filter(({ revision }) => revision > list.revision)
  if (news.length === 0) return list
  const { id, flags, marks } = list.pictures
  const [places, newFlags, newMarks] = [placesOf(id), [...flags], [...marks]]
  let { revision } = list
  for (const change of news) {
    if (!change.marked || change.revision !== revision + 1) return undefined
    revision = change.revision
    for (const [one, itsFlags, itsMarks] of change.marked) {
      const place = places.get(one)
      if (place === undefined) return undefined
      newFlags[place] = itsFlags
      newMarks[place] = itsMarks
    }
  }
  return { ...list, revision, pictures: { ...list.pictures, flags: newFlags, marks: newMarks } }
}
