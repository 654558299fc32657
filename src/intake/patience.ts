import type { FileId } from '../sites/ids.ts'

/** Pictures that could be written but for their prompt, which may still come on another channel. */
export interface Patience {
  waitFor(fileId: FileId): void
  /** Waits no more; the files that were waited for. */
  end(): FileId[]
}

const patienceMs = 1_500

/** Calls `onOver` for each file once it has been waited for long enough. State: one timer per file. */
export function createPatience(onOver: (fileId: FileId) => void): Patience {
  const timers = new Map<FileId, NodeJS.Timeout>()
  return {
    waitFor(fileId) {
      if (timers.has(fileId)) return
      const over = () => {
        timers.delete(fileId)
        onOver(fileId)
      }
      timers.set(fileId, setTimeout(over, patienceMs))
    },
    end() {
      for (const timer of timers.values()) clearTimeout(timer)
      const left = [...timers.keys()]
      timers.clear()
      return left
    },
  }
}
