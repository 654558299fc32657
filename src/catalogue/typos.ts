import type { Catalogue } from './catalogue.ts'
import type { Filters } from './filters.ts'
import { fold } from './fold.ts'
import type { TokenIndex } from './token-index.ts'
import { parseQuery } from './where.ts'

/** What a search came to; `corrected` says which words were searched when nothing was found for those asked for. */
export interface Found {
  readonly hits: Uint32Array
  readonly corrected?: string
}

/** Searches, and forgives typos where nothing else is found. */
export function searchForgiving(catalogue: Pick<Catalogue, 'search' | 'tokens'>, filters: Filters): Found {
  const hits = catalogue.search(filters)
  if (hits.length > 0 || !filters.q || !catalogue.tokens) return { hits }
  const corrected = correctedOf(filters.q, catalogue.tokens)
  const instead = corrected === undefined ? undefined : catalogue.search({ ...filters, q: corrected })
  return corrected !== undefined && instead && instead.length > 0 ? { hits: instead, corrected } : { hits }
}

/**
 * A search with the nearest known word in the place of each that no picture has; undefined when there is none such, or
 * one has no near word.
 */
export function correctedOf(q: string, tokens: Pick<TokenIndex, 'find' | 'words'>): string | undefined {
  const unknown = parseQuery(q).words.filter(({ word }) => !tokens.find(fold(word)).includes(1))
  let corrected = q
  for (const { word, at } of unknown.toReversed()) {
    const near = nearestTo(fold(word), tokens.words)
    if (near === undefined) return undefined
    corrected = corrected.slice(0, at) + near + corrected.slice(at + word.length)
  }
  return unknown.length === 0 ? undefined : corrected
}

/** Slips that are forgiven in a word of so many letters. */
const slipsIn = (word: string) => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2)

/** The nearest of the known words, the most frequent of several; `words` come in that order. */
export function nearestTo(word: string, words: TokenIndex['words']): string | undefined {
  let best: string | undefined
  let allowed = slipsIn(word)
  for (const [known] of words) {
    if (allowed < 0) return best
    if (Math.abs(known.length - word.length) > allowed) continue
    const slips = slipsBetween(word, known, allowed)
    if (slips === undefined) continue
    // From now on only a nearer one is better.
    best = known
    allowed = slips - 1
  }
  return best
}

/**
 * Letters to be added, left out, replaced, or swapped with their neighbour; undefined once that is more than `most`.
 *
 * Source  optimal string alignment distance
 */
function slipsBetween(one: string, other: string, most: number): number | undefined {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const replaced = (last[column - 1] ?? 0) + (isSame ? 0 : 1)
      const least = Math.min(replaced, (last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1)
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      next.push(isSwapped && row > 1 && column > 1 ? Math.min(least, (beforeLast[column - 2] ?? 0) + 1) : least)
    }
    if (Math.min(...next) > most) return undefined
    ;[beforeLast, last] = [last, next]
  }
  const slips = last[other.length] ?? 0
  return slips <= most ? slips : undefined
}
