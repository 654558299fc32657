/** Work that many may ask for and few do at once. */
export interface Queue<T> {
  /** Does the work, or joins those who wait for the same; undefined when nobody waits any more as its turn comes. */
  add(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined>
}

interface Job<T> {
  readonly work: () => Promise<T>
  readonly done: Promise<T | undefined>
  readonly end: (result: Promise<T> | undefined) => void
  /** Those who wait; who gave no signal waits to the end. */
  readonly waiting: (AbortSignal | undefined)[]
}

/** Makes a queue that does so many jobs at once, the one that was asked for last first. */
export function createQueue<T>(atOnce: number): Queue<T> {
  const jobs = new Map<string, Job<T>>()
  const open: string[] = []
  let running = 0

  const next = () => {
    while (running < atOnce) {
      const key = open.pop()
      if (key === undefined) return
      void run(key)
    }
  }

  const run = async (key: string) => {
    const job = jobs.get(key)
    if (!job) return
    if (job.waiting.every((signal) => signal?.aborted)) {
      jobs.delete(key)
      return job.end(undefined)
    }
    running += 1
    const result = job.work()
    job.end(result)
    await result.catch(() => {})
    running -= 1
    jobs.delete(key)
    next()
  }

  return {
    add(key, work, signal) {
      const known = jobs.get(key)
      if (known) {
        known.waiting.push(signal)
        return known.done
      }
      let end: Job<T>['end'] = () => {}
      const done = new Promise<T | undefined>((resolve) => {
        end = (result) => resolve(result)
      })
      jobs.set(key, { work, done, end, waiting: [signal] })
      open.push(key)
      next()
      return done
    },
  }
}
