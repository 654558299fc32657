/** Where every picture stands; `lay-out.ts` makes it. */

/** The pictures of one local day; those of a few small days may share a row, each with its own heading. */
export interface Day {
  /** Unix seconds of the day's first moment, local time. */
  readonly startsAt: number
  readonly topPx: number
  readonly leftPx: number
  readonly widthPx: number
  readonly heightPx: number
  readonly firstRow: number
  readonly rowCount: number
  /** Index of its first picture, in the order shown. */
  readonly first: number
  readonly pictureCount: number
  /** It has its row with others. */
  readonly isShared: boolean
}

/** Rows of all days, one after the other; pictures are counted in the order shown. */
export interface Layout {
  readonly days: readonly Day[]
  readonly rowCount: number
  /** By row: its first picture, how many, where and how high, and the first day in it. */
  readonly first: Uint32Array
  readonly count: Uint32Array
  readonly top: Float64Array
  readonly height: Float64Array
  readonly dayOfRow: Uint32Array
  /** By picture: its width by its height, and its left edge in pixels. */
  readonly ratio: Float32Array
  readonly left: Float32Array
  readonly heightPx: number
}

/** Where a row's share of the page begins: at its day's heading when it is the first of the day. */
export function rowStart(layout: Layout, row: number): number {
  const day = layout.days[layout.dayOfRow[row] ?? 0]
  return day?.firstRow === row ? day.topPx : (layout.top[row] ?? 0)
}

/** How much of the page a row takes, with its heading and the room behind it. */
export function rowSpan(layout: Layout, row: number): number {
  const end = row + 1 < layout.rowCount ? rowStart(layout, row + 1) : layout.heightPx
  return end - rowStart(layout, row)
}

/** The row that holds a picture. */
export function rowOf(layout: Layout, index: number): number {
  let low = 0
  let high = layout.rowCount - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((layout.first[middle] ?? 0) <= index) low = middle
    else high = middle - 1
  }
  return low
}

/** The days that have pictures in a row, by their place among all. */
export function daysInRow({ days, dayOfRow }: Layout, row: number): readonly number[] {
  const first = dayOfRow[row] ?? 0
  let until = first + 1
  while (days[until]?.firstRow === row && days[until]?.isShared) until += 1
  return Array.from({ length: until - first }, (_, at) => first + at)
}

/** The index behind the last picture of a row; 0 for the row before the first. */
export const rowEnd = ({ first, count }: Layout, row: number): number =>
  row < 0 ? 0 : (first[row] ?? 0) + (count[row] ?? 0)

/** The first row that ends below a height, or the last one. */
export function rowAt({ top, height, rowCount }: Layout, y: number): number {
  let low = 0
  let high = Math.max(0, rowCount - 1)
  while (low < high) {
    const middle = (low + high) >> 1
    if ((top[middle] ?? 0) + (height[middle] ?? 0) > y) high = middle
    else low = middle + 1
  }
  return low
}

/** A day to draw, and which of its rows. */
export interface DrawnDay {
  readonly day: Day
  /** Its place among all days. */
  readonly at: number
  readonly rows: readonly number[]
}

/** The days that have some of these rows, in the order of the rows. */
export function daysOfRows(layout: Layout, rows: readonly number[]): DrawnDay[] {
  const rowsByDay = new Map<number, number[]>()
  for (const row of rows) {
    for (const at of daysInRow(layout, row)) rowsByDay.set(at, [...(rowsByDay.get(at) ?? []), row])
  }
  return [...rowsByDay].flatMap(([at, drawn]) => {
    const day = layout.days[at]
    return day ? [{ day, at, rows: drawn }] : []
  })
}

/** The pictures of a row that belong to a day, by their first and the one behind their last. */
export function partOfRow(layout: Layout, row: number, day: Day): { readonly first: number; readonly end: number } {
  const first = Math.max(day.first, layout.first[row] ?? 0)
  return { first, end: Math.min(day.first + day.pictureCount, rowEnd(layout, row)) }
}

/** Rows around those in view. */
interface RowRange {
  readonly startIndex: number
  readonly endIndex: number
  /** How many more are drawn at each side. */
  readonly overscan: number
  readonly count: number
}

/** The rows to draw, ascending: those in view, some around them, and one that is kept wherever it is. */
export function rowsToDraw({ startIndex, endIndex, overscan, count }: RowRange, kept: number): number[] {
  const from = Math.max(0, startIndex - overscan)
  const until = Math.min(count, endIndex + overscan + 1)
  const drawn = Array.from({ length: Math.max(0, until - from) }, (_, i) => from + i)
  if (kept >= 0 && kept < from) drawn.unshift(kept)
  else if (kept >= until && kept < count) drawn.push(kept)
  return drawn
}
