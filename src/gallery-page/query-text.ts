import { type Filters, filterParams } from './state.ts'

/** A value of a search word, in quotes where it needs them; a quote itself cannot be searched for. */
const quoted = (value: string) => (/\s/.test(value) ? `"${value.replaceAll('"', ' ')}"` : value.replaceAll('"', ''))

/** A name as it can be searched for. */
export const cleanName = (name: string): string => name.replaceAll('"', '’').trim()

/** The words that find a collection. */
export const collectionQuery = (name: string): string => `collection:${quoted(name)}`

/** Days as they are written: that of `before` does not belong to what is wanted, so it is the day behind. */
const dayBehind = (day: string) => {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1, date + 1)).toISOString().slice(0, 10)
}

/** A search with its filters as words alone, as a smart collection remembers it. */
export function queryText(filters: Filters): string {
  const { q, from, to, by, shape, source, seed, favourite, tag, profile } = filters
  const words = [
    q.trim(),
    from && `after:${from}`,
    to && `before:${dayBehind(to)}`,
    by && `by:${by}`,
    shape && `shape:${shape}`,
    source && `source:${source}`,
    seed && 'seed',
    favourite && 'is:favourite',
    tag && `tag:${quoted(tag)}`,
    profile && `profile:${quoted(profile)}`,
  ]
  return words.filter(Boolean).join(' ')
}

/** Whether anything at all is looked for. */
export const isSearch = (filters: Filters): boolean => [...filterParams(filters)].length > 0

/** The value of a search word in a query; empty when it is not there. */
export const termIn = (q: string, key: string): string => new RegExp(`(?:^|\\s)${key}:(\\S+)`).exec(q)?.[1] ?? ''

/** The query with a search word at another value, or without it. */
export function withTerm(q: string, key: string, value: string): string {
  const rest = q.replace(new RegExp(`(^|\\s)${key}:\\S+`, 'g'), '').trim()
  return value === '' ? rest : `${rest} ${key}:${value}`.trim()
}
