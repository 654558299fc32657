/** Work that goes on while more is found to do. */
export interface Background {
  /** Begins it; waits first while too much is on its way. Rejects when something before has failed. */
  add(work: () => Promise<void>): Promise<void>
  /** Resolves when everything is done; rejects with the first failure, when nothing is on its way any more. */
  drained(): Promise<void>
}

/** So many at a time share the flushing of folders. */
const atOnce = 32

export function createBackground(): Background {
  const running = new Set<Promise<void>>()
  let failed: Promise<void> | undefined
  return {
    async add(work) {
      while (running.size >= atOnce) await Promise.race(running).catch(() => {})
      if (failed) await failed
      const one = work()
      running.add(one)
      one
        .catch(() => {
          failed ??= one
        })
        .finally(() => running.delete(one))
    },
    async drained() {
      await Promise.allSettled(running)
      await failed
    },
  }
}
