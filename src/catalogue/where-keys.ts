// Pure and without Node, so that the page of a static copy understands the same words.

import { flags } from '../archive/marks.ts'
import { origins } from '../archive/origins.ts'
import { conversationOf } from './entry.ts'
import { shapeOf, testsOf, type Where } from './filter-tests.ts'
import { type Filters, shapes } from './filters.ts'
import { foldedLine } from './fold.ts'
import { generators } from './record-fields.ts'

/** What words may name that no picture says of itself. */
export interface Known {
  /** Whether a picture belongs to the collection of this name; undefined where there is none. */
  collection(name: string): Where | undefined
}

/** What may be said of a picture in one word. */
export const states: ReadonlyMap<string, Where> = new Map<string, Where>([
  ['favourite', ({ favourite }) => favourite],
  ['favorite', ({ favourite }) => favourite],
  ['seed', ({ hasSeed }) => hasSeed],
  ['missing', ({ isMissing }) => isMissing],
])

/** The same behind `is:`, with those that are words of prompts, too. */
const qualities: ReadonlyMap<string, Where> = new Map<string, Where>([
  ['picked', ({ flag }) => flag === 'picked'],
  ['rejected', ({ flag }) => flag === 'rejected'],
  ['untagged', ({ tags }) => tags.length === 0],
  ...states,
])

/** The test of a key's value, or what is wrong with that. */
export type Parse = (value: string, known: Known) => Where | string

const filtering =
  (filtersOf: (value: string) => Filters | string): Parse =>
  (value) => {
    const filters = filtersOf(value)
    if (typeof filters === 'string') return filters
    const tests = testsOf(filters)
    return (entry) => tests.every((test) => test(entry))
  }

const oneOf = <Value extends string>(values: readonly Value[], testOf: (value: Value) => Where): Parse => {
  return (text) => {
    const found = values.find((one) => one === text.toLowerCase())
    return found === undefined ? `must be one of ${values.join(', ')}` : testOf(found)
  }
}

/** What may stand behind `is:`. */
export const qualityNames: readonly string[] = [...qualities.keys()]

/** What may stand before a colon, and what it means. */
export const keys: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ['tag', filtering((tag) => ({ tag }))],
  ['profile', filtering((profile) => ({ profile }))],
  ['by', oneOf(generators, (by) => (entry) => entry.by === by)],
  ['source', oneOf(origins, (source) => (entry) => entry.source === source)],
  ['shape', oneOf(shapes, (shape) => (entry) => shapeOf(entry) === shape)],
  ['after', filtering((value) => moment(value, (from) => ({ from })))],
  ['before', filtering((value) => moment(value, (start) => ({ to: start - 1 })))],
  ['stars', starsTest],
  ['flag', oneOf(flags, (flag) => (entry) => entry.flag === flag)],
  ['is', oneOf(qualityNames, (quality) => qualities.get(quality) ?? (() => false))],
  ['in', inConversation],
  ['collection', (name, known) => known.collection(name) ?? 'there is no collection of this name'],
])

/** Words that stand before a colon. */
export const searchKeys: readonly string[] = [...keys.keys()]

/** By its id, or by a part of its title. */
function inConversation(value: string): Where {
  const title = foldedLine(value)
  return (entry) => entry.conversationId === value || conversationOf(entry).includes(title)
}

function starsTest(value: string): Where | string {
  const [, sign = '=', digit] = /^([<>]?=?)([0-5])$/.exec(value) ?? []
  if (digit === undefined) return 'must be a number from 0 to 5, with <, <=, =, >= or > before it if need be'
  const wanted = Number(digit)
  switch (sign) {
    case '>':
      return ({ stars }) => stars > wanted
    case '>=':
      return ({ stars }) => stars >= wanted
    case '<':
      return ({ stars }) => stars < wanted
    case '<=':
      return ({ stars }) => stars <= wanted
    default:
      return ({ stars }) => stars === wanted
  }
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
