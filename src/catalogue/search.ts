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
    const slots = slotsOf(tokens)
    const [first, ...others] = text.split(' ').map((word) => tokens.find(word))
    const hasWords = (slot: number) => first?.[slot] === 1 && others.every((hits) => hits[slot] === 1)
    return (at) => {
      const slot = slots[at] ?? -1
      if (slot < 0) return isInside(at)
      return others.length === 0 ? first?.[slot] === 1 : hasWords(slot) && isInside(at)
    }
  }

  /** Where all texts are, and none of those that must not be; the tests come after, for they cost more. */
  const withTexts = ({ texts, without }: Query): Uint32Array => {
    const wanted = texts.map(finderOf).reduce(narrowed, all)
    const unwanted = without.map(finderOf)
    return unwanted.reduce((places, has) => narrowed(places, (at) => !has(at)), wanted)
  }

  return (filters) => {
    const query = parseQuery(filters.q ?? '', known)
    const hits = withTexts(query)
    const tests = [...testsOf(filters), ...query.tests]
    if (tests.length === 0) return hits
    return narrowed(hits, (at) => {
      const entry = entries[at]
      return entry !== undefined && tests.every((test) => test(entry))
    })
  }
}

/** Whether a text is in the picture at a position. */
type Finder = (at: number) => boolean

/** The positions for which a test holds; a plain loop, since a hundred thousand are asked at every letter typed. */
function narrowed(places: Uint32Array, has: Finder): Uint32Array {
  const kept = new Uint32Array(places.length)
  let count = 0
  for (const at of places) if (has(at)) kept[count++] = at
  return kept.slice(0, count)
}
