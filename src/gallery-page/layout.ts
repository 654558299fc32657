/** Where every picture stands: pure arithmetic over arrays, so that 100,000 pictures take a few milliseconds. */

import type { Measures } from './measures.ts'

export interface Pictures {
  /** Unix seconds. */
  readonly date: ArrayLike<number>
  /** Pixels; 0 is unknown. */
  readonly width: ArrayLike<number>
  readonly height: ArrayLike<number>
}

export interface Day {
  /** Unix seconds of the day's first moment, local time. */
  readonly startsAt: number
  readonly topPx: number
  readonly heightPx: number
  readonly firstRow: number
  readonly rowCount: number
  readonly pictureCount: number
}

/** Rows of all days, one after the other; pictures are counted in the order shown. */
export interface Layout {
  readonly days: readonly Day[]
  readonly rowCount: number
  readonly first: Uint32Array
  readonly count: Uint32Array
  readonly top: Float64Array
  readonly height: Float64Array
  readonly dayOfRow: Uint32Array
  readonly ratio: Float32Array
  readonly heightPx: number
}

/** The first and the last moment of a local day, in Unix seconds. */
function dayAround(seconds: number): { from: number; until: number } {
  const day = new Date(seconds * 1000)
  day.setHours(0, 0, 0, 0)
  const from = day.getTime() / 1000
  day.setDate(day.getDate() + 1)
  return { from, until: day.getTime() / 1000 }
}

/** Width by height, kept between a narrow column and a wide strip, so that no picture becomes a hair line. */
export function ratioOf(width: number, height: number): number {
  return width > 0 && height > 0 ? Math.min(4, Math.max(0.4, width / height)) : 1
}

/**
 * Justified rows grouped by day, newest first as the list is.
 *
 * Shape   `positions` names the pictures to show (hits of a search); null shows all. The rows of a day are made a little
 *         lower or higher where that spares it a last row of one lonely picture.
 */
export function layOut(pictures: Pictures, positions: Uint32Array | null, measures: Measures): Layout {
  const total = positions ? positions.length : pictures.date.length
  const ratio = new Float32Array(total)
  const rows = createRows(total)
  const days: Day[] = []
  let y = 0
  for (let start = 0; start < total; ) {
    const { from, until } = dayAround(pictures.date[positions?.[start] ?? start] ?? 0)
    let end = start
    let sum = 0
    for (; end < total; end++) {
      const position = positions?.[end] ?? end
      const date = pictures.date[position] ?? 0
      if (date < from || date >= until) break
      const own = ratioOf(pictures.width[position] ?? 0, pictures.height[position] ?? 0)
      ratio[end] = own
      sum += own
    }
    const [topPx, firstRow] = [y, rows.length]
    y = fillDay(rows, ratio, { start, end, sum, day: days.length }, y + measures.headingPx, measures)
    const rowCount = rows.length - firstRow
    days.push({ startsAt: from, topPx, heightPx: y - topPx, firstRow, rowCount, pictureCount: end - start })
    y += measures.dayGapPx
    start = end
  }
  return { days, rowCount: rows.length, ...rows.arrays, ratio, heightPx: Math.max(0, y - measures.dayGapPx) }
}

/** The row height at which a day fills whole rows, if it is near enough to the wanted one. */
function heightFor(sum: number, count: number, { widthPx, rowPx, gapPx }: Measures): number {
  const wanted = (sum * rowPx + count * gapPx) / widthPx
  const fewer = Math.floor(wanted) / wanted
  const more = Math.ceil(wanted) / wanted
  if (fewer >= 0.76) return rowPx * fewer
  return more <= 1.3 ? rowPx * more : rowPx
}

interface DaySpan {
  readonly start: number
  readonly end: number
  /** Sum of the ratios. */
  readonly sum: number
  readonly day: number
}

/**
 * Fills the rows of one day and tells where it ends.
 *
 * Shape   a row takes one picture more as long as that brings it nearer to the height wanted. The last one is stretched
 *         to the whole width only when that makes it little higher than the others.
 */
function fillDay(rows: Rows, ratio: Float32Array, { start, end, sum, day }: DaySpan, top: number, measures: Measures) {
  const { widthPx, gapPx } = measures
  const rowPx = heightFor(sum, end - start, measures)
  let y = top
  let first = start
  let taken = 0
  const close = (next: number, heightPx: number) => {
    rows.push(first, next - first, y, heightPx, day)
    y += heightPx + gapPx
    first = next
  }
  const heightOf = (count: number, ratios: number) => (widthPx - (count - 1) * gapPx) / ratios
  for (let at = start; at < end; at++) {
    const own = ratio[at] ?? 1
    const before = at - first
    if (before === 0 || heightOf(before + 1, taken + own) > rowPx) {
      taken += own
      continue
    }
    const heightWith = heightOf(before + 1, taken + own)
    const heightWithout = heightOf(before, taken)
    // The last picture of a day rather makes its row low than stands alone.
    const isLonely = at === end - 1 && heightWith >= rowPx * 0.7
    if (!isLonely && heightWithout - rowPx < rowPx - heightWith) {
      close(at, heightWithout)
      taken = own
    } else {
      close(at + 1, heightWith)
      taken = 0
    }
  }
  if (end > first) {
    const whole = heightOf(end - first, taken)
    close(end, whole <= rowPx * 1.35 ? whole : rowPx)
  }
  return y - gapPx
}

type Rows = ReturnType<typeof createRows>

/** Arrays for at most as many rows as there are pictures. */
function createRows(most: number) {
  const arrays = {
    first: new Uint32Array(most),
    count: new Uint32Array(most),
    top: new Float64Array(most),
    height: new Float64Array(most),
    dayOfRow: new Uint32Array(most),
  }
  return {
    arrays,
    length: 0,
    push(first: number, count: number, top: number, height: number, day: number) {
      const row = this.length++
      arrays.first[row] = first
      arrays.count[row] = count
      arrays.top[row] = top
      arrays.height[row] = height
      arrays.dayOfRow[row] = day
    },
  }
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
