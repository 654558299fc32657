import { describe, expect, it } from 'vitest'
import { layOut } from '../../src/gallery-page/lay-out.ts'
import {
  daysInRow,
  daysOfRows,
  type Layout,
  partOfRow,
  rowAt,
  rowEnd,
  rowOf,
  rowSpan,
  rowStart,
  rowsToDraw,
} from '../../src/gallery-page/layout.ts'
import { measuresFor } from '../../src/gallery-page/measures.ts'
import { stepFrom } from '../../src/gallery-page/steps.ts'

const noon = new Date(2026, 10, 20, 12).getTime() / 1000
const day = 86_400
const measures = measuresFor(1200)

/** Pictures of these sizes, a minute apart, newest first. */
const pictures = (sizes: readonly (readonly [number, number])[], secondsApart = 60) => ({
  date: sizes.map((_, i) => noon - i * secondsApart),
  width: sizes.map(([width]) => width),
  height: sizes.map(([, height]) => height),
})
const shapes = [
  [1024, 1024],
  [1792, 1024],
  [1024, 1792],
  [1536, 1024],
] as const
const mixed = (count: number) => Array.from({ length: count }, (_, i) => shapes[(i * 7 + (i >> 2)) % 4] ?? shapes[0])
const rowsOf = (layout: Layout) =>
  Array.from({ length: layout.rowCount }, (_, row) => {
    const first = layout.first[row] ?? 0
    const ratios = [...layout.ratio.slice(first, first + (layout.count[row] ?? 0))]
    const height = layout.height[row] ?? 0
    return { ratios, height, width: ratios.reduce((sum, ratio) => sum + ratio * height, 0) + (ratios.length - 1) * 8 }
  })

describe('rows', () => {
  it('fill the width in the proportions of their pictures', () => {
    const layout = layOut(pictures(mixed(60)), null, measures)
    for (const { width } of rowsOf(layout).slice(0, -1)) expect(width).toBeCloseTo(1200, 1)
    expect(layout.ratio[1]).toBeCloseTo((shapes[3]?.[0] ?? 0) / 1024)
  })

  it('contain every picture once, in order', () => {
    const layout = layOut(pictures(mixed(97), 3000), null, measures)
    let next = 0
    for (let row = 0; row < layout.rowCount; row++) {
      expect(layout.first[row]).toBe(next)
      next += layout.count[row] ?? 0
    }
    expect(next).toBe(97)
  })

  it('are about as high as wanted', () => {
    for (const { height } of rowsOf(layOut(pictures(mixed(200)), null, measures))) {
      expect(height).toBeGreaterThan(measures.rowPx * 0.6)
      expect(height).toBeLessThan(measures.rowPx * 1.6)
    }
  })

  it('are never wider than the window, on a phone too', () => {
    for (const widthPx of [280, 390, 768, 2560]) {
      const layout = layOut(pictures(mixed(80), 5000), null, measuresFor(widthPx))
      for (const { width, ratios } of rowsOf(layout)) {
        if (ratios.length > 1) expect(width).toBeLessThan(widthPx + 4 * ratios.length + 1)
      }
    }
  })

  it('avoid a last row of one picture in a day, if possible', () => {
    const layout = layOut(pictures(Array(11).fill([1024, 1024])), null, measures)
    expect(Array.from(layout.count.slice(0, layout.rowCount)).every((count) => count > 1)).toBe(true)
  })

  it('do not stretch a single picture over the page', () => {
    expect(layOut(pictures([[1024, 1024]]), null, measures).height[0]).toBe(measures.rowPx)
  })

  it('treat a picture of unknown size as a square, and do not let a narrow strip become a thin line', () => {
    const { ratio } = layOut(
      pictures([
        [0, 0],
        [9000, 10],
        [10, 9000],
      ]),
      null,
      measures,
    )
    expect([...ratio].map((one) => Math.round(one * 10) / 10)).toEqual([1, 4, 0.4])
  })
})

