// Pure and without Node, so that the page of a static copy understands the same words.

import type { Where } from './filter-tests.ts'
import { foldedLine } from './fold.ts'
import { type Known, keys, searchKeys, states } from './where-keys.ts'

/** What is looked for, understood. */
export interface Query {
  /** Folded texts that must all be in what is searched; those with spaces are phrases. */
  readonly texts: readonly string[]
  /** Those that must not. */
  readonly without: readonly string[]
  readonly tests: readonly Where[]
  /** The single words of `texts`, as they were written, with their places. */
  readonly words: readonly { readonly word: string; readonly at: number }[]
}

/** More than these and something else is meant. */
const maxTerms = 100
/** In a search, words beyond these say nothing more. */
const [maxQueryChars, maxQueryTerms] = [500, 20]
const nothingKnown: Known = { collection: () => undefined }

/**
 * Understands what is wanted, written as one writes a search: `favourite and after:2026-01 -tag:draft "red coat"`.
 *
 * Shape   all terms must hold; `and` may stand between them. A term is a word, a phrase in quotes, `favourite`, `seed`,
 *         `missing`, or one of `keys` with its value; `-` or `not` before it means that it must not hold. A day, month
 *         or year of `after:` belongs to what is wanted, that of `before:` does not.
 * Units   days of this machine's time zone.
 * Errors  a sentence that says which term cannot be understood.
 */
export function parseWhere(text: string, known = nothingKnown): { readonly where: Where } | { readonly flaw: string } {
  const found: Understood[] = []
  let isNegated = false
  for (const term of termsIn(text)) {
    const joint = term.minus === '' ? (term.bare ?? '').toLowerCase() : ''
    if (joint === 'and') continue
    if (joint === 'or') return { flaw: '"or" is not understood; in quotes it is a word' }
    if (joint === 'not') {
      isNegated = true
      continue
    }
    if (term.isOpen) return { flaw: `${term.written}: a quote is open` }
    const bareTest = states.get((term.bare ?? '').toLowerCase())
    const meant = bareTest ?? meaningOf(term, known)
    if (typeof meant === 'object') return { flaw: `${term.written}: ${meant.flaw}` }
    found.push({ term, meant, isNegated: isNegated || term.minus === '-' })
    isNegated = false
  }
  if (isNegated) return { flaw: '"not" stands before what must not hold' }
  if (found.length > maxTerms) return { flaw: `more than ${maxTerms} terms` }
  return { where: whereOf(queryOf(found)) }
}

/**
 * Understands the same words as somebody types them into the search: what cannot be understood yet is searched as text,
 * and so is every single word.
 */
export function parseQuery(text: string, known = nothingKnown): Query {
  const found: Understood[] = []
  for (const term of termsIn(text.slice(0, maxQueryChars))) {
    if (term.value === '' && keys.has(term.key ?? '')) continue
    const meant = meaningOf(term, known)
    found.push({ term, meant: typeof meant === 'object' ? term.unsigned : meant, isNegated: term.minus === '-' })
    if (found.length === maxQueryTerms) break
  }
  return queryOf(found)
}

/** The term that is being typed at the end of a text; undefined behind a space. */
export function lastTermOf(text: string): Term | undefined {
  const last = [...termsIn(text.slice(0, maxQueryChars))].at(-1)
  return last && last.at + last.written.length === text.length ? last : undefined
}

/** Whether a picture is what is looked for, by looking into it alone. */
export function whereOf({ texts, without, tests }: Query): Where {
  return (entry) =>
    texts.every((text) => entry.haystack.includes(text)) &&
    !without.some((text) => entry.haystack.includes(text)) &&
    tests.every((test) => test(entry))
}

/** One term as it is written; of key, phrase and bare word just one is there. */
export interface Term {
  readonly written: string
  readonly unsigned: string
  readonly at: number
  readonly minus: string
  readonly key: string | undefined
  readonly value: string
  readonly phrase: string | undefined
  readonly bare: string | undefined
  readonly isOpen: boolean
}

/** A term that must hold, or must not: a text to be found, or a test. */
interface Understood {
  readonly term: Term
  readonly meant: string | Where
  readonly isNegated: boolean
}

/** A minus before anything but another; a key with its value; or a phrase; or a word. */
const termPattern = /(-(?=[^\s-]))?(?:([a-z]+):("[^"]*"?|\S*)|"([^"]*)("?)|(\S+))/giu

/** Keyboards of phones write other quotes, and mean these. */
const plainQuotes = (text: string) => text.replace(/[“”„]/g, '"')

function* termsIn(text: string): Generator<Term> {
  for (const match of plainQuotes(text).matchAll(termPattern)) {
    const [written, minus = '', key, value = '', phrase, close, bare] = match
    const isOpen = key === undefined ? close === '' : value.startsWith('"') && !/^"[^"]*"$/.test(value)
    const term = { written, unsigned: written.slice(minus.length), at: match.index, minus, key: key?.toLowerCase() }
    yield { ...term, value: value.replaceAll('"', ''), phrase, bare, isOpen }
  }
}

function queryOf(found: readonly Understood[]): Query {
  const textsOf = (isWithout: boolean) => {
    const texts = found.flatMap(({ meant, isNegated }) =>
      typeof meant === 'string' && isNegated === isWithout ? [foldedLine(meant)] : [],
    )
    // The longest is the rarest and comes first.
    return [...new Set(texts.filter((text) => text !== ''))].sort((left, right) => right.length - left.length)
  }
  return {
    texts: textsOf(false),
    without: textsOf(true),
    tests: found.flatMap(({ meant, isNegated }) => {
      if (typeof meant === 'string') return []
      return [isNegated ? (entry) => !meant(entry) : meant]
    }),
    words: found.flatMap(({ term, meant, isNegated }) =>
      typeof meant === 'string' && term.bare === meant && !isNegated ? [{ word: meant, at: term.at }] : [],
    ),
  }
}

/** What a term means, or what is wrong with it. */
function meaningOf({ key, value, phrase, bare }: Term, known: Known): string | Where | { readonly flaw: string } {
  if (key === undefined) return phrase ?? bare ?? ''
  const parse = keys.get(key)
  if (!parse) return { flaw: `"${key}" is none of ${searchKeys.join(', ')}; text with a colon needs quotes` }
  if (value === '') return { flaw: 'something must follow the colon' }
  const meant = parse(value, known)
  return typeof meant === 'string' ? { flaw: meant } : meant
}
