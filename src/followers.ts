import type { Archive } from './archive/archive.ts'
import { followTotals } from './catalogue/follow-totals.ts'
import type { Config } from './config.ts'
import { runHooks } from './hooks/follower.ts'
import { keepMirror } from './mirror/follower.ts'
import { keepSidecars } from './sidecars/follower.ts'

/** What somebody who follows an archive has of it: what changes, what is there, and the marks to write. */
export type Followed = Pick<Archive, 'root' | 'onRecord' | 'onMarks' | 'readRecord' | 'recordOf' | 'mark' | 'check'>

/** Somebody who follows an archive while it is open to be written. */
export interface Following {
  /** Ends what is being done; the archive stays open and locked until then. It must not reject. */
  close(): Promise<void>
}

/** Begins to follow an archive: it subscribes, and what it makes of the news is its own affair. */
export type Follower = (archive: Followed) => Following

/**
 * Whoever follows the archive by its settings, of watch and import alike: a new one is a room of its own, and a line
 * here. What one of them has to say goes to `onNotice`.
 */
export function followersFor(
  { sidecars, onPicture: command, mirror }: Pick<Config, 'sidecars' | 'onPicture' | 'mirror'>,
  onNotice: (text: string) => void,
): readonly Follower[] {
  return [
    followTotals,
    ...(sidecars ? [keepSidecars()] : []),
    ...(command ? [runHooks({ command, onNotice })] : []),
    ...(mirror?.live ? [keepMirror(mirror, { onNotice })] : []),
  ]
}

/** Lets followers follow an archive until they are closed, which waits for every one. */
export function follow(archive: Followed, followers: readonly Follower[] = []): Following {
  const following = followers.map((begin) => begin(archive))
  return { close: async () => void (await Promise.allSettled(following.map(({ close }) => close()))) }
}
