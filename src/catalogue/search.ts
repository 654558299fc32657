// Pure and without Node, so that the page of a static copy searches just as the server does.

import type { Entry } from './entry.ts'
import { testsOf } from './filter-tests.ts'
import type { Filters } from './filters.ts'
import type { TokenIndex } from './token-index.ts'
import { parseQuery, type Query } from './where.ts'
import type { Known } from './where-keys.ts'

/**
 * Makes the searcher over one revision of the list.
 *
 * Shape   positions in `entries`, the best first; these filters know no better or worse, so the newest. What `tokens`
 *         does not know – all of it, as long as it is being built, and what came since – is looked into one by one.
 */
export function createSearcher(
  entries: readonly Entry[],
  tokens?: TokenIndex,
  known?: Known,
): (filters: Filters) => Uint32Array {
  const all = new Uint32Array(entries.length)
  for (let at = 0; at < all.length; at++) all[at] = at
  let places: Int32Array | undefined
  /** Slots by position; made when the first word comes, for a list may change before anybody searches it. */
  const slotsOf = (index: TokenIndex) => {
    places ??= new Int32Array(entries.map((entry) => index.slotOf(entry) ?? -1))
    return places
  }

  /** The words of a phrase must be there, each alone, before anybody looks whether they stand together. */
  const finderOf = (text: string): Finder => {
    const isInside = (at: number) => entries[at]?.haystack.includes(text) ?? false
    if (!tokens) return isInside
    const [first, ...others] = text.split(' ').map((word) => tokens.find(word))
    if (others.length === 0) return (at, slot) => (slot < 0 ? isInside(at) : first?.[slot] === 1)
    const hasWords = (slot: number) => first?.[slot] === 1 && others.every((hits) => hits[slot] === 1)
    return (at, slot) => (slot < 0 || hasWords(slot)) && isInside(at)
  }

  /** Where all texts are, and none of those that must not be; the tests come after, for they cost more. */
  const withTexts = ({ texts, without }: Query): Uint32Array => {
    if (texts.length + without.length === 0) return all
    const [wanted, unwanted] = [texts.map(finderOf), without.map(finderOf)]
    const slots = tokens && slotsOf(tokens)
    return all.filter((at) => {
      const slot = slots?.[at] ?? -1
      return wanted.every((has) => has(at, slot)) && !unwanted.some((has) => has(at, slot))
    })
  }

  return (filters) => {
    const query = parseQuery(filters.q ?? '', known)
    const hits = withTexts(query)
    const tests = [...testsOf(filters), ...query.tests]
    if (tests.length === 0) return hits
    return hits.filter((at) => {
      const entry = entries[at]
      return entry !== undefined && tests.every((test) => test(entry))
    })
  }
}

/** Whether a text is in the picture at a position, which has this slot in the index, or -1. */
type Finder = (at: number, slot: number) => boolean
