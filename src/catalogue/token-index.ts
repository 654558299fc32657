import { setImmediate as untilIdle } from 'node:timers/promises'
import type { Entry } from './entry.ts'
import { type CountedWord, createVocabulary } from './vocabulary.ts'

/** Which of many entries hold a piece of a word, without looking into each. */
export interface TokenIndex {
  readonly size: number
  /** The place of an entry in what `find` answers; undefined for one that came later. */
  slotOf(entry: Entry): number | undefined
  /** One byte for each slot, 1 where the word is part of the haystack. */
  find(word: string): Uint8Array
  /** Its words, the most frequent first. */
  readonly words: readonly CountedWord[]
}

/** Tokens in one long text, as the engine searches that fastest, with the slots of each. */
interface Block {
  readonly text: string
  /** Where each token begins in the text; one more at the end. */
  readonly starts: Uint32Array
  /** Where the slots of each token begin in `slots`; one more at the end. */
  readonly firsts: Uint32Array
  readonly slots: Uint32Array
}

const perTurn = 400
const wordsPerTurn = 10_000
/** Answers that are kept, of 100 kB each at 100,000 entries: those of the letters typed last. */
const maxKept = 64

/**
 * Builds the index in short turns, so that others are answered meanwhile.
 *
 * Shape   a word has no white space, so it is in a haystack just if it is in one of its tokens; and of those there are
 *         far fewer different ones than there is text.
 * Errors  undefined once `isStopped`.
 */
export async function buildTokenIndex(
  entries: readonly Entry[],
  isStopped: () => boolean,
): Promise<TokenIndex | undefined> {
  const numbers = new Map<string, number>()
  let pairs = new Uint32Array(64 * entries.length + 1_024)
  const ends = new Uint32Array(entries.length)
  let length = 0
  for (const [slot, { haystack }] of entries.entries()) {
    for (const token of new Set(haystack.split(/\s+/))) {
      let number = numbers.get(token)
      if (number === undefined) {
        number = numbers.size
        numbers.set(token, number)
      }
      if (length === pairs.length) pairs = grown(pairs)
      pairs[length++] = number
    }
    ends[slot] = length
    if (slot % perTurn === perTurn - 1) await untilIdle()
    if (isStopped()) return undefined
  }
  const tokens = [...numbers.keys()]
  const postings = invert(pairs, ends, tokens.length)
  await untilIdle()
  // A single letter of another script would make all of the text twice as wide.
  const isWide = tokens.map((token) => /[^\p{ASCII}\xa0-\xff]/u.test(token))
  const blocks = [false, true].map((wide) => blockOf(tokens, postings, (number) => isWide[number] === wide))
  const slots = new Map(entries.map((entry, slot) => [entry, slot]))
  return withBlocks(blocks, slots, await wordsIn(tokens, postings))
}

/** The words among the tokens, in short turns, too. */
async function wordsIn(tokens: readonly string[], { firsts }: Postings): Promise<readonly CountedWord[]> {
  const vocabulary = createVocabulary()
  for (const [at, token] of tokens.entries()) {
    vocabulary.add(token, (firsts[at + 1] ?? 0) - (firsts[at] ?? 0))
    if (at % wordsPerTurn === 0) await untilIdle()
  }
  return vocabulary.all()
}

function grown(pairs: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * pairs.length)
  larger.set(pairs)
  return larger
}

interface Postings {
  readonly firsts: Uint32Array
  readonly slots: Uint32Array
}

/** From the tokens of each slot to the slots of each token, by counting. */
function invert(pairs: Uint32Array, ends: Uint32Array, count: number): Postings {
  const firsts = new Uint32Array(count + 1)
  const length = ends.at(-1) ?? 0
  for (let at = 0; at < length; at++) add(firsts, (pairs[at] ?? 0) + 1, 1)
  for (let at = 0; at < count; at++) add(firsts, at + 1, firsts[at] ?? 0)
  const next = firsts.slice()
  const slots = new Uint32Array(length)
  let at = 0
  for (const [slot, end] of ends.entries()) {
    for (; at < end; at++) {
      const token = pairs[at] ?? 0
      slots[next[token] ?? 0] = slot
      add(next, token, 1)
    }
  }
  return { firsts, slots }
}

