/** Pure arithmetic over arrays, so that 100,000 pictures take a few milliseconds. */

import type { Day, Layout } from './layout.ts'
import type { Measures } from './measures.ts'

/** What of the pictures decides where they stand, by their position in the list. */
export interface Pictures {
  /** Unix seconds. */
  readonly date: ArrayLike<number>
  /** Pixels; 0 is unknown. */
  readonly width: ArrayLike<number>
  readonly height: ArrayLike<number>
}

/** The pictures of one day. */
interface Span {
  readonly startsAt: number
  readonly start: number
  readonly end: number
  /** Sum of the ratios. */
  readonly sum: number
}

/**
 * Justified rows grouped by day, newest first as the list is.
 *
 * Shape   `positions` names the pictures to show (hits of a search); null shows all. Days of few pictures share a row.
 *         The rows of a day are made a little lower or higher where that spares it a last row of one lonely picture.
 */
export function layOut(pictures: Pictures, positions: Uint32Array | null, measures: Measures): Layout {
  const total = positions ? positions.length : pictures.date.length
  const page = createPage(total)
  const spans = spansOf(pictures, positions, page.ratio)
  let y = 0
  for (let at = 0; at < spans.length; ) {
    const together = sharing(spans, at, measures)
    y = together > 1 ? shareRow(page, spans, at, together, y, measures) : fillDay(page, spans[at], y, measures)
    y += measures.dayGapPx
    at += together
  }
  return { ...page, heightPx: Math.max(0, y - measures.dayGapPx) }
}

/** Width by height, kept between a narrow column and a wide strip, so that no picture becomes a hair line. */
export function ratioOf(width: number, height: number): number {
  return width > 0 && height > 0 ? Math.min(4, Math.max(0.4, width / height)) : 1
}

/** The days, and the ratio of each picture on the way. */
function spansOf(pictures: Pictures, positions: Uint32Array | null, ratio: Float32Array): Span[] {
  const spans: Span[] = []
  for (let start = 0; start < ratio.length; ) {
    const { from, until } = dayAround(pictures.date[positions?.[start] ?? start] ?? 0)
    let end = start
    let sum = 0
    for (; end < ratio.length; end++) {
      const position = positions?.[end] ?? end
      const date = pictures.date[position] ?? 0
      if (date < from || date >= until) break
      const own = ratioOf(pictures.width[position] ?? 0, pictures.height[position] ?? 0)
      ratio[end] = own
      sum += own
    }
    spans.push({ startsAt: from, start, end, sum })
    start = end
  }
  return spans
}

/** The first and the last moment of a local day, in Unix seconds. */
function dayAround(seconds: number): { from: number; until: number } {
  const day = new Date(seconds * 1000)
  day.setHours(0, 0, 0, 0)
  const from = day.getTime() / 1000
  day.setDate(day.getDate() + 1)
  return { from, until: day.getTime() / 1000 }
}

/** How wide a day is when all its pictures stand in one row: never narrower than its heading. */
const widthOf = ({ start, end, sum }: Span, rowPx: number, { gapPx, minDayPx }: Measures) =>
  Math.max(minDayPx, sum * rowPx + (end - start - 1) * gapPx)

/** How much lower and higher than wanted a row of several days may be. */
const [lowest, highest] = [0.78, 1.3]

/** How many days from this one on have room in one row. */
function sharing(spans: readonly Span[], at: number, measures: Measures): number {
  let count = 0
  let taken = -measures.dayGapPx
  for (let span = spans[at]; span; span = spans[at + count]) {
    taken += measures.dayGapPx + widthOf(span, measures.rowPx * lowest, measures)
    if (taken > measures.widthPx) break
    count += 1
  }
  return Math.max(1, count)
}

