import { dayKey } from './days.ts'

/** A day of a year, at its place among weeks. */
export interface HeatDay {
  readonly key: string
  readonly week: number
  /** 0 for the first day of the week. */
  readonly row: number
  readonly month: number
  readonly count: number
  /** 0 for none, 1 to 4 from few to many. */
  readonly shade: number
}

type Counts = Readonly<Record<string, number>>

/** The years of these days, the latest first. */
export const yearsOf = (days: Counts): number[] =>
  [...new Set(Object.keys(days).map((key) => Number(key.slice(0, 4))))].sort((one, other) => other - one)

/** The counts at which days grow darker: each shade has as many of the days with pictures as the others. */
export function shadeSteps(days: Counts): number[] {
  const counts = Object.values(days)
    .filter((count) => count > 0)
    .sort((one, other) => one - other)
  return [0.25, 0.5, 0.75].map((share) => counts[Math.floor(share * (counts.length - 1))] ?? 0)
}

/** The shade of a count. */
export const shadeOf = (count: number, steps: readonly number[]): number =>
  count === 0 ? 0 : 1 + steps.filter((step) => count > step).length

/** All days of a year; a week begins with `firstDay`, 1 for Monday to 7 for Sunday. */
export function heatYear(days: Counts, year: number, firstDay: number, steps = shadeSteps(days)): HeatDay[] {
  const first = new Date(year, 0, 1)
  const lead = (first.getDay() + 7 - (firstDay % 7)) % 7
  const length = new Date(year, 1, 29).getMonth() === 1 ? 366 : 365
  return Array.from({ length }, (_, at) => {
    const day = new Date(year, 0, 1 + at)
    const key = dayKey(year, day.getMonth(), day.getDate())
    const count = days[key] ?? 0
    const place = lead + at
    const shade = shadeOf(count, steps)
    return { key, week: Math.floor(place / 7), row: place % 7, month: day.getMonth(), count, shade }
  })
}
