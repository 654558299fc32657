import pLimit from 'p-limit'

/** Work that goes on while more is found to do. */
export interface Background {
  /** Begins it; waits first while too much is on its way. Rejects when something before has failed. */
  add(work: () => Promise<void>): Promise<void>
  /** Resolves when everything is done; rejects with the first failure, when nothing is on its way any more. */
  drained(): Promise<void>
}

/** So many at a time share the flushing of folders. */
const atOnce = 32

/** Back-pressure for work that is not awaited. */
export function createBackground(): Background {
  const limit = pLimit(atOnce)
  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  return {
    add: (work) =>
      new Promise((resolve, reject) => {
        const one = limit(async () => {
          if (failure) return reject(failure.error)
          resolve()
          await work().catch((error: unknown) => {
            failure ??= { error }
          })
        }).finally(() => running.delete(one))
        running.add(one)
      }),
    async drained() {
      await Promise.all(running)
      if (failure) throw failure.error
    },
  }
}
