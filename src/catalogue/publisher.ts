import type { Entry } from './entry.ts'
import type { Filters } from './filters.ts'
import { type Changed, difference, listOf, ordered } from './listing.ts'
import { createSearcher } from './search.ts'
import { createStacks } from './stacks.ts'
import { createTokenKeeper, type TokenIndex } from './token-index.ts'
import type { Known } from './where-keys.ts'

/** The list as it stands now, and those who hear when it changes. */
export interface Publisher {
  readonly revision: number
  readonly entries: readonly Entry[]
  get(id: string): Entry | undefined
  search(filters: Filters): Uint32Array
  /** The words of the list; undefined as long as they are being read. */
  readonly tokens: TokenIndex | undefined
  /** As JSON; made once for each revision. */
  list(): string
  /** A new list, of all pictures or only of the latest. */
  publish(found: readonly Entry[], isWhole: boolean): void
  /** The list is whole: words are looked up in an index from now on. */
  indexWords(): void
  onChange(listener: (changed: Changed) => void): () => void
  /** The same for whoever does not want the disk looked at for it. */
  onRevision(listener: () => void): () => void
  readonly hasListeners: boolean
}

/** Makes an empty list; `known` says what words may name beside pictures. */
export function createPublisher(
  known: Known,
  isStopped: () => boolean,
  onTrouble: (error: unknown) => void,
): Publisher {
  const stacksOf = createStacks()
  const listeners = new Set<(changed: Changed) => void>()
  const followers = new Set<() => void>()
  let current = ordered([])
  let search = createSearcher(current.entries, undefined, known)
  let list: string | undefined
  let revision = Date.now()
  let isWhole = false
  const tokens = createTokenKeeper({
    isStopped,
    onTrouble,
    onBuilt(built) {
      search = createSearcher(current.entries, built, known)
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
    get tokens() {
      return tokens.current
    },
    list() {
      list ??= JSON.stringify(listOf(current.entries, revision, isWhole, stacksOf(current.entries)))
      return list
    },
    publish(found, isAll) {
      const [before, wasWhole] = [current, isWhole]
      current = ordered(found)
      isWhole = isAll
      search = createSearcher(current.entries, tokens.current, known)
      if (isWhole) tokens.follow(current.entries)
      list = undefined
      revision += 1
      for (const follower of followers) follower()
      if (listeners.size === 0) return
      // What is read for the first time is older, not new.
      const changed = { revision, ...(wasWhole ? difference(before, current) : { added: [], removed: [] }) }
      for (const listener of listeners) listener(changed)
    },
    indexWords: () => tokens.follow(current.entries),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onRevision(listener) {
      followers.add(listener)
      return () => void followers.delete(listener)
    },
    get hasListeners() {
      return listeners.size > 0
    },
  }
}
