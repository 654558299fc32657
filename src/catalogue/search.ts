// Pure and without Node, so that the page of a static copy searches just as the server does.

import type { Filters } from '../gallery/api.ts'
import type { Entry } from './entry.ts'
import { fold, wordsOf } from './fold.ts'
import type { TokenIndex } from './token-index.ts'

/**
 * Makes the searcher over one revision of the list.
 *
 * Shape   positions in `entries`, rising. What `tokens` does not know – all of it, as long as it is being built, and what came
 *         since – is looked into one by one.
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

function testsOf(filters: Filters): Test[] {
  const { by, shape, source, seed, favourite, tag } = filters
  const [from, to] = [momentOf(filters.from, 'start'), momentOf(filters.to, 'end')]
  const folded = fold(tag?.trim() ?? '')
  const tests: (Test | false | undefined)[] = [
    from !== undefined && (({ date }) => date >= from),
    to !== undefined && (({ date }) => date <= to),
    by && ((entry) => entry.by === by),
    shape && ((entry) => shapeOf(entry) === shape),
    source && ((entry) => entry.source === source),
    seed === '1' && (({ hasSeed }) => hasSeed),
    favourite === '1' && ((entry) => entry.favourite),
    folded !== '' && (({ tags }) => tags.includes(folded)),
  ]
  return tests.filter((test) => typeof test === 'function')
}

/** Sides that differ by less are taken for equal. */
const squareWithin = 1.05

function shapeOf({ width, height }: Entry): Filters['shape'] {
  if (width === 0 || height === 0) return undefined
  if (width > height * squareWithin) return 'wide'
  return height > width * squareWithin ? 'tall' : 'square'
}

/** Unix seconds of `2024-05-06` (the first or the last second of that day, local time) or of a plain number. */
function momentOf(text: string | undefined, end: 'start' | 'end'): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^-?\d{1,12}$/.test(text) && text.length > 4) return Number(text)
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  if (year === undefined) return Number.NaN
  const next = end === 'end' ? 1 : 0
  const start = new Date(Number(year), Number(month) - 1, Number(day))
  // The 31st of February is no day.
  if (start.getMonth() !== Number(month) - 1) return Number.NaN
  const moment = new Date(Number(year), Number(month) - 1, Number(day) + next)
  return Math.floor(moment.getTime() / 1000) - next
}

/** Whether a filter of a query can be understood; the sentence says which one cannot. */
export function flawIn(query: Readonly<Record<string, string>>): string | undefined {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    by: ['dalle', 'gpt-image'],
    shape: ['square', 'wide', 'tall'],
    source: ['live', 'history', 'export'],
    seed: ['1'],
    favourite: ['1'],
  }
  for (const [key, values] of Object.entries(allowed)) {
    if (query[key] && !values.includes(query[key])) return `"${key}" must be one of ${values.join(', ')}`
  }
  const isMoment = (key: string) => !Number.isNaN(momentOf(query[key], 'start') ?? 0)
  return ['from', 'to'].filter((key) => !isMoment(key)).map((key) => `"${key}" must be a day (yyyy-MM-dd)`)[0]
}
