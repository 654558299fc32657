import { createTurns } from '../archive/read-files.ts'
import { type Entry, promptOf } from '../catalogue/entry.ts'
import { bestOf, type Near } from './near.ts'

/** The prompts of a list, to find those near to another. */
export interface PromptIndex {
  /** Whose list this was made of. */
  readonly entries: readonly Entry[]
  /** Pictures with a prompt near to this folded one, the nearest first. */
  near(prompt: string, count: number): readonly Near[]
}

/** Words fall into so many buckets; two in one are taken for the same, which hardly ever happens to rare ones. */
const buckets = 2 ** 18
/** A longer prompt is looked for by its rarest words. */
const maxWords = 32
/** In a long list, a word in a larger share of the prompts says nothing. */
const [longList, tooCommon] = [1_000, 1 / 8]
/** Usual constants of BM25: how soon a repeated word counts no more, and how much length does. */
const [saturation, lengthWeight] = [1.2, 0.75]
/** Less of the prompt in common is chance. */
const minNearness = 0.3

/**
 * Makes the index, in short turns.
 *
 * Shape   BM25. The places of each word lie one behind the other, a place once for each time the word is there.
 * Errors  undefined once `isStopped`.
 */
export async function indexPrompts(
  entries: readonly Entry[],
  isStopped: () => boolean,
): Promise<PromptIndex | undefined> {
  const turn = createTurns()
  const lengths = new Uint16Array(entries.length)
  const counts = new Uint32Array(buckets)
  for (const [at, entry] of entries.entries()) {
    const words = bucketsOf(promptOf(entry))
    for (const word of words) add(counts, word)
    lengths[at] = words.length
    await turn()
    if (isStopped()) return undefined
  }
  const firsts = firstsOf(counts, entries.length)
  const places = new Uint32Array(firsts[buckets] ?? 0)
  const next = firsts.slice()
  for (const [at, entry] of entries.entries()) {
    for (const word of bucketsOf(promptOf(entry))) {
      if (firsts[word] === firsts[word + 1]) continue
      places[next[word] ?? 0] = at
      add(next, word)
    }
    await turn()
    if (isStopped()) return undefined
  }
  return searcherOf(entries, { firsts, places, lengths })
}

/** Where the places of each word begin; words that are everywhere have none. */
function firstsOf(counts: Uint32Array, length: number): Uint32Array {
  const most = length > longList ? length * tooCommon : Number.POSITIVE_INFINITY
  const firsts = new Uint32Array(buckets + 1)
  for (const [word, count] of counts.entries()) firsts[word + 1] = (firsts[word] ?? 0) + (count > most ? 0 : count)
  return firsts
}

const add = (numbers: Uint32Array, at: number) => {
  numbers[at] = (numbers[at] ?? 0) + 1
}

interface Table {
  readonly firsts: Uint32Array
  readonly places: Uint32Array
  /** Words of each prompt. */
  readonly lengths: Uint16Array
}

function searcherOf(entries: readonly Entry[], { firsts, places, lengths }: Table): PromptIndex {
  const usual = lengths.reduce((sum, length) => sum + length, 0) / entries.length
  const countOf = (word: number) => (firsts[word + 1] ?? 0) - (firsts[word] ?? 0)
  const rarity = (word: number) => Math.log(1 + (entries.length - countOf(word) + 0.5) / (countOf(word) + 0.5))
  const weightOf = (times: number, length: number) =>
    (times * (saturation + 1)) / (times + saturation * (1 - lengthWeight + (lengthWeight * length) / usual))

  const addScores = (word: number, scores: Float32Array) => {
    const [end, weight] = [firsts[word + 1] ?? 0, rarity(word)]
    for (let at = firsts[word] ?? 0; at < end; ) {
      const place = places[at] ?? 0
      const first = at
      while (at < end && places[at] === place) at += 1
      scores[place] = (scores[place] ?? 0) + weight * weightOf(at - first, lengths[place] ?? 0)
    }
  }

  return {
    entries,
    near(prompt, count) {
      const all = bucketsOf(prompt)
      const words = [...new Set(all)].filter((word) => countOf(word) > 0)
      const chosen = words.sort((left, right) => countOf(left) - countOf(right)).slice(0, maxWords)
      const timesOf = (word: number) => all.filter((one) => one === word).length
      const own = chosen.reduce((sum, word) => sum + rarity(word) * weightOf(timesOf(word), all.length), 0)
      if (own === 0) return []
      const scores = new Float32Array(entries.length)
      for (const word of chosen) addScores(word, scores)
      const nearnessOf = (place: number) => (scores[place] ?? 0) / own
      const best = bestOf(entries.keys(), count, (place) => (nearnessOf(place) < minNearness ? 0 : nearnessOf(place)))
      return best.flatMap(({ one, value }) => {
        const entry = entries[one]
        return entry ? [{ entry, nearness: Math.min(1, value) }] : []
      })
    },
  }
}

/** Letters and digits; scripts that know no spaces go letter by letter. */
const plainWord = /[a-z0-9]+/g
const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}`
const anyWord = new RegExp(`[${unspaced}]|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`, 'gu')

/** The bucket of each word of a folded text (FNV-1a), in order. */
function bucketsOf(folded: string): number[] {
  const words = folded.match(/^\p{ASCII}*$/u.test(folded) ? plainWord : anyWord) ?? []
  return words.slice(0, maxCounted).map((word) => {
    let hash = 0x811c9dc5
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
    return (hash ^ (hash >>> 18)) & (buckets - 1)
  })
}

/** Longer prompts say nothing more, and their lengths fit two bytes. */
const maxCounted = 5_000
