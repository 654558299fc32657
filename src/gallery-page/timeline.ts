import type { Layout } from './layout.ts'

/** A month of the grid. */
export interface Month {
  readonly year: number
  /** 0 for January. */
  readonly month: number
  /** Where its first day begins, from the top of the grid. */
  readonly topPx: number
}

/**
 * The months of a grid, in its order; none where that is not the order of time, as in a search by rank.
 */
export function monthsOf({ days }: Pick<Layout, 'days'>): Month[] {
  const months: Month[] = []
  let last = Number.POSITIVE_INFINITY
  for (const { startsAt, topPx } of days) {
    if (startsAt >= last) return []
    last = startsAt
    const day = new Date(startsAt * 1000)
    const [year, month] = [day.getFullYear(), day.getMonth()]
    const before = months.at(-1)
    if (before?.year !== year || before.month !== month) months.push({ year, month, topPx })
  }
  return months
}

/** The month that stands at a height of the grid, by its place. */
export function monthAt(months: readonly Month[], y: number): number {
  const next = months.findIndex(({ topPx }) => topPx > y + 1)
  return next < 0 ? months.length - 1 : Math.max(0, next - 1)
}

/** Where a key leads from a month; undefined where it leads nowhere. Up is newer, as on the page. */
export function monthStep(months: readonly Month[], at: number, key: string): number | undefined {
  const last = months.length - 1
  const year = months[at]?.year ?? 0
  const orEnd = (found: number, end: number) => (found < 0 ? end : found)
  switch (key) {
    case 'ArrowUp':
    case 'ArrowLeft':
      return Math.max(0, at - 1)
    case 'ArrowDown':
    case 'ArrowRight':
      return Math.min(last, at + 1)
    case 'PageUp':
      return orEnd(
        months.findIndex((one) => one.year === yearAbove(months, at)),
        0,
      )
    case 'PageDown':
      return orEnd(
        months.findIndex((one) => one.year < year),
        last,
      )
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

const yearAbove = (months: readonly Month[], at: number) =>
  months.findLast(({ year }, place) => place < at && year > (months[at]?.year ?? 0))?.year

/** A line beside the grid; a year where it has a name. */
export interface TimeMark {
  readonly month: Month
  readonly topPx: number
  readonly year: number | null
}

const [yearPx, tickPx] = [24, 7]

/** The months there is room to mark on a strip of this height: each year's first with its name, others as lines. */
export function timeMarks(months: readonly Month[], gridPx: number, stripPx: number): TimeMark[] {
  const marks: TimeMark[] = []
  let [yearAt, tickAt] = [-yearPx, -tickPx]
  let named: number | undefined
  for (const month of months) {
    const topPx = (month.topPx / Math.max(1, gridPx)) * stripPx
    const isNamed = month.year !== named && topPx - yearAt >= yearPx && topPx <= stripPx - yearPx / 2
    if (isNamed) [yearAt, named] = [topPx, month.year]
    else if (topPx - tickAt < tickPx || topPx - yearAt < yearPx / 2 + 2) continue
    tickAt = topPx
    marks.push({ month, topPx, year: isNamed ? month.year : null })
  }
  return marks
}
