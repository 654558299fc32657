import { setTimeout as pause } from 'node:timers/promises'
import { openArchive } from '../../src/archive/archive.ts'
import type { Follower } from '../../src/followers.ts'

/** A follower that notes what it hears, and at its end, which takes a moment, whether the archive is still locked. */
export function createFollower() {
  const news: string[] = []
  const follower: Follower = ({ root, onRecord }) => {
    onRecord((_, change) => void news.push(change))
    return {
      async close() {
        await pause(20)
        const other = await openArchive(root, { isLocked: true }).catch(() => undefined)
        news.push(other ? 'closed' : 'closed while the archive is locked')
        await other?.close()
      },
    }
  }
  return { follower, news }
}
