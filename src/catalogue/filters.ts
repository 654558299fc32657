// Pure and without Node, so that the page of a static copy reads filters just as the server does.

import { type Origin, origins } from '../archive/origins.ts'
import { type GeneratedBy, generators } from './record-fields.ts'

export const shapes = ['square', 'wide', 'tall'] as const
export type Shape = (typeof shapes)[number]

/** What is looked for; whatever is left out may be anything. */
export interface Filters {
  /** Words, all of which must be there. */
  readonly q?: string
  /** Unix seconds; both ends belong to the range. */
  readonly from?: number
  readonly to?: number
  readonly by?: GeneratedBy
  readonly shape?: Shape
  readonly source?: Origin
  readonly hasSeed?: boolean
  readonly favourite?: boolean
  readonly tag?: string
  /** The label of a profile. */
  readonly profile?: string
}

/** Filters as they stand in a query, in text. */
export type FilterQuery = Readonly<Record<string, string | undefined>>

/**
 * Reads the filters of a query; what it holds besides them is passed over, and so are empty texts.
 *
 * Shape   `q`, `from`, `to` (`yyyy-MM-dd`, local, the whole day, or Unix seconds), `by`, `shape`, `source`, `seed=1`,
 *         `favourite=1`, `tag`, `profile`.
 * Errors  a sentence that says which filter cannot be understood.
 */
export function parseFilters(query: FilterQuery): { readonly filters: Filters } | { readonly flaw: string } {
  const flaws: string[] = []
  const oneOf = <T extends string>(key: string, values: readonly T[]): T | undefined => {
    const text = query[key]
    if (!text) return undefined
    const found = values.find((value) => value === text)
    if (found === undefined) flaws.push(`"${key}" must be one of ${values.join(', ')}`)
    return found
  }
  const moment = (key: string, end: 'start' | 'end') => {
    const found = query[key] ? momentOf(query[key], end) : undefined
    if (found !== undefined && Number.isNaN(found)) flaws.push(`"${key}" must be a day (yyyy-MM-dd)`)
    return found
  }
  const found = {
    q: query.q || undefined,
    by: oneOf('by', generators),
    shape: oneOf('shape', shapes),
    source: oneOf('source', origins),
    hasSeed: oneOf('seed', ['1']) && true,
    favourite: oneOf('favourite', ['1']) && true,
    from: moment('from', 'start'),
    to: moment('to', 'end'),
    tag: query.tag || undefined,
    profile: query.profile || undefined,
  }
  if (flaws[0] !== undefined) return { flaw: flaws[0] }
  return { filters: Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) }
}

/**
 * Unix seconds of `2024-05-06` (the first or the last second of that day, local time) or of a plain number; else NaN.
 */
function momentOf(text: string, end: 'start' | 'end'): number {
  if (/^-?\d{1,12}$/.test(text) && text.length > 4) return Number(text)
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  if (year === undefined) return Number.NaN
  const next = end === 'end' ? 1 : 0
  const start = new Date(Number(year), Number(month) - 1, Number(day))
  // The 31st of February is no day.
  if (start.getMonth() !== Number(month) - 1) return Number.NaN
  const found = new Date(Number(year), Number(month) - 1, Number(day) + next)
  return Math.floor(found.getTime() / 1000) - next
}
