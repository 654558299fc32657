/** Work that the disk refused: it is kept in memory and done again until it succeeds. */
export interface Backlog {
  /**
   * Keeps work for later; false when what it holds does not fit any more.
   *
   * Units   bytes that the work holds in memory.
   */
  add(key: string, bytes: number, reason: string, work: () => Promise<void>): boolean
  has(key: string): boolean
  /** Tries everything once more, now; or resolves with the trial that is under way. */
  retry(): Promise<void>
  readonly size: number
  /** Tries no more by itself. */
  stop(): void
}

export interface BacklogOptions {
  /** The first failure for each reason, until all is written. */
  readonly onTrouble: (reason: string) => void
  /** All of it is written now. */
  readonly onRelief: (count: number) => void
  readonly maxBytes?: number
  readonly pausesMs?: readonly number[]
}

/** What may wait in memory for a disk: some eighty pictures, which is a long session. */
const maxHeldBytes = 256 * 1024 * 1024
/** Reasons that are told; more are no help. */
const maxReasons = 20
const defaultPausesMs = [1_000, 2_000, 5_000, 10_000, 30_000]

/**
 * Makes the memory of work that could not be written.
 *
 * State   one entry per key, ended when its work succeeds; bounded by the bytes the entries hold.
 */
export function createBacklog(options: BacklogOptions): Backlog {
  const { onTrouble, onRelief, maxBytes = maxHeldBytes, pausesMs = defaultPausesMs } = options
  const held = new Map<string, { readonly bytes: number; readonly work: () => Promise<void> }>()
  let heldBytes = 0
  const told = new Set<string>()
  let written = 0
  let turns = 0
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  let retrying: Promise<void> | undefined

  const remove = (key: string) => {
    heldBytes -= held.get(key)?.bytes ?? 0
    held.delete(key)
  }

  const retry = (): Promise<void> => {
    retrying ??= retryAll().finally(() => {
      retrying = undefined
      if (held.size > 0) schedule()
    })
    return retrying
  }

  const retryAll = async () => {
    clearTimeout(timer)
    timer = undefined
    turns += 1
    await retryEach()
    if (held.size > 0) return
    const count = written
    turns = 0
    written = 0
    told.clear()
    if (count > 0) onRelief(count)
  }

  /** What fails again adds itself again, behind the others; where nothing can be written, one attempt is enough. */
  const retryEach = async () => {
    for (const [key, { work }] of [...held]) {
      remove(key)
      await work()
      if (!held.has(key)) written += 1
      else if (written === 0) return
    }
  }

  const schedule = () => {
    if (!retrying && !isOver) timer ??= setTimeout(() => void retry(), pausesMs[Math.min(turns, pausesMs.length - 1)])
  }

  return {
    add(key, bytes, reason, work) {
      const before = held.get(key)?.bytes ?? 0
      if (heldBytes - before + bytes > maxBytes) return false
      remove(key)
      held.set(key, { bytes, work })
      heldBytes += bytes
      if (!told.has(reason) && told.size < maxReasons) {
        told.add(reason)
        onTrouble(reason)
      }
      schedule()
      return true
    },
    has: (key) => held.has(key),
    retry,
    get size() {
      return held.size
    },
    stop() {
      isOver = true
      clearTimeout(timer)
    },
  }
}
