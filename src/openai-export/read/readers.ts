import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { messageOf } from '../../errors.ts'
import type { Job, Outcome, Posted, ThreadData } from './job.ts'

/** The built file, also when this one runs from its source: a thread of its own needs JavaScript. */
const builtFile = fileURLToPath(new URL('../../../dist/openai-export/read/reader-thread.js', import.meta.url))

/** More threads wait for one disk. */
const maxThreads = 4

/** While one batch is read, the next lies ready. */
const batchesAhead = 4

/** What is flushed together. */
const [batchJobs, batchBytes] = [8, 4 * 1024 * 1024]

/** What reads faster than a thread starts. */
const [fewFiles, fewBytes] = [200, 32 * 1024 * 1024]

/** Whether it pays to read files by threads of their own. */
export const areWorthThreads = (files: readonly { readonly sizeBytes: number }[]): boolean =>
  files.length > fewFiles || files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > fewBytes

/** Work for the threads: jobs that are made when their turn comes. */
export interface Work {
  readonly count: number
  jobAt(index: number): Job
  onOutcome(outcome: Outcome): void
  onBytes(count: number): void
  /** Ends it: what was dealt is still done, and nobody hears of it. */
  readonly signal?: AbortSignal | undefined
}

/** Threads that read assets. */
export interface Readers {
  /** Resolves when every job has its outcome; rejects when stopped or a callback throws, and when no thread starts. */
  read(work: Work): Promise<void>
  /** Ends all threads; what is under way rejects. */
  close(): Promise<void>
}

export interface ReadersOptions {
  /** How many at a time. */
  readonly count?: number
  readonly threadFile?: string
}

/** Work that is under way. */
interface Task extends Work {
  next: number
  left: number
  /** Jobs whose thread ended before it answered: each is tried once more, by itself. */
  readonly again: Job[]
  readonly promise: { resolve(): void; reject(error: unknown): void }
}

interface Batch {
  readonly task: Task
  readonly open: Map<number, Job>
  /** Its one job was with a thread that ended. */
  readonly isAgain: boolean
}

interface Thread {
  readonly worker: Worker
  /** It has told that it runs. */
  isReady: boolean
  /** In the order they were dealt, which is the order in which they are answered. */
  readonly batches: Batch[]
}

/**
 * Starts threads that read assets, when the first are asked for: as many as the machine runs at a time, a few at most.
 *
 * Errors  a thread that ends by itself: its jobs are tried again one by one, and one that ends a thread again is a
 *         flaw.
 */
export function createReaders(known: SharedArrayBuffer | undefined, options: ReadersOptions = {}): Readers {
  const { count = availableParallelism(), threadFile = builtFile } = options
  const threads = new Set<Thread>()
  const tasks = new Set<Task>()
  let isClosed = false

  function start(): void {
    const data: ThreadData = { known }
    const worker = new Worker(threadFile, { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: 8 } })
    const thread: Thread = { worker, batches: [], isReady: false }
    let reason = 'it ended'
    worker.on('message', (posted: Posted) => take(thread, posted))
    worker.on('error', (error) => {
      reason = messageOf(error)
    })
    worker.on('exit', () => ended(thread, reason))
    threads.add(thread)
  }

  function deal(): void {
    if (isClosed) return
    while (threads.size < Math.min(maxThreads, Math.max(1, count)) && hasJobs()) start()
    for (let round = 0; round < batchesAhead; round++)
      for (const thread of threads) if (thread.batches.length <= round) dealTo(thread)
  }

  /** A job that may have ended a thread has the next one for itself, so that it is known if it does so again. */
  function dealTo(thread: Thread): void {
    const { batches, worker } = thread
    if (batches[0]?.isAgain) return
    for (const task of tasks) {
      const [again] = batches.length === 0 ? task.again.splice(0, 1) : []
      const jobs = again ? [again] : nextOf(task)
      if (jobs.length === 0) continue
      batches.push({ task, open: new Map(jobs.map((job) => [job.at, job])), isAgain: again !== undefined })
      worker.postMessage(jobs)
      return
    }
  }

  const hasJobs = () => [...tasks].some((task) => task.next < task.count || task.again.length > 0)

  function take(thread: Thread, posted: Posted): void {
    const { batches } = thread
    const [batch] = batches
    thread.isReady = true
    if (!batch) return
    const { task } = batch
    const isNumber = typeof posted === 'number'
    if (!isNumber) batches.shift()
    if (tasks.has(task))
      attempt(task, () => {
        task.onBytes(isNumber ? posted : posted.bytes)
        if (!isNumber) for (const outcome of posted.outcomes) give(batch, outcome)
      })
    deal()
  }

  function attempt(task: Task, work: () => void): void {
    try {
      work()
    } catch (error) {
      fail(task, error)
    }
  }

  function give({ task, open }: Batch, outcome: Outcome): void {
    open.delete(outcome.at)
    task.onOutcome(outcome)
    task.left -= 1
    if (task.left > 0) return
    tasks.delete(task)
    task.promise.resolve()
  }

  function fail(task: Task, error: unknown): void {
    tasks.delete(task)
    task.promise.reject(error)
  }

  /** A thread ended: nobody waits for what it has not answered. */
  function ended(thread: Thread, reason: string): void {
    threads.delete(thread)
    if (isClosed) return
    if (!thread.isReady) for (const task of tasks) fail(task, new Error(`no thread can be started: ${reason}`))
    for (const batch of thread.batches) {
      const { task, open, isAgain } = batch
      const lost = (at: number): Outcome => ({ at, flaw: `cannot be read: ${reason}` })
      if (!isAgain) task.again.push(...open.values())
      else if (tasks.has(task))
        attempt(task, () => {
          for (const at of open.keys()) give(batch, lost(at))
        })
    }
    deal()
  }

  return {
    read(work) {
      if (work.count === 0) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const task: Task = { ...work, next: 0, left: work.count, again: [], promise: { resolve, reject } }
        work.signal?.addEventListener('abort', () => fail(task, work.signal?.reason), { once: true })
        tasks.add(task)
        deal()
      })
    },
    async close() {
      isClosed = true
      await Promise.all([...threads].map(({ worker }) => worker.terminate()))
      for (const task of tasks) fail(task, new Error('the import has ended'))
    },
  }
}

/** The next few jobs. */
function nextOf(task: Task): Job[] {
  const jobs: Job[] = []
  let bytes = 0
  while (task.next < task.count && jobs.length < batchJobs && bytes < batchBytes) {
    const job = task.jobAt(task.next++)
    bytes += job.sizeBytes
    jobs.push(job)
  }
  return jobs
}
