import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { fileIdOfRecord } from '../sites/ids.ts'
import { writeAll } from './all.ts'
import { openSidecars, type Sidecars } from './sidecars.ts'

export type SidecarsFollowed = Pick<Archive, 'root' | 'onRecord' | 'onMarks' | 'recordOf' | 'mark' | 'check'>

export interface KeepSidecarsOptions {
  /** How long to rest between two looks at all sidecars, for what photo managers wrote. */
  readonly everyMs?: number
}

const defaultEveryMs = 5 * 60_000
/** After a look, rest for so many times as long as it took. */
const restFactor = 50

/**
 * Keeps the sidecars of an archive right as long as it is open: those of the past at once, each new or changed picture
 * when it is, and every few minutes whatever a photo manager changed.
 *
 * Errors  none: what the disk refuses is tried again at the next look, and `sidecars status` counts it as missing.
 */
export const keepSidecars =
  ({ everyMs = defaultEveryMs }: KeepSidecarsOptions = {}) =>
  (archive: SidecarsFollowed): { close(): Promise<void> } => {
    const { root } = archive
    const closing = new AbortController()
    const opening = openSidecars({ root, mark: archive.mark, check: archive.check })
    opening.catch(() => {})
    const working = new Set<Promise<unknown>>()
    const work = (task: (sidecars: Sidecars) => Promise<unknown>) => {
      const done: Promise<unknown> = opening
        .then(task)
        .catch(() => {})
        .finally(() => working.delete(done))
      working.add(done)
      return done
    }
    const tendAt = (folder: string, name: string) => void work((sidecars) => sidecars.tend({ folder, name }))
    const forgetRecords = archive.onRecord((record) => {
      const fileId = fileIdOfRecord(record)
      const place = fileId && archive.recordOf(fileId)
      if (!place) return
      const { dir, base } = path.posix.parse(place)
      tendAt(dir, base)
    })
    const forgetMarks = archive.onMarks(tendAt)

    let timer: NodeJS.Timeout | undefined
    const look = async () => {
      const began = performance.now()
      await work((sidecars) => writeAll(sidecars, { root, signal: closing.signal }))
      const restMs = Math.max(everyMs, restFactor * (performance.now() - began))
      if (!closing.signal.aborted) timer = setTimeout(() => void look(), restMs).unref()
    }
    void look()

    return {
      async close() {
        closing.abort()
        clearTimeout(timer)
        forgetRecords()
        forgetMarks()
        while (working.size > 0) await Promise.allSettled(working)
      },
    }
  }
