// Pure and without Node, so that the page can understand the same words.

import { origins } from '../archive/origins.ts'
import type { Entry } from './entry.ts'
import { type Filters, shapes } from './filters.ts'
import { fold } from './fold.ts'
import { generators } from './record-fields.ts'
import { testsOf } from './search.ts'

/** Whether a picture is one of those that are wanted. */
export type Where = (entry: Entry) => boolean

/** More than these and something else is meant. */
const maxTerms = 100

/**
 * Understands what is wanted, written as one writes a search: `favourite and after:2026-01 -tag:draft "red coat"`.
 *
 * Shape   all terms must hold; `and` may stand between them. A term is a word, a phrase in quotes, `favourite`, `seed`,
 *         `missing`, `tag:`, `profile:`, `by:`, `source:`, `shape:`, `after:` or `before:`; `-` or `not` before it means
 *         that it must not hold. A day, month or year of `after:` belongs to what is wanted, that of `before:` does not.
 * Units   days of this machine's time zone.
 * Errors  a sentence that says which term cannot be understood.
 */
export function parseWhere(text: string): { readonly where: Where } | { readonly flaw: string } {
  const tests: Where[] = []
  let isNegated = false
  for (const [term, minus, key, value = '', phrase, bare = ''] of text.matchAll(termPattern)) {
    const joint = minus === '' && phrase === undefined ? bare.toLowerCase() : ''
    if (joint === 'and') continue
    if (joint === 'or') return { flaw: '"or" is not understood; in quotes it is a word' }
    if (joint === 'not') {
      isNegated = true
      continue
    }
    if (/^"/.test(key === undefined ? bare : value) && !/^"[^"]*"$/.test(value))
      return { flaw: `${term}: a quote is open` }
    const test = key === undefined ? wordTest(bare, phrase) : keyTest(key.toLowerCase(), value.replaceAll('"', ''))
    if (typeof test === 'string') return { flaw: `${term}: ${test}` }
    tests.push(isNegated || minus === '-' ? (entry) => !test(entry) : test)
    isNegated = false
  }
  if (isNegated) return { flaw: '"not" stands before what must not hold' }
  if (tests.length > maxTerms) return { flaw: `more than ${maxTerms} terms` }
  return { where: (entry) => tests.every((test) => test(entry)) }
}

/** A minus; a key with its value; or a phrase; or a word. */
const termPattern = /(-?)(?:([a-z]+):("[^"]*"|\S*)|"([^"]*)"|(\S+))/giu

const wordTest = (word: string, phrase: string | undefined): Where =>
  (phrase === undefined ? flags[word.toLowerCase()] : undefined) ?? hasText(phrase ?? word)

/** The test of a key and its value, or what is wrong with them. */
function keyTest(key: string, value: string): Where | string {
  const parse = keys[key]
  if (!parse) return `"${key}" is none of ${Object.keys(keys).join(', ')}; text with a colon needs quotes`
  const filters = value === '' ? 'something must follow the colon' : parse(value)
  if (typeof filters === 'string') return filters
  const tests = testsOf(filters)
  return (entry) => tests.every((test) => test(entry))
}

const hasText = (text: string): Where => {
  const folded = fold(text)
  return ({ haystack }) => haystack.includes(folded)
}

const flags: Readonly<Record<string, Where | undefined>> = {
  favourite: ({ favourite }) => favourite,
  favorite: ({ favourite }) => favourite,
  seed: ({ hasSeed }) => hasSeed,
  missing: ({ isMissing }) => isMissing,
}

const oneOf =
  <Key extends 'by' | 'source' | 'shape'>(key: Key, values: readonly NonNullable<Filters[Key]>[]) =>
  (value: string): Filters | string => {
    const found = values.find((one) => one === value.toLowerCase())
    return found === undefined ? `must be one of ${values.join(', ')}` : { [key]: found }
  }

const keys: Readonly<Record<string, ((value: string) => Filters | string) | undefined>> = {
  tag: (tag) => ({ tag }),
  profile: (profile) => ({ profile }),
  by: oneOf('by', generators),
  source: oneOf('source', origins),
  shape: oneOf('shape', shapes),
  after: (value) => moment(value, (from) => ({ from })),
  before: (value) => moment(value, (start) => ({ to: start - 1 })),
}

const moment = (value: string, filters: (start: number) => Filters): Filters | string => {
  const start = startOf(value)
  return start === undefined ? 'must be a day, a month or a year, such as 2026-01' : filters(start)
}

/** Unix seconds at which a day, month or year begins. */
function startOf(text: string): number | undefined {
  const [, year, month = '01', day = '01'] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text) ?? []
  if (year === undefined) return undefined
  const start = new Date(Number(year), Number(month) - 1, Number(day))
  // The 31st of February is no day.
  const isReal = start.getMonth() === Number(month) - 1 && start.getDate() === Number(day)
  return isReal ? Math.floor(start.getTime() / 1000) : undefined
}
