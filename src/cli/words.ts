import { ArchiverError } from '../errors.ts'

/** A size as people read it: `1.6 GB`, in powers of 1,000. */
export function sizeWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  return `${(bytes / 1000 ** power).toFixed(power > 1 ? 1 : 0)} ${units[power]}`
}

/** `6,000`. */
export const numberWords = (count: number): string => count.toLocaleString('en-US')

/** `1 picture`, `2 pictures`. */
export const countWords = (count: number, one: string, many = `${one}s`): string =>
  `${numberWords(count)} ${count === 1 ? one : many}`

/**
 * A day given as `--since 2026-11-01`, by this machine's clock.
 *
 * Errors  ArchiverError "usage" for anything else.
 */
export function sinceIn(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00`) : new Date(Number.NaN)
  if (!Number.isNaN(day.getTime())) return day
  throw new ArchiverError('usage', `--since ${text} is no day.`, { hint: 'Give it as --since 2026-11-01.' })
}

/** That originals were not here. */
export const fetchedWords = (count: number): string =>
  `${countWords(count, 'original')} came from the mirror, since ${count === 1 ? 'it is' : 'they are'} not on this disk`

/** `5%`, as 0.05. Errors: ArchiverError "usage" for anything else. */
export function shareIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const share = Number(/^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1] ?? 0) / 100
  if (share > 0 && share <= 1) return share
  throw new ArchiverError('usage', `--sample ${text} is not understood.`, { hint: 'Give it as --sample 5%.' })
}
