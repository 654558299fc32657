import type { Entry } from './entry.ts'
import type { Filters } from './filters.ts'
import { type Changed, difference, listOf, ordered } from './listing.ts'
import { createSearcher } from './search.ts'
import { createTokenKeeper } from './token-index.ts'

/** The list as it stands now, and those who hear when it changes. */
export interface Publisher {
  readonly revision: number
  readonly entries: readonly Entry[]
  get(id: string): Entry | undefined
  search(filters: Filters): Uint32Array
  /** As JSON; made once for each revision. */
  list(): string
  /** A new list, of all pictures or only of the latest. */
  publish(found: readonly Entry[], isWhole: boolean): void
  /** The list is whole: words are looked up in an index from now on. */
  indexWords(): void
  onChange(listener: (changed: Changed) => void): () => void
  readonly hasListeners: boolean
}

/** Makes an empty list. */
export function createPublisher(isStopped: () => boolean, onTrouble: (error: unknown) => void): Publisher {
  const listeners = new Set<(changed: Changed) => void>()
  let current = ordered([])
  let search = createSearcher(current.entries)
  let list: string | undefined
  let revision = Date.now()
  let isWhole = false
  const tokens = createTokenKeeper({
    isStopped,
    onTrouble,
    onBuilt(built) {
      search = createSearcher(current.entries, built)
    },
  })
  return {
    get revision() {
      return revision
    },
    get entries() {
      return current.entries
    },
    get: (id) => current.byId.get(id),
    search: (filters) => search(filters),
    list() {
      list ??= JSON.stringify(listOf(current.entries, revision, isWhole))
      return list
    },
    publish(found, isAll) {
      const [before, wasWhole] = [current.byId, isWhole]
      current = ordered(found)
      isWhole = isAll
      search = createSearcher(current.entries, tokens.current)
      if (isWhole) tokens.follow(current.entries)
      list = undefined
      revision += 1
      if (listeners.size === 0) return
      // What is read for the first time is older, not new.
      const changed = { revision, ...(wasWhole ? difference(before, current.byId) : { added: [], removed: [] }) }
      for (const listener of listeners) listener(changed)
    },
    indexWords: () => tokens.follow(current.entries),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    get hasListeners() {
      return listeners.size > 0
    },
  }
}
