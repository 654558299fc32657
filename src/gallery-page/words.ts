/** Numbers and dates as people read them, in the language of their browser. */

import type { Origin } from '../archive/origins.ts'
import { endName } from '../backfill/coverage-rows.ts'
import type { Shape } from '../catalogue/filters.ts'
import type { GeneratedBy } from '../catalogue/record-fields.ts'
import type { Picture } from './api.ts'

type Sized = Pick<Picture, 'width' | 'height' | 'bytes' | 'mime'>

/** What people read for the way a picture came in, and for what made it. */
export const originNames: Readonly<Record<Origin, string>> = {
  live: 'Seen live',
  export: 'OpenAI export',
  history: 'Account history',
}
export const shapeNames: Readonly<Record<Shape, string>> = { square: 'Square', wide: 'Wide', tall: 'Tall' }
export const generatorNames: Readonly<Record<GeneratedBy, string>> = { dalle: 'DALL·E 3', 'gpt-image': 'gpt-image' }

const dayWords = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const momentWords = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' })
const shortWords = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const monthWords = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' })
const shortMonthWords = new Intl.DateTimeFormat(undefined, { month: 'short' })
const weekdayWords = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const yearDayWords = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' })
const numberWords = new Intl.NumberFormat()

/** "Today", "Yesterday" or the date, whole or as short as a narrow column needs it. */
export function dayName(startsAt: number, now: Date, isShort = false): string {
  const midnight = new Date(now)
  midnight.setHours(0, 0, 0, 0)
  const days = Math.round((midnight.getTime() - startsAt * 1000) / 86_400_000)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return (isShort ? shortWords : dayWords).format(startsAt * 1000)
}

/** Date and time of a picture. */
export const momentName = (seconds: number): string => momentWords.format(seconds * 1000)

/** Date of a picture, short. */
export const shortDate = (seconds: number): string => shortWords.format(seconds * 1000)

/** Date of a moment in ISO 8601, short. */
export const isoDate = (at: string): string => shortWords.format(new Date(at))

/** "November 2026"; months count from 0. */
export const monthName = (year: number, month: number): string => monthWords.format(new Date(year, month, 1))

/** "Nov". */
export const shortMonth = (month: number): string => shortMonthWords.format(new Date(2000, month, 1))

/** "Mon"; 1 is Monday, 7 is Sunday. */
export const weekdayName = (day: number): string => weekdayWords.format(new Date(2024, 0, day))

/** "29 November", of a day as `11-29`. */
export const yearDayName = (key: string): string => yearDayWords.format(new Date(`2000-${key}T12:00`))

/** "Sunday, 29 November 2026", of a day as filters spell it. */
export const wholeDay = (key: string): string => dayWords.format(new Date(`${key}T12:00`))

/** The day a week begins with where the browser's language is spoken; 1 is Monday. */
export function firstWeekday(): number {
  const locale = new Intl.Locale(navigator.language || 'en') as Intl.Locale & {
    getWeekInfo?(): { firstDay: number }
    weekInfo?: { firstDay: number }
  }
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1
}

/** "1,234". */
export const numberName = (count: number): string => numberWords.format(count)

/** "1,234 files". */
export const countOf = (count: number, noun: string): string =>
  `${numberWords.format(count)} ${noun}${count === 1 ? '' : 's'}`

/** "1,234 pictures". */
export const pictureCount = (count: number): string => countOf(count, 'picture')

/** What people read for the lists of an account. */
export const listNames: Readonly<Record<string, string>> = {
  generated: 'Generated pictures',
  library: 'Library',
  'library-images': 'Images of the library',
}

/** "Read to its end, 29 Nov 2026". */
export function endOfList(end: string | null, at: string | null): string {
  const name = endName(end, at !== null)
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${at === null ? '' : `, ${isoDate(at)}`}`
}

/** "3 of 1,234"; nothing where there is one picture alone. */
export const positionName = (index: number, total: number): string =>
  total > 1 ? `${numberWords.format(index + 1)} of ${numberWords.format(total)}` : ''

/** "2.4 MB". */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

/** "1024 × 1024 · 2.4 MB · PNG", as far as it is known. */
export function sizeName({ width, height, bytes, mime }: Sized): string {
  const pixels = width && height ? `${width} × ${height}` : null
  const parts = [pixels, bytes ? byteSize(bytes) : null, mime?.replace('image/', '').toUpperCase()]
  return parts.filter(Boolean).join(' · ')
}

/** The beginning of a text, cut between words. */
export function beginning(text: string, length: number): string {
  if (text.length <= length) return text
  const cut = text.slice(0, length)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), length - 20))}…`
}