function add(numbers: Uint32Array, at: number, more: number): void {
  numbers[at] = (numbers[at] ?? 0) + more
}

/** Some of the tokens as a block, the most frequent first: they fill the answer soonest. */
function blockOf(tokens: readonly string[], { firsts, slots }: Postings, belongs: (token: number) => boolean): Block {
  const countOf = (token: number) => (firsts[token + 1] ?? 0) - (firsts[token] ?? 0)
  const chosen = [...tokens.keys()].filter(belongs).sort((left, right) => countOf(right) - countOf(left))
  const starts = new Uint32Array(chosen.length + 1)
  const blockFirsts = new Uint32Array(chosen.length + 1)
  const blockSlots = new Uint32Array(chosen.reduce((sum, token) => sum + countOf(token), 0))
  for (const [at, token] of chosen.entries()) {
    starts[at + 1] = (starts[at] ?? 0) + (tokens[token]?.length ?? 0) + 1
    blockFirsts[at + 1] = (blockFirsts[at] ?? 0) + countOf(token)
    blockSlots.set(slots.subarray(firsts[token], firsts[token + 1]), blockFirsts[at])
  }
  const text = chosen.map((token) => tokens[token]).join('\n')
  return { text, starts, firsts: blockFirsts, slots: blockSlots }
}

function withBlocks(
  blocks: readonly Block[],
  slots: ReadonlyMap<Entry, number>,
  words: readonly CountedWord[],
): TokenIndex {
  const kept = new Map<string, Uint8Array>()
  return {
    size: slots.size,
    words,
    slotOf: (entry) => slots.get(entry),
    find(word) {
      const known = kept.get(word)
      if (known) return known
      const found = new Uint8Array(slots.size)
      let missing = slots.size
      for (const block of blocks) missing = mark(block, word, found, missing)
      const oldest = kept.size >= maxKept ? kept.keys().next().value : undefined
      if (oldest !== undefined) kept.delete(oldest)
      kept.set(word, found)
      return found
    },
  }
}

/** Marks the slots of every token that holds the word; how many are unmarked after it. */
function mark({ text, starts, firsts, slots }: Block, word: string, found: Uint8Array, unmarked: number): number {
  let missing = unmarked
  let token = 0
  for (let at = text.indexOf(word); at >= 0 && missing > 0; at = text.indexOf(word, starts[token])) {
    while ((starts[token + 1] ?? Number.POSITIVE_INFINITY) <= at) token += 1
    const end = firsts[token + 1] ?? 0
    for (let one = firsts[token] ?? 0; one < end; one++) {
      const slot = slots[one] ?? 0
      missing -= 1 - (found[slot] ?? 0)
      found[slot] = 1
    }
    token += 1
  }
  return missing
}

/** Keeps an index for a list that changes. */
export interface TokenKeeper {
  readonly current: TokenIndex | undefined
  /** Builds anew when many pictures came or went since; a few are looked into one by one. */
  follow(entries: readonly Entry[]): void
}

/** So many pictures are searched in no time; in a small archive, their words would be missed. */
const laterThan = (known: number) => Math.min(2_000, 10 + known / 4)

/** Makes the keeper; one index is built at a time. */
export function createTokenKeeper(options: {
  readonly isStopped: () => boolean
  readonly onBuilt: (built: TokenIndex) => void
  readonly onTrouble: (error: unknown) => void
}): TokenKeeper {
  const { isStopped, onBuilt, onTrouble } = options
  let current: TokenIndex | undefined
  let isBuilding = false
  return {
    get current() {
      return current
    },
    follow(entries) {
      if (isBuilding || (current && Math.abs(entries.length - current.size) < laterThan(current.size))) return
      isBuilding = true
      const building = buildTokenIndex(entries, isStopped).then((built) => {
        isBuilding = false
        if (!built) return
        current = built
        onBuilt(built)
      })
      building.catch(onTrouble)
    },
  }
}
