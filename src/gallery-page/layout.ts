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
