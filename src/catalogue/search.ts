// Pure and without Node, so that the page of a static copy searches just as the server does.

import { sameLabel } from '../profile-rules.ts'
import type { Entry } from './entry.ts'
import type { Filters, Shape } from './filters.ts'
import { fold, wordsOf } from './fold.ts'
import type { TokenIndex } from './token-index.ts'

/**
 * Makes the searcher over one revision of the list.
 *
 * Shape   positions in `entries`, the best first; these filters know no better or worse, so the newest. What `tokens`
 *         does not know – all of it, as long as it is being built, and what came since – is looked into one by one.
 */
export function createSearcher(entries: readonly Entry[], tokens?: TokenIndex): (filters: Filters) => Uint32Array {
  const all = new Uint32Array(entries.length)
  for (let at = 0; at < all.length; at++) all[at] = at
  let known: Int32Array | undefined
  /** Slots by position; made when the first word comes, for a list may change before anybody searches it. */
  const slotsOf = (index: TokenIndex) => {
    known ??= new Int32Array(entries.map((entry) => index.slotOf(entry) ?? -1))
    return known
  }

  /** Where all words are; the filters come after, for they change less often than the words. */
  const withWords = (words: readonly string[]): Uint32Array => {
    if (words.length === 0) return all
    const found = words.map((word) => tokens?.find(word))
    const slots = tokens && slotsOf(tokens)
    return all.filter((at) => {
      const slot = slots?.[at] ?? -1
      if (slot >= 0) return found.every((hits) => hits?.[slot] === 1)
      const haystack = entries[at]?.haystack ?? ''
      return words.every((word) => haystack.includes(word))
    })
  }

  return (filters) => {
    const hits = withWords(wordsOf(filters.q ?? ''))
    const tests = testsOf(filters)
    if (tests.length === 0) return hits
    return hits.filter((at) => {
      const entry = entries[at]
      return entry !== undefined && tests.every((test) => test(entry))
    })
  }
}

type Test = (entry: Entry) => boolean

/** The tests of what is said in filters, but for their words. */
export function testsOf({ from, to, by, shape, source, hasSeed, favourite, tag = '', profile }: Filters): Test[] {
  const folded = fold(tag.trim())
  const tests: (Test | false | undefined)[] = [
    from !== undefined && (({ date }) => date >= from),
    to !== undefined && (({ date }) => date <= to),
    by && ((entry) => entry.by === by),
    shape && ((entry) => shapeOf(entry) === shape),
    source && ((entry) => entry.source === source),
    hasSeed && ((entry) => entry.hasSeed),
    favourite && ((entry) => entry.favourite),
    folded !== '' && (({ tags }) => tags.includes(folded)),
    profile !== undefined && (({ profiles }) => profiles.some((label) => sameLabel(label, profile))),
  ]
  return tests.filter((test) => typeof test === 'function')
}

/** Sides that differ by less are taken for equal. */
const squareWithin = 1.05

function shapeOf({ width, height }: Entry): Shape | undefined {
  if (width === 0 || height === 0) return undefined
  if (width > height * squareWithin) return 'wide'
  return height > width * squareWithin ? 'tall' : 'square'
}
