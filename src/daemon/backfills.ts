import type { Archive } from '../archive/archive.ts'
import type { BackfillScope } from '../backfill/backfill.ts'
import { openJournals } from '../backfill/journals.ts'
import type { AccountProgress } from '../backfill/workspaces.ts'
import type { WantedBackfill } from './asking.ts'
import type { WatchedConnection } from './connection.ts'
import type { OnEvent } from './events.ts'

/** The backfill of a profile that is watched: one at a time, over whichever connection there is. */
export interface Backfills {
  wanted(): WantedBackfill | undefined
  /** Errors: rejects when the disk refuses to say what was read before. */
  begin(scope: BackfillScope): Promise<void>
  end(): void
  progress(): AccountProgress | undefined
  follow(connection: Pick<WatchedConnection, 'progress'>): void
  /** Aborted when a backfill has nothing left to read. */
  readonly done: AbortSignal
  close(): void
}

const everyMs = 500

/** Makes the place where a backfill is wanted; how far it is, is reported twice a second, and only what has changed. */
export function createBackfills(
  archive: Archive,
  profile: string | null,
  now: () => Date,
  onEvent: OnEvent,
): Backfills {
  const done = new AbortController()
  let wanted: WantedBackfill | undefined
  let followed: Pick<WatchedConnection, 'progress'> | undefined
  let last = ''
  const progress = () => (wanted ? followed?.progress() : undefined)
  const look = () => {
    const found = progress()
    if (!found) return
    const text = JSON.stringify(found)
    if (text !== last) onEvent({ kind: 'backfill', progress: found })
    last = text
    if (found.phase === 'done') done.abort()
  }
  const timer = setInterval(look, everyMs).unref()
  return {
    wanted: () => wanted,
    async begin(scope) {
      // A dry run writes nothing.
      const journals = await openJournals(archive.root, profile, scope.isDryRun ? undefined : archive.ready)
      wanted = { scope, startedAt: now(), archive, journals }
    },
    end() {
      wanted = undefined
    },
    progress,
    follow(connection) {
      followed = connection
    },
    done: done.signal,
    close: () => clearInterval(timer),
  }
}
