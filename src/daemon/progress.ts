import type { WatchedConnection } from './connection.ts'
import type { OnEvent } from './events.ts'

/** Reports how far a backfill is, over whichever connection it goes on. */
export interface ProgressReports {
  follow(connection: Pick<WatchedConnection, 'progress'>): void
  /** Aborted when nothing is left to be read. */
  readonly done: AbortSignal
  stop(): void
}

const everyMs = 500

/** Begins to report, twice a second and only what has changed. */
export function reportProgress(onEvent: OnEvent): ProgressReports {
  const done = new AbortController()
  let followed: Pick<WatchedConnection, 'progress'> | undefined
  let last = ''
  const look = () => {
    const progress = followed?.progress()
    if (!progress) return
    const text = JSON.stringify(progress)
    if (text !== last) onEvent({ kind: 'backfill', progress })
    last = text
    if (progress.phase === 'done') done.abort()
  }
  const timer = setInterval(look, everyMs).unref()
  return {
    follow(connection) {
      followed = connection
    },
    done: done.signal,
    stop: () => clearInterval(timer),
  }
}