describe('days', () => {
  it('begin where the local date changes', () => {
    const { days } = layOut(pictures(mixed(9), day / 2), null, measures)
    expect(days.map(({ pictureCount }) => pictureCount)).toEqual([2, 2, 2, 2, 1])
    expect(days[0]?.startsAt).toBe(new Date(2026, 10, 20).getTime() / 1000)
  })

  it('follow one another without a gap or an overlap', () => {
    const { days, heightPx } = layOut(pictures(mixed(100), 4000), null, measures)
    expect(days.some(({ isShared }) => isShared)).toBe(false)
    for (const [i, { topPx }] of days.entries()) {
      const before = days[i - 1]
      expect(topPx).toBeCloseTo(before ? before.topPx + before.heightPx + measures.dayGapPx : 0, 5)
    }
    const last = days.at(-1)
    expect((last?.topPx ?? 0) + (last?.heightPx ?? 0)).toBeCloseTo(heightPx, 5)
  })

  it('show only the hits of a search', () => {
    const layout = layOut(pictures(mixed(50), 9000), Uint32Array.of(3, 4, 30), measures)
    expect(layout.ratio).toHaveLength(3)
    expect(layout.days.map(({ pictureCount }) => pictureCount)).toEqual([2, 1])
  })

  describe('of few pictures', () => {
    const square = [1024, 1024] as const
    const daily = (count: number, widthPx = 1200) =>
      layOut(pictures(Array(count).fill(square), day), null, measuresFor(widthPx))

    it('share a row, each below its own heading, without touching', () => {
      const { days, rowCount, left } = daily(8)
      expect(rowCount).toBe(2)
      expect(days.map(({ isShared }) => isShared)).toEqual(Array(8).fill(true))
      for (const [i, { leftPx, topPx, widthPx, pictureCount, first }] of days.entries()) {
        const before = days[i - 1]
        if (before?.topPx === topPx) expect(leftPx).toBeCloseTo(before.leftPx + before.widthPx + measures.dayGapPx, 3)
        else expect(leftPx).toBe(0)
        expect([pictureCount, first]).toEqual([1, i])
        expect(left[i]).toBeCloseTo(leftPx, 3)
        expect(leftPx + widthPx).toBeLessThan(1200.5)
      }
    })

    it('fill the width together if that makes them only a little higher', () => {
      const { days, height } = daily(4)
      const last = days.at(-1)
      expect((last?.leftPx ?? 0) + (last?.widthPx ?? 0)).toBeCloseTo(1200, 1)
      expect(height[0]).toBeGreaterThan(measures.rowPx)
      expect(height[0]).toBeLessThanOrEqual(measures.rowPx * 1.3)
    })

    it('are as wide as their heading needs, even for a narrow picture on a phone', () => {
      const { days } = layOut(pictures(Array(6).fill([400, 1000]), day), null, measuresFor(360))
      for (const { widthPx, leftPx } of days) {
        expect(widthPx).toBeGreaterThanOrEqual(measuresFor(360).minDayPx)
        expect(leftPx + widthPx).toBeLessThanOrEqual(360)
      }
    })

    it('are not put together with days that fill rows of their own', () => {
      const dates = [noon, ...Array.from({ length: 20 }, (_, i) => noon - day - i * 60), noon - 2 * day]
      const all = { date: dates, width: dates.map(() => 1024), height: dates.map(() => 1024) }
      const layout = layOut(all, null, measures)
      expect(layout.days.map(({ isShared }) => isShared)).toEqual([false, false, false])
      expect(layout.days.map(({ leftPx }) => leftPx)).toEqual([0, 0, 0])
    })

    it('are found by the row they share', () => {
      const layout = daily(8)
      expect([0, 1].flatMap((row) => daysInRow(layout, row))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      expect(daysInRow(layOut(pictures(mixed(60)), null, measures), 1)).toEqual([0])
    })
  })

  it('do not exist when there is nothing to show', () => {
    expect(layOut(pictures([]), null, measures)).toMatchObject({ days: [], rowCount: 0, heightPx: 0 })
  })
})

it('distributes the whole height among the rows', () => {
  const layout = layOut(pictures(mixed(77), 8000), null, measures)
  let y = 0
  for (let row = 0; row < layout.rowCount; row++) {
    expect(rowStart(layout, row)).toBeCloseTo(y, 5)
    y += rowSpan(layout, row)
  }
  expect(y).toBeCloseTo(layout.heightPx, 5)
})

it('finds the row of every picture', () => {
  const layout = layOut(pictures(mixed(77), 8000), null, measures)
  for (let row = 0; row < layout.rowCount; row++) {
    const first = layout.first[row] ?? 0
    for (let i = 0; i < (layout.count[row] ?? 0); i++) expect(rowOf(layout, first + i)).toBe(row)
  }
})

it('finds the row at every height of the page, and the last one below it', () => {
  const layout = layOut(pictures(mixed(77), 8000), null, measures)
  for (let row = 0; row < layout.rowCount; row++) {
    const [top, height] = [layout.top[row] ?? 0, layout.height[row] ?? 0]
    expect([rowAt(layout, top), rowAt(layout, top + height - 1)]).toEqual([row, row])
  }
  expect([rowAt(layout, -50), rowAt(layout, 1e9)]).toEqual([0, layout.rowCount - 1])
  expect(rowAt(layOut(pictures([]), null, measures), 100)).toBe(0)
})

describe('what is drawn', () => {
  it('is the rows in view with some around them, within those there are', () => {
    expect(rowsToDraw({ startIndex: 5, endIndex: 6, overscan: 2, count: 20 }, 5)).toEqual([3, 4, 5, 6, 7, 8])
    expect(rowsToDraw({ startIndex: 0, endIndex: 1, overscan: 3, count: 3 }, 0)).toEqual([0, 1, 2])
    expect(rowsToDraw({ startIndex: 0, endIndex: 0, overscan: 3, count: 0 }, 0)).toEqual([])
  })

  it('is also the row where the keyboard is, above or below', () => {
    const range = { startIndex: 5, endIndex: 5, overscan: 1, count: 20 }
    expect([rowsToDraw(range, 1), rowsToDraw(range, 19)]).toEqual([
      [1, 4, 5, 6],
      [4, 5, 6, 19],
    ])
    expect([rowsToDraw(range, -1), rowsToDraw(range, 20)]).toEqual([
      [4, 5, 6],
      [4, 5, 6],
    ])
  })

  it('is put together by day, each with its own rows', () => {
    const layout = layOut(pictures(mixed(60), 4000), null, measures)
    const rows = Array.from({ length: layout.rowCount }, (_, row) => row)
    const drawn = daysOfRows(layout, rows)
    expect(drawn.map(({ at }) => at)).toEqual(layout.days.map((_, at) => at))
    expect(drawn.flatMap((one) => one.rows)).toEqual(rows)
    expect(daysOfRows(layout, [1]).map(({ rows }) => rows)).toEqual([[1]])
  })

  it('includes the part of each day in a row that days share', () => {
    const layout = layOut(pictures(Array(4).fill([1024, 1024]), day), null, measures)
    const parts = daysOfRows(layout, [0]).map((drawn) => partOfRow(layout, 0, drawn.day))
    expect(parts).toEqual([0, 1, 2, 3].map((first) => ({ first, end: first + 1 })))
    expect([rowEnd(layout, 0), rowEnd(layout, -1)]).toEqual([4, 0])
  })
})

describe('keys', () => {
  const layout = layOut(pictures(mixed(60)), null, measures)
  const step = (index: number, key: string) => stepFrom(layout, index, key, 3)

  it('lead left and right in order, and stop at the ends', () => {
    expect([step(5, 'ArrowLeft'), step(5, 'ArrowRight'), step(0, 'ArrowLeft'), step(59, 'ArrowRight')]).toEqual([
      4, 6, 0, 59,
    ])
    expect([step(30, 'Home'), step(30, 'End')]).toEqual([0, 59])
  })

  it('lead up and down to the neighbouring row', () => {
    const down = step(2, 'ArrowDown') ?? -1
    expect(rowOf(layout, down)).toBe(rowOf(layout, 2) + 1)
    expect(rowOf(layout, step(down, 'ArrowUp') ?? -1)).toBe(rowOf(layout, 2))
    expect(step(0, 'ArrowUp')).toBe(0)
  })

  it('lead a page up and down, as far as there are rows', () => {
    const rowFrom = (index: number, key: string) => rowOf(layout, step(index, key) ?? -1)
    expect(rowFrom(0, 'PageDown')).toBe(3)
    expect([rowFrom(0, 'PageUp'), rowFrom(59, 'PageDown')]).toEqual([0, layout.rowCount - 1])
  })

  it('lead down and up again to the same picture, if pictures are below one another', () => {
    const even = layOut(pictures(Array(40).fill([1024, 1024])), null, measures)
    const inRow = even.count[0] ?? 0
    expect([stepFrom(even, 1, 'ArrowDown', 3), stepFrom(even, 1 + inRow, 'ArrowUp', 3)]).toEqual([1 + inRow, 1])
  })

  it('leave other keys alone', () => {
    expect(step(5, 'x')).toBeUndefined()
  })
})
