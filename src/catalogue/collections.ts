import path from 'node:path'
import { type Collection, collectionsFolder, readCollections } from '../archive/collections.ts'
import { statOf } from '../archive/confined.ts'
import type { Where } from './filter-tests.ts'
import { foldedLine } from './fold.ts'
import { parseQuery, whereOf } from './where.ts'
import type { Known } from './where-keys.ts'

/** The collections of an archive as they were read last. */
export interface Collections extends Known {
  /** By name. */
  readonly all: readonly Collection[]
  get(id: string): Collection | undefined
  named(name: string): Collection | undefined
  /** Reads them again if their folder has changed, or always. */
  refresh(isChanged?: boolean): Promise<void>
}

/** Makes an index of collections; it knows none before it is refreshed, and tells whenever they are others then. */
export function createCollections(root: string, onChange = () => {}): Collections {
  let all: readonly Collection[] = []
  let modifiedMs = -1
  const named = (name: string) => all.find((one) => foldedLine(one.name) === foldedLine(name))

  /** A smart one may name others, and they itself: whoever is being looked up is not known then. */
  const knownBut = (above: readonly Collection[]): Known => ({
    collection(name) {
      const found = named(name)
      return found && !above.includes(found) ? membershipOf(found, knownBut([...above, found])) : undefined
    },
  })

  return {
    get all() {
      return all
    },
    get: (id) => all.find((one) => one.id === id),
    named,
    ...knownBut([]),
    async refresh(isChanged = false) {
      const found = (await statOf(path.join(root, collectionsFolder)))?.mtimeMs ?? 0
      if (found === modifiedMs && !isChanged) return
      // Noted before they are read, so that what changes meanwhile is seen the next time.
      modifiedMs = found
      const read = await readCollections(root)
      const before = JSON.stringify(all)
      all = read.sort((one, other) => one.name.localeCompare(other.name, 'en') || (one.id < other.id ? -1 : 1))
      if (JSON.stringify(all) !== before) onChange()
    },
  }
}

function membershipOf(collection: Collection, known: Known): Where {
  if (collection.kind === 'smart') return whereOf(parseQuery(collection.query, known))
  const ids = new Set(collection.ids)
  return ({ id }) => ids.has(id)
}
