import { describe, expect, it } from 'vitest'
import { layOut } from '../../src/gallery-page/lay-out.ts'
import { measuresFor } from '../../src/gallery-page/measures.ts'
import { monthAt, monthStep, monthsOf, timeMarks } from '../../src/gallery-page/timeline.ts'

const at = (year: number, month: number, day = 15) => new Date(year, month, day, 12).getTime() / 1000
const layoutOf = (...date: readonly number[]) =>
  layOut({ date, width: date.map(() => 1), height: date.map(() => 1) }, null, measuresFor(300))

const dates = [at(2026, 10, 20), at(2026, 10, 3), at(2026, 0), at(2025, 11), at(2023, 5), at(2023, 4)]
const layout = layoutOf(...dates)
const months = monthsOf(layout)

describe('the months of a grid', () => {
  it('are those that have pictures, each where its first day begins', () => {
    expect(months.map(({ year, month }) => [year, month])).toEqual([
      ...[
        [2026, 10],
        [2026, 0],
        [2025, 11],
        [2023, 5],
        [2023, 4],
      ],
    ])
    expect(months[1]?.topPx).toBe(layout.days.find(({ startsAt }) => startsAt <= at(2026, 0))?.topPx)
  })

  it('are none where the order is not that of time', () => {
    expect(monthsOf(layoutOf(at(2025, 1), at(2026, 1)))).toEqual([])
    expect(monthsOf(layoutOf(at(2026, 1), at(2025, 1), at(2026, 1)))).toEqual([])
  })

  it('are found by height, also above the first and below the last', () => {
    // Small months may stand in one row.
    for (const { topPx } of months) expect(months[monthAt(months, topPx)]?.topPx).toBe(topPx)
    expect([monthAt(months, -50), monthAt(months, 1e9)]).toEqual([0, 4])
  })
})

describe('keys on the strip', () => {
  const step = (from: number, key: string) => monthStep(months, from, key)

  it('lead a month up or down, and stop at the ends', () => {
    expect([step(0, 'ArrowUp'), step(0, 'ArrowDown'), step(4, 'ArrowDown'), step(2, 'ArrowUp')]).toEqual([0, 1, 4, 1])
  })

  it('lead to the first month of the year before or after', () => {
    expect([step(0, 'PageDown'), step(2, 'PageDown'), step(4, 'PageDown')]).toEqual([2, 3, 4])
    expect([step(4, 'PageUp'), step(2, 'PageUp'), step(1, 'PageUp')]).toEqual([2, 0, 0])
  })

  it('lead to both ends; others lead nowhere', () => {
    expect([step(2, 'Home'), step(2, 'End'), step(2, 'a')]).toEqual([0, 4, undefined])
  })
})

describe('marks on the strip', () => {
  it('name each year once, and leave room between names', () => {
    const marks = timeMarks(months, layout.heightPx, 2000)
    expect(marks.flatMap(({ year }) => year ?? [])).toEqual([2026, 2025, 2023])
    const crowded = timeMarks(months, layout.heightPx, 60).filter(({ year }) => year !== null)
    for (const [n, mark] of crowded.entries())
      if (n > 0) expect(mark.topPx - (crowded[n - 1]?.topPx ?? 0)).toBeGreaterThanOrEqual(24)
  })

  it('are never more than there is room for, however many years there are', () => {
    const century = Array.from({ length: 1200 }, (_, n) => at(2026 - Math.floor(n / 12), 11 - (n % 12)))
    const long = layoutOf(...century)
    expect(timeMarks(monthsOf(long), long.heightPx, 700).length).toBeLessThanOrEqual(101)
  })
})
