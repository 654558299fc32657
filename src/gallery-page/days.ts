/** The pictures of a local day. */
export interface DayPictures {
  readonly year: number
  /** 0 for January. */
  readonly month: number
  readonly day: number
  /** Positions in the list, in the order shown. */
  readonly positions: readonly number[]
}

interface Dated {
  /** Unix seconds, by position in the list. */
  readonly date: ArrayLike<number>
}

const two = (value: number) => `${value}`.padStart(2, '0')

/** `2026-11-03`, as filters spell a day. */
export const dayKey = (year: number, month: number, day: number): string => `${year}-${two(month + 1)}-${two(day)}`

/** The pictures at these positions of a list (null: all) by their day. */
export function picturesByDay({ date }: Dated, positions: Uint32Array | null): Map<string, DayPictures> {
  const days = new Map<string, DayPictures & { readonly positions: number[] }>()
  let [from, until] = [0, 0]
  let current: number[] = []
  for (let at = 0; at < (positions?.length ?? date.length); at++) {
    const position = positions?.[at] ?? at
    const seconds = date[position] ?? 0
    // Neighbours are mostly of one day, and calendars are slow.
    if (seconds < from || seconds >= until) {
      const begin = new Date(seconds * 1000)
      begin.setHours(0, 0, 0, 0)
      const [year, month, day] = [begin.getFullYear(), begin.getMonth(), begin.getDate()]
      from = begin.getTime() / 1000
      until = new Date(year, month, day + 1).getTime() / 1000
      const key = dayKey(year, month, day)
      const known = days.get(key) ?? { year, month, day, positions: [] }
      days.set(key, known)
      current = known.positions
    }
    current.push(position)
  }
  return days
}

/** A field of a month's page. */
export interface CalendarDay {
  readonly day: number
  readonly key: string
  readonly count: number
}

/** Weeks of a month; null is a day of another one. `firstDay` is 1 for Monday to 7 for Sunday. */
export function weeksOf(
  days: ReadonlyMap<string, DayPictures>,
  year: number,
  month: number,
  firstDay: number,
): (CalendarDay | null)[][] {
  const lead = (new Date(year, month, 1).getDay() + 7 - (firstDay % 7)) % 7
  const length = new Date(year, month + 1, 0).getDate()
  const fields = Array.from({ length: Math.ceil((lead + length) / 7) * 7 }, (_, field) => {
    const day = field - lead + 1
    if (day < 1 || day > length) return null
    const key = dayKey(year, month, day)
    return { day, key, count: days.get(key)?.positions.length ?? 0 }
  })
  return Array.from({ length: fields.length / 7 }, (_, week) => fields.slice(week * 7, week * 7 + 7))
}

/** Pictures by month: `2026-11` → how many. */
export function monthCounts(days: ReadonlyMap<string, DayPictures>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [key, { positions }] of days) {
    const month = key.slice(0, 7)
    counts.set(month, (counts.get(month) ?? 0) + positions.length)
  }
  return counts
}

/** A day of every year, and what was made on it: the latest year first. */
export interface Anniversary {
  /** `11-29`. */
  readonly key: string
  readonly years: readonly DayPictures[]
}

/** The days of the year on which anything was made, in the order of the year. */
export function anniversaries(days: ReadonlyMap<string, DayPictures>): Anniversary[] {
  const found = new Map<string, DayPictures[]>()
  for (const [key, day] of days) {
    const short = key.slice(5)
    found.set(short, [...(found.get(short) ?? []), day])
  }
  const all = [...found].map(([key, years]) => ({ key, years: years.sort((one, other) => other.year - one.year) }))
  return all.sort((one, other) => (one.key < other.key ? -1 : 1))
}

/** The day before or behind one of the year, on which anything was made; around the end of the year too. */
export function nextAnniversary(all: readonly Anniversary[], key: string, by: -1 | 1): Anniversary | undefined {
  const found = by > 0 ? all.find((one) => one.key > key) : all.findLast((one) => one.key < key)
  return found ?? all.at(by > 0 ? 0 : -1)
}
