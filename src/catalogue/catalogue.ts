import { setImmediate as untilIdle } from 'node:timers/promises'
import type { Changed, Filters } from '../gallery/api.ts'
import type { Entry } from './entry.ts'
import { createSaver, readCache } from './index-cache.ts'
import { difference, listOf, ordered } from './listing.ts'
import { createSearcher } from './search.ts'
import { createSurvey } from './survey.ts'
import { createTokenKeeper } from './token-index.ts'

/** Every picture of the archive in memory, newest first; the disk stays the truth, and this follows it. */
export interface CatalogueIndex {
  readonly revision: number
  /** False as long as older pictures are still being read. */
  readonly isWhole: boolean
  readonly entries: readonly Entry[]
  get(id: string): Entry | undefined
  /** Positions in `entries`, rising. */
  search(filters: Filters): Uint32Array
  /** The answer of `GET /api/list`, as JSON; made once for each revision. */
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
  readonly settled: Promise<void>
  close(): Promise<void>
}

export interface IndexOptions {
  readonly pollMs?: number
  readonly onTrouble?: (error: unknown) => void
}

const defaultPollMs = 1_500
/** Looking, and making the list while it grows, rest so many times as long as they take. */
const restFactor = 20
/** While an archive is read for the first time, what has been found is shown so often. */
const progressMs = 500
/** So many fill every screen. */
const firstPictures = 300

/**
 * Opens the index of an archive; resolves as soon as pictures can be shown.
 *
 * Shape   the latest pictures come first, from the cache where the disk is as it was, and the rest follows in the
 *         background. Then each record file's own time and size are compared.
 * Errors  none: what cannot be read is not listed, and a cache that cannot be written is not.
 */
export async function openIndex(root: string, options: IndexOptions = {}): Promise<CatalogueIndex> {
  const { pollMs = defaultPollMs, onTrouble = () => {} } = options
  const cache = readCache(root)
  const survey = createSurvey(root, { onNews: () => takeNews(), isStopped: () => isClosed })
  const saver = createSaver(root, survey.folders, onTrouble)
  const listeners = new Set<(changed: Changed) => void>()
  let entries: readonly Entry[] = []
  let byId: ReadonlyMap<string, Entry> = new Map()
  let search = createSearcher(entries)
  let list: string | undefined
  let revision = Date.now()
  let progressAt = 0
  let lookedAt = Number.NEGATIVE_INFINITY
  let isRecalled = false
  let isWhole = false
  let isClosed = false
  let last: Promise<unknown> = Promise.resolve()
  let looking: Promise<void> | undefined
  let pollTimer: NodeJS.Timeout | undefined
  const tokens = createTokenKeeper({
    isStopped: () => isClosed,
    onBuilt: (built) => {
      search = createSearcher(entries, built)
    },
    onTrouble,
  })

  const publish = () => {
    const before = byId
    ;({ entries, byId } = ordered([...survey.folders()].flatMap(([, folder]) => folder.entries)))
    search = createSearcher(entries, tokens.current)
    if (isWhole) tokens.follow(entries)
    list = undefined
    revision += 1
    if (listeners.size === 0) return
    const changed = { revision, ...(isWhole ? difference(before, byId) : { added: [], removed: [] }) }
    for (const listener of listeners) listener(changed)
  }

  /** Only while the list is not whole: later, changes are few and come at once. */
  const takeNews = () => {
    saver.touch()
    if (isWhole || entries.length === 0 || performance.now() < progressAt) return
    const began = performance.now()
    publish()
    progressAt = performance.now() + Math.max(progressMs, restFactor * (performance.now() - began))
  }

  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.catch(() => {}).then(work)
    last = next
    return next
  }

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
    if (looked.isChanged || looked.isWhole !== isWhole) publish()
    isWhole ||= looked.isWhole
  }

  const look = (): Promise<void> => {
    looking ??= inOrder(() => {
      // Whoever asks from now on wants a look that begins later.
      looking = undefined
      return isClosed ? Promise.resolve() : lookFor()
    })
    return looking
  }

  const poll = async () => {
    const began = performance.now()
    await look().catch(onTrouble)
    pollTimer = undefined
    if (listeners.size > 0 && !isClosed) schedule(Math.max(pollMs, restFactor * (performance.now() - began)))
  }
  const schedule = (ms: number) => {
    pollTimer ??= setTimeout(() => void poll(), ms).unref()
  }

  const examine = (folder: string) =>
    inOrder(async () => {
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
  const whole = inOrder(readRest).catch(onTrouble)
  const settled = whole.then(async () => {
    tokens.follow(entries)
    if (isRecalled) await examineAll().catch(onTrouble)
    if (!isClosed) await saver.save()
  })

  return {
    get revision() {
      return revision
    },
    get isWhole() {
      return isWhole
    },
    get entries() {
      return entries
    },
    get: (id) => byId.get(id),
    search: (filters) => search(filters),
    list() {
      list ??= JSON.stringify(listOf(entries, revision, isWhole))
      return list
    },
    look,
    freshen: async () => {
      if (performance.now() - lookedAt >= pollMs && isWhole) await look().catch(onTrouble)
    },
    examine: (folder) => examine(folder).catch(onTrouble),
    onChange(listener) {
      listeners.add(listener)
      schedule(pollMs)
      return () => listeners.delete(listener)
    },
    whole,
    settled,
    async close() {
      isClosed = true
      clearTimeout(pollTimer)
      await last.catch(() => {})
      await cache.return()
      if (isWhole) await saver.save()
    },
  }
}
