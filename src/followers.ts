import type { Archive } from './archive/archive.ts'
import { followTotals } from './catalogue/follow-totals.ts'

/** What somebody who follows an archive may see of it: what changes, and what is there. */
export type Followed = Pick<Archive, 'root' | 'onRecord' | 'onMarks' | 'readRecord'>

/** Somebody who follows an archive while it is open to be written. */
export interface Following {
  /** Ends what is being done; the archive stays open and locked until then. It must not reject. */
  close(): Promise<void>
}

/** Begins to follow an archive: it subscribes, and what it makes of the news is its own affair. */
export type Follower = (archive: Followed) => Following

/** Whatever follows the archive, of watch and import alike: a new one is a room of its own, and a line here. */
const allFollowers: readonly Follower[] = [followTotals]

/** Lets followers, all of them by default, follow an archive until they are closed, which waits for every one. */
export function follow(archive: Followed, followers: readonly Follower[] = allFollowers): Following {
  const following = followers.map((begin) => begin(archive))
  return { close: async () => void (await Promise.allSettled(following.map(({ close }) => close()))) }
}
