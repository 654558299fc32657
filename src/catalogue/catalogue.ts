import { type Collections, createCollections } from './collections.ts'
import type { Entry } from './entry.ts'
import type { Filters } from './filters.ts'
import { createFollower, type Follower } from './follower.ts'
import { createSaver, noSaver, readCache } from './index-cache.ts'
import type { Changed } from './listing.ts'
import { createPublisher } from './publisher.ts'
import { createSurvey, type Survey } from './survey.ts'
import type { TokenIndex } from './token-index.ts'

/** Every picture of the archive in memory, newest first; the disk stays the truth, and this follows it. */
export interface Catalogue {
  readonly revision: number
  /** False as long as older pictures are still being read. */
  readonly isWhole: boolean
  readonly entries: readonly Entry[]
  get(id: string): Entry | undefined
  /** Positions in `entries`, the best first. */
  search(filters: Filters): Uint32Array
  /** The words of all pictures; undefined as long as they are being read. */
  readonly tokens: TokenIndex | undefined
  readonly collections: Collections
  /** All pictures as columns, as JSON; made once for each revision. */
  list(): string
  /** Looks at the times of all folders now; resolves when what changed is in the list. */
  look(): Promise<void>
  /** Looks unless that was done a moment ago. */
  freshen(): Promise<void>
  /** Reads folders below `database/` again, for whoever knows that they changed. */
  examine(...folders: readonly string[]): Promise<void>
  /** Looks every 1.5 s as long as anybody listens. */
  onChange(listener: (changed: Changed) => void): () => void
  /** Hears of each new revision, and has nothing looked at for that. */
  onRevision(listener: () => void): () => void
  /** All has been read. */
  readonly whole: Promise<void>
  /** All has been read, and each record file's time was compared. */
  readonly examined: Promise<void>
  close(): Promise<void>
}

export interface CatalogueOptions {
  readonly pollMs?: number
  /** Nothing is written, not even the cache of this list. */
  readonly isReadOnly?: boolean
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
  const { pollMs = defaultPollMs, isReadOnly = false, onTrouble = () => {} } = options
  const closing = new AbortController()
  const isStopped = () => closing.signal.aborted
  const survey = createSurvey(root, { onNews: () => takeNews(), isStopped })
  const saver = isReadOnly ? noSaver : createSaver(root, survey.folders, onTrouble)
  // What a search for one finds is another then, though no picture changed.
  const collections = createCollections(root, () => {
    if (follower.isWhole) follower.publish()
  })
  const publisher = createPublisher(collections, isStopped, onTrouble)
  const follower = createFollower(survey, publisher, isStopped)
  const isGrowing = () => !follower.isWhole && publisher.entries.length > 0
  const takeNews = createProgress(saver.touch, isGrowing, follower.publish)
  const memory = createMemory(readCache(root), survey, isStopped)
  const look = async () => {
    await Promise.all([follower.look(), collections.refresh()]).catch(onTrouble)
  }
  const poller = createPoller(pollMs, look, () => publisher.hasListeners && !isStopped())

  await collections.refresh().catch(onTrouble)
  await memory.recall(firstPictures)
  await follower.lookNow(firstPictures).catch(onTrouble)
  const whole = follower.inTurn(() => readRest(follower, memory, isStopped)).catch(onTrouble)
  const examined = whole.then(async () => {
    publisher.indexWords()
    // Files that were written to in place leave their folder's time alone.
    if (memory.hasAny) await follower.examineAll().catch(onTrouble)
    if (!isStopped()) await saver.save()
  })

  return {
    get revision() {
      return publisher.revision
    },
    get isWhole() {
      return follower.isWhole
    },
    get entries() {
      return publisher.entries
    },
    get: publisher.get,
    search: publisher.search,
    get tokens() {
      return publisher.tokens
    },
    collections,
    list: publisher.list,
    look: follower.look,
    async freshen() {
      if (performance.now() - follower.lookedAt >= pollMs && follower.isWhole) await look()
    },
    examine: (...folders) => follower.examine(folders).catch(onTrouble),
    onChange(listener) {
      const forget = publisher.onChange(listener)
      poller.start()
      return forget
    },
    onRevision: publisher.onRevision,
    whole,
    examined,
    async close() {
      closing.abort()
      poller.stop()
      await follower.inTurn(memory.end)
      if (follower.isWhole) await saver.save()
    },
  }
}

/** What the cache remembers, taken over piece by piece. */
function createMemory(cache: ReturnType<typeof readCache>, survey: Survey, isStopped: () => boolean) {
  let hasAny = false
  return {
    get hasAny() {
      return hasAny
    },
    /** Goes on until so many pictures more are remembered. */
    async recall(enough: number) {
      for (let count = 0; count < enough && !isStopped(); ) {
        const next = await cache.next()
        if (next.done) return
        hasAny = true
        survey.remember(...next.value)
        count += next.value[1].entries.length
      }
    },
    async end() {
      await cache.return()
    },
  }
}

/** Reads what the first look has left. */
async function readRest(follower: Follower, memory: ReturnType<typeof createMemory>, isStopped: () => boolean) {
  if (!follower.isWhole) await memory.recall(Number.POSITIVE_INFINITY)
  if (!follower.isWhole && !isStopped()) await follower.lookNow()
  await memory.end()
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
