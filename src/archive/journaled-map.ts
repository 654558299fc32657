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
  /**
   * Forgets what the next run would find to be of no use by itself: noted a moment later, together with others, but at
   * once when it was the last. What the disk refuses then shows in `isBehind`.
   */
  deleteSoon(key: string): Promise<void>
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
  /** More than these and the oldest are forgotten; a value that is set again counts as the newest then. */
  readonly maxSize?: number
  /** Characters that all values may have as JSON; beyond it the oldest are forgotten, but never the newest. */
  readonly maxChars?: number
  readonly onForgotten?: (value: Value) => void
  /** A file that cannot be read or written is done without: all is known until the end of this run. */
  readonly isOptional?: boolean
}

/** Deletions that are noted together. */
const soonMs = 200
/** A journal this long, most of it about what counts no more, is written anew. */
const longJournal = 2_000
const longJournalChars = 16_000_000

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
  const { keyOf, revive, isOptional = false, onForgotten = () => {} } = options
  const { maxSize = Number.POSITIVE_INFINITY, maxChars = Number.POSITIVE_INFINITY } = options
  const map = new Map<string, { readonly value: Value; readonly chars: number }>()
  let heldChars = 0
  let journalChars = 0

  const forget = (key: string): boolean => {
    heldChars -= map.get(key)?.chars ?? 0
    return map.delete(key)
  }

  /** What is bounded in number is as old as its last change; all else keeps its place. */
  const put = (value: Value, chars: number) => {
    const key = keyOf(value)
    if (options.maxSize === undefined) heldChars -= map.get(key)?.chars ?? 0
    else forget(key)
    map.set(key, { value, chars })
    heldChars += chars
    journalChars += chars
    for (const [oldest, entry] of map) {
      if (map.size <= maxSize && heldChars <= maxChars) break
      if (oldest === key) continue
      forget(oldest)
      onForgotten(entry.value)
    }
  }

  const length = await readJournal(file, (line, chars) => {
    const value = revive(line)
    const gone = goneIn(line)
    if (gone !== undefined) forget(gone)
    else if (value !== undefined) put(value, chars)
  }).catch((error: unknown) => {
    if (!isOptional) throw error
    return undefined
  })
  const journal = createJournal(file, options.ready, length ?? 0)
  const isInMemory = length === undefined
  let isBehind = false

  /** Forgotten, but not yet noted. */
  const gone = new Set<string>()

  const rewrite = async () => {
    gone.clear()
    await journal.rewrite([...map.values()].map(({ value }) => value))
    journalChars = heldChars
    isBehind = false
  }

  const note = async (...lines: readonly unknown[]) => {
    if (isInMemory) return
    await noteInFile(lines).catch((error: unknown) => {
      if (!isOptional) throw error
    })
  }

  const noteInFile = async (lines: readonly unknown[]) => {
    // Where nothing counts any more, the file goes.
    if (isBehind || map.size === 0) return rewrite()
    await Promise.all(lines.map((line) => journal.add(line))).catch((error: unknown) => {
      isBehind = true
      throw error
    })
    const isMostlyGone =
      (journal.length > longJournal && journal.length > 4 * map.size) ||
      (journalChars > longJournalChars && journalChars > 4 * heldChars)
    if (map.size === 0 || isMostlyGone) await rewrite()
  }

  const noteGone = () => {
    const lines = [...gone].map((key) => ({ gone: key }))
    gone.clear()
    if (lines.length > 0) void note(...lines).catch(() => {})
  }

  return {
    get: (key) => map.get(key)?.value,
    has: (key) => map.has(key),
    values: () => [...map.values()].map(({ value }) => value),
    keys: () => map.keys(),
    get size() {
      return map.size
    },
    async set(value) {
      // Its new line comes after the old one, which it replaces.
      gone.delete(keyOf(value))
      put(value, JSON.stringify(value).length)
      await note(value)
    },
    async delete(key) {
      if (!forget(key)) return false
      await note({ gone: key })
      return true
    },
    async deleteSoon(key) {
      if (!forget(key)) return
      if (map.size === 0) return note()
      gone.add(key)
      if (gone.size === 1) setTimeout(noteGone, soonMs).unref()
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