/** Puts a few small days side by side, a little lower or higher than others where they fill the width then. */
function shareRow(page: Page, spans: readonly Span[], at: number, count: number, top: number, measures: Measures) {
  const some = spans.slice(at, at + count)
  const { widthPx, rowPx, gapPx, dayGapPx, headingPx } = measures
  const widthAt = (height: number) =>
    some.reduce((width, span) => width + widthOf(span, height, measures), (count - 1) * dayGapPx)
  const sum = some.reduce((all, span) => all + span.sum, 0)
  const gaps = some.reduce((all, span) => all + (span.end - span.start - 1) * gapPx, (count - 1) * dayGapPx)
  const filling = Math.max(rowPx * lowest, Math.min((widthPx - gaps) / sum, rowPx * highest))
  // Where a heading needs more room than its picture, they may not fill it.
  const heightPx = [filling, rowPx].find((height) => widthAt(height) <= widthPx + 0.5) ?? rowPx * lowest
  const [first, end] = [some[0]?.start ?? 0, some.at(-1)?.end ?? 0]
  page.push(first, end - first, top + headingPx, heightPx)
  let leftPx = 0
  for (const span of some) {
    const ownPx = widthOf(span, heightPx, measures)
    page.place(span.start, span.end, leftPx, heightPx, gapPx)
    page.close(
      span,
      { topPx: top, leftPx, widthPx: ownPx, heightPx: headingPx + heightPx, isShared: true },
      page.rowCount - 1,
    )
    leftPx += ownPx + dayGapPx
  }
  return top + headingPx + heightPx
}

/** The row height at which a day fills whole rows, if it is near enough to the wanted one. */
function heightFor({ start, end, sum }: Span, { widthPx, rowPx, gapPx }: Measures): number {
  const wanted = (sum * rowPx + (end - start) * gapPx) / widthPx
  const fewer = Math.floor(wanted) / wanted
  const more = Math.ceil(wanted) / wanted
  if (fewer >= 0.76) return rowPx * fewer
  return more <= 1.3 ? rowPx * more : rowPx
}

/**
 * Fills the rows of one day and tells where it ends.
 *
 * Shape   a row takes one picture more as long as that brings it nearer to the height wanted. The last one is stretched
 *         to the whole width only when that makes it little higher than the others.
 */
function fillDay(page: Page, span: Span | undefined, top: number, measures: Measures): number {
  if (!span) return top
  const { widthPx, gapPx, headingPx } = measures
  const { start, end } = span
  const rowPx = heightFor(span, measures)
  const firstRow = page.rowCount
  let y = top + headingPx
  let first = start
  let taken = 0
  const close = (next: number, heightPx: number) => {
    page.push(first, next - first, y, heightPx)
    page.place(first, next, 0, heightPx, gapPx)
    y += heightPx + gapPx
    first = next
  }
  const heightOf = (count: number, ratios: number) => (widthPx - (count - 1) * gapPx) / ratios
  for (let at = start; at < end; at++) {
    const own = page.ratio[at] ?? 1
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
    close(end, whole <= rowPx * measures.stretch ? whole : rowPx)
  }
  const heightPx = y - gapPx - top
  page.close(span, { topPx: top, leftPx: 0, widthPx, heightPx, isShared: false }, firstRow)
  return top + heightPx
}

type Page = ReturnType<typeof createPage>

/** What is laid out so far; arrays for at most as many rows as there are pictures. */
function createPage(total: number) {
  const days: Day[] = []
  return {
    days,
    rowCount: 0,
    first: new Uint32Array(total),
    count: new Uint32Array(total),
    top: new Float64Array(total),
    height: new Float64Array(total),
    dayOfRow: new Uint32Array(total),
    ratio: new Float32Array(total),
    left: new Float32Array(total),
    /** Adds a row to the day that will be closed next. */
    push(first: number, count: number, top: number, height: number) {
      const row = this.rowCount++
      this.first[row] = first
      this.count[row] = count
      this.top[row] = top
      this.height[row] = height
      this.dayOfRow[row] = days.length
    },
    /** Puts pictures side by side. */
    place(start: number, end: number, leftPx: number, heightPx: number, gapPx: number) {
      let x = leftPx
      for (let at = start; at < end; at++) {
        this.left[at] = x
        x += (this.ratio[at] ?? 1) * heightPx + gapPx
      }
    },
    close(
      { startsAt, start, end }: Span,
      box: Pick<Day, 'topPx' | 'leftPx' | 'widthPx' | 'heightPx' | 'isShared'>,
      firstRow: number,
    ) {
      const rowCount = this.rowCount - firstRow
      days.push({ ...box, startsAt, firstRow, rowCount, first: start, pictureCount: end - start })
    },
  }
}
