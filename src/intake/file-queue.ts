import { reasonOf } from '../archive/disk-errors.ts'
import type { FileId } from '../sites/ids.ts'
import type { Backlog } from './backlog.ts'

/** Work on files: for each file in the order in which it came, so that halves which arrive together make no race. */
export interface FileQueue {
  /**
   * Resolves with the outcome, or with undefined when the disk refused: then `held.again` is done later, by itself.
   * Newer work under the same key takes the place of what is held, so `again` must do what both stand for.
   */
  add<Outcome>(fileId: FileId, work: () => Promise<Outcome>, held?: Held): Promise<Outcome | undefined>
  /** Resolves when something has ended, or at once when nothing is under way. */
  next(): Promise<unknown>
  drained(): Promise<void>
  readonly size: number
}

/** What work is remembered by while the disk refuses it, and how many bytes it holds in memory then. */
interface Held {
  readonly key: string
  readonly bytes: number
  /** The work itself if left out. */
  readonly again?: () => Promise<unknown>
}

export interface FileQueueOptions {
  readonly backlog: Backlog
  /** The disk refused, and there is no memory left to try again. */
  readonly onLost: (fileId: FileId, reason: string) => void
  readonly onChange: () => void
}

/** State   one promise per file, gone when its queue is empty. */
export function createFileQueue({ backlog, onLost, onChange }: FileQueueOptions): FileQueue {
  const queues = new Map<FileId, Promise<unknown>>()

  const add: FileQueue['add'] = (fileId, work, held = { key: fileId, bytes: 0 }) => {
    const before = queues.get(fileId) ?? Promise.resolve()
    const after = before.then(work).catch((error: unknown) => {
      const again = async () => void (await add<unknown>(fileId, held.again ?? work, held))
      if (!backlog.add(held.key, held.bytes, reasonOf(error), again)) onLost(fileId, reasonOf(error))
      return undefined
    })
    queues.set(fileId, after)
    return after.finally(() => {
      if (queues.get(fileId) === after) queues.delete(fileId)
      onChange()
    })
  }

  return {
    add,
    next: () => (queues.size > 0 ? Promise.race(queues.values()) : Promise.resolve()),
    async drained() {
      while (queues.size > 0) await Promise.all(queues.values())
    },
    get size() {
      return queues.size
    },
  }
}
