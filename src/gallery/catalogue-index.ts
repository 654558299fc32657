import { setImmediate as untilIdle } from 'node:timers/promises'
import type { Changed, Filters } from './api.ts'
import type { Entry } from './entry.ts'
import { createSaver, loadCache } from './index-cache.ts'
import { difference, listOf, ordered } from './listing.ts'
import { createSearcher } from './search.ts'
import { createSurvey } from './survey.ts'
import { createTokenKeeper } from './token-index.ts'

/** Every picture of the archive in memory, newest first; the disk stays the truth, and this follows it. */
export interface CatalogueIndex {
  readonly revision: number
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
const firstPictures = 500

/**
 * Opens the index of an archive; resolves as soon as pictures can be shown.
 *
 * Shape   from the cache, compared with the times of all folders; without one, the latest pictures come first and the rest
 *         follows while it is read. In the background each record file's own time and size are then compared.
 * Errors  none: what cannot be read is not listed, and a cache that cannot be written is not.
 */
export async function openIndex(root: string, options: IndexOptions = {}): Promise<CatalogueIndex> {
  const { pollMs = defaultPollMs, onTrouble = () => {} } = options
  const cached = await loadCache(root)
  const survey = createSurvey(root, cached, { onProgress: () => publishProgress(), isStopped: () => isClosed })
  const saver = createSaver(root, survey.known, onTrouble)
  if (!cached) saver.touch()
  const listeners = new Set<(changed: Changed) => void>()
  let entries: readonly Entry[] = []
  let byId: ReadonlyMap<string, Entry> = new Map()
  let search = createSearcher(entries)
  let list: string | undefined
  let revision = Date.now()
  let progressAt = 0
  let lookedAt = Number.NEGATIVE_INFINITY
  let isClosed = false
  let last: Promise<unknown> = Promise.resolve()
  let looking: Promise<void> | undefined
  let pollTimer: NodeJS.Timeout | undefined
  let onFirst = () => {}
  const tokens = createTokenKeeper({
    isStopped: () => isClosed,
    onBuilt: (built) => {
      search = createSearcher(entries, built)
    },
    onTrouble,
  })

  const publish = () => {
    const before = byId
    ;({ entries, byId } = ordered([...survey.known.folders.values()].flatMap((folder) => folder.entries)))
    search = createSearcher(entries, tokens.current)
    if (isReady) tokens.follow(entries)
    list = undefined
    revision += 1
    if (entries.length >= firstPictures) onFirst()
    if (listeners.size === 0) return
    const changed = { revision, ...difference(before, byId) }
    for (const listener of listeners) listener(changed)
  }

  /** Only while there is no list yet: later, changes are few and come at once. */
  const publishProgress = () => {
    if (isReady || isClosed || performance.now() < progressAt) return
    const began = performance.now()
    publish()
    progressAt = performance.now() + Math.max(progressMs, restFactor * (performance.now() - began))
  }

  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.catch(() => {}).then(work)
    last = next
    return next
  }

  const take = (isChanged: boolean) => {
    if (!isChanged || isClosed) return
    publish()
    saver.touch()
  }

  const look = (): Promise<void> => {
    looking ??= inOrder(async () => {
      // Whoever asks from now on wants a look that begins later.
      looking = undefined
      if (isClosed) return
      take(await survey.look())
      lookedAt = performance.now()
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

  const examine = (folder: string) => {
    if (!survey.known.folders.has(folder)) return look()
    return inOrder(async () => {
      if (!isClosed) take(await survey.examine(folder))
    })
  }

  /** Files that were written to in place leave their folder's time alone. */
  const examineAll = async () => {
    for (const folder of [...survey.known.folders.keys()]) {
      if (isClosed) return
      await examine(folder)
      await untilIdle()
    }
  }

  let isReady = cached !== undefined
  if (cached) {
    await look().catch(onTrouble)
    if (entries.length === 0) publish()
  }
  const reading = cached ? Promise.resolve() : look().catch(onTrouble)
  const settled = reading.then(async () => {
    isReady = true
    onFirst()
    tokens.follow(entries)
    if (cached) await examineAll().catch(onTrouble)
    if (!isClosed) await saver.save()
  })
  if (!cached) {
    await new Promise<void>((resolve) => {
      onFirst = resolve
    })
  }

  return {
    get revision() {
      return revision
    },
    get entries() {
      return entries
    },
    get: (id) => byId.get(id),
    search: (filters) => search(filters),
    list() {
      list ??= JSON.stringify(listOf(entries, revision))
      return list
    },
    look,
    freshen: async () => {
      if (performance.now() - lookedAt >= pollMs && isReady) await look().catch(onTrouble)
    },
    examine: (folder) => examine(folder).catch(onTrouble),
    onChange(listener) {
      listeners.add(listener)
      schedule(pollMs)
      return () => listeners.delete(listener)
    },
    settled,
    async close() {
      isClosed = true
      clearTimeout(pollTimer)
      await last.catch(() => {})
      if (isReady) await saver.save()
    },
  }
}
