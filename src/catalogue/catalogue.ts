import { setImmediate as untilIdle } from 'node:timers/promises'
import type { Entry } from './entry.ts'
import type { Filters } from './filters.ts'
import { createSaver, readCache } from './index-cache.ts'
import type { Changed } from './listing.ts'
import { createPublisher } from './publisher.ts'
import { createSurvey } from './survey.ts'

/** Every picture of the archive in memory, newest first; the disk stays the truth, and this follows it. */
export interface Catalogue {
  readonly revision: number
  /** False as long as older pictures are still being read. */
  readonly isWhole: boolean
  readonly entries: readonly Entry[]
  get(id: string): Entry | undefined
  /** Positions in `entries`, the best first. */
  search(filters: Filters): Uint32Array
  /** All pictures as columns, as JSON; made once for each revision. */
  list(): string
  /** Looks at the times of all folders now; resolves when what changed is in the list. */
  look(): Promise<void>
  /** Looks unless that was done a moment ago. */
  freshen(): Promise<void>
  /** Reads one folder below `database/` again, for whoever knows that it changed. */
  examine(folder: string): Promise<void>
  /** Looks every 1.5 s as long as anybody listens. */
  onChange(listener: (changed: Changed) => void): () => void
  /** All has been read. */
  readonly whole: Promise<void>
  /** All has been read, and each record file's time was compared. */
  readonly examined: Promise<void>
  close(): Promise<void>
}

export interface CatalogueOptions {
  readonly pollMs?: number
  readonly onTrouble?: (error: unknown) => void
}

const defaultPollMs = 1_500
/** After a look, and after making the list while it grows, rest for so many times as long as that took. */
const restFactor = 20
/** While an archive is read for the first time, what has been found is shown so often. */
const progressMs = 500
/** So many fill every screen. */
const firstPictures = 300

/**
 * Opens the catalogue of an archive; resolves as soon as pictures can be shown.
 *
 * Shape   the latest pictures come first, from the cache where the disk is as it was, and the rest follows in the
 *         background. Then each record file's own time and size are compared.
 * Errors  none: what cannot be read is not listed, and a cache that cannot be written is not.
 */
export async function openCatalogue(root: string, options: CatalogueOptions = {}): Promise<Catalogue> {
  const { pollMs = defaultPollMs, onTrouble = () => {} } = options
  let [isWhole, isClosed, isRecalled] = [false, false, false]
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  const inOrder = createOrder()
  const cache = readCache(root)
  const survey = createSurvey(root, { onNews: () => takeNews(), isStopped: () => isClosed })
  const saver = createSaver(root, survey.folders, onTrouble)
  const publisher = createPublisher(() => isClosed, onTrouble)
  const publish = () =>
    publisher.publish(
      [...survey.folders()].flatMap(([, folder]) => folder.entries),
      isWhole,
    )
  const takeNews = createProgress(saver.touch, () => !isWhole && publisher.entries.length > 0, publish)

  /** Takes over from the cache until so many pictures are remembered. */
  const recall = async (enough: number) => {
    for (let count = 0; count < enough && !isClosed; ) {
      const next = await cache.next()
      if (next.done) return
      isRecalled = true
      survey.remember(...next.value)
      count += next.value[1].entries.length
    }
  }

  const lookFor = async (enough?: number) => {
    const looked = await survey.look(enough)
    lookedAt = performance.now()
    if (isClosed) return
    const isNews = looked.isChanged || looked.isWhole !== isWhole
    isWhole ||= looked.isWhole
    if (isNews) publish()
  }

  const look = (): Promise<void> => {
    looking ??= inOrder.add(() => {
      // Whoever asks from now on wants a look that begins later.
      looking = undefined
      return isClosed ? Promise.resolve() : lookFor()
    })
    return looking
  }

  const examine = (folder: string) =>
    inOrder.add(async () => {
      if (isClosed) return
      const isChanged = await survey.examine(folder)
      if (isChanged === undefined) await lookFor()
      else if (isChanged) publish()
    })

  /** Files that were written to in place leave their folder's time alone. */
  const examineAll = async () => {
    for (const [folder] of [...survey.folders()]) {
      if (isClosed) return
      await examine(folder)
      await untilIdle()
    }
  }

  const readRest = async () => {
    if (!isWhole) await recall(Number.POSITIVE_INFINITY)
    if (!isWhole && !isClosed) await lookFor()
    await cache.return()
  }

  await recall(firstPictures)
  await lookFor(firstPictures).catch(onTrouble)
  const whole = inOrder.add(readRest).catch(onTrouble)
  const examined = whole.then(async () => {
    publisher.indexWords()
    if (isRecalled) await examineAll().catch(onTrouble)
    if (!isClosed) await saver.save()
  })
  const poller = createPoller(
    pollMs,
    () => look().catch(onTrouble),
    () => publisher.hasListeners && !isClosed,
  )

  return {
    get revision() {
      return publisher.revision
    },
    get isWhole() {
      return isWhole
    },
    get entries() {
      return publisher.entries
    },
    get: publisher.get,
    search: publisher.search,
    list: publisher.list,
    look,
    freshen: async () => {
      if (performance.now() - lookedAt >= pollMs && isWhole) await look().catch(onTrouble)
    },
    examine: (folder) => examine(folder).catch(onTrouble),
    onChange(listener) {
      const forget = publisher.onChange(listener)
      poller.start()
      return forget
    },
    whole,
    examined,
    async close() {
      isClosed = true
      poller.stop()
      await inOrder.last()
      await cache.return()
      if (isWhole) await saver.save()
    },
  }
}

/** Work one after the other, whatever fails. */
function createOrder() {
  let last: Promise<unknown> = Promise.resolve()
  return {
    add<T>(work: () => Promise<T>): Promise<T> {
      const next = last.catch(() => {}).then(work)
      last = next
      return next
    },
    last: () => last.catch(() => {}),
  }
}

/** Shows what has been found so far, but not so often that finding takes longer for it. */
function createProgress(onNews: () => void, isGrowing: () => boolean, publish: () => void): () => void {
  let nextAt = 0
  return () => {
    onNews()
    const began = performance.now()
    if (!isGrowing() || began < nextAt) return
    publish()
    nextAt = performance.now() + Math.max(progressMs, restFactor * (performance.now() - began))
  }
}

/** Looks again and again as long as that is wanted, and rests long after a look that took long. */
function createPoller(pollMs: number, look: () => Promise<void>, isWanted: () => boolean) {
  let timer: NodeJS.Timeout | undefined
  const schedule = (ms: number) => {
    timer ??= setTimeout(() => void poll(), ms).unref()
  }
  const poll = async () => {
    const began = performance.now()
    await look()
    timer = undefined
    if (isWanted()) schedule(Math.max(pollMs, restFactor * (performance.now() - began)))
  }
  return { start: () => schedule(pollMs), stop: () => clearTimeout(timer) }
}
