import { setBounded } from '../bounded-map.ts'
import { createJournal, readJournal } from './journal.ts'

/**
 * A map that outlives the program: each change is a line in a journal, which is written anew when it has grown long.
 */
export interface JournaledMap<Value> {
  get(key: string): Value | undefined
  has(key: string): boolean
  /** Oldest first. */
  values(): Iterable<Value>
  keys(): Iterable<string>
  readonly size: number
  /**
   * Known at once; resolves when the disk has it.
   *
   * Errors  rejects when the disk refuses; then the map `isBehind`, and the next change that is written takes all with
   *         it.
   */
  set(value: Value): Promise<void>
  /** The same; false when there was nothing. */
  delete(key: string): Promise<boolean>
  readonly isBehind: boolean
  /** Leaves in the journal nothing but what still counts; only for whoever holds the lock. */
  tidy(): Promise<void>
}

export interface JournaledMapOptions<Value> {
  /** Awaited before each write. */
  readonly ready: () => Promise<void>
  keyOf(value: Value): string
  /** A value from a line of the journal; undefined for what is none, since a person may have edited it. */
  revive(line: unknown): Value | undefined
  /** More than these and the oldest are forgotten. */
  readonly maxSize?: number
  /** A file that cannot be read or written is done without: all is known until the end of this run. */
  readonly isOptional?: boolean
}

/** A journal this long, most of it about what counts no more, is written anew. */
const longJournal = 2_000

/**
 * Opens a map that is kept in `file`; nothing is written before the first change or `tidy`.
 *
 * Shape   a line for each value, the last one about a key counts, or `{ gone: key }`.
 * Errors  lines that are none of ours are passed over; rejects with what the file system says, `ELOOP` for a link.
 */
export async function openJournaledMap<Value>(
  file: string,
  options: JournaledMapOptions<Value>,
): Promise<JournaledMap<Value>> {
  const { keyOf, revive, maxSize, isOptional = false } = options
  const map = new Map<string, Value>()
  /** What is bounded is as old as its last change; all else keeps its place. */
  const put = (value: Value) => {
    if (maxSize === undefined) map.set(keyOf(value), value)
    else setBounded(map, keyOf(value), value, maxSize)
  }
  const length = await readJournal(file, (line) => {
    const value = revive(line)
    const gone = goneIn(line)
    if (gone !== undefined) map.delete(gone)
    else if (value !== undefined) put(value)
  }).catch((error: unknown) => {
    if (!isOptional) throw error
    return undefined
  })
  const journal = createJournal(file, options.ready, length ?? 0)
  const isInMemory = length === undefined
  let isBehind = false

  const rewrite = async () => {
    await journal.rewrite([...map.values()])
    isBehind = false
  }

  const note = async (line: unknown) => {
    if (isInMemory) return
    await noteInFile(line).catch((error: unknown) => {
      if (!isOptional) throw error
    })
  }

  const noteInFile = async (line: unknown) => {
    if (isBehind) return rewrite()
    await journal.add(line).catch((error: unknown) => {
      isBehind = true
      throw error
    })
    const isMostlyGone = journal.length > longJournal && journal.length > 4 * map.size
    if (map.size === 0 || isMostlyGone) await rewrite()
  }

  return {
    get: (key) => map.get(key),
    has: (key) => map.has(key),
    values: () => map.values(),
    keys: () => map.keys(),
    get size() {
      return map.size
    },
    async set(value) {
      put(value)
      await note(value)
    },
    async delete(key) {
      if (!map.delete(key)) return false
      await note({ gone: key })
      return true
    },
    get isBehind() {
      return isBehind
    },
    async tidy() {
      if (!isInMemory && (isBehind || journal.length > map.size)) await rewrite()
    },
  }
}

const goneIn = (line: unknown) =>
  typeof line === 'object' && line !== null && 'gone' in line && typeof line.gone === 'string' ? line.gone : undefined
