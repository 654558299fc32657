import { describe, expect, it } from 'vitest'
import { anniversaries, monthCounts, nextAnniversary, picturesByDay, weeksOf } from '../../src/gallery-page/days.ts'

const at = (year: number, month: number, day: number, hour = 12) => new Date(year, month, day, hour).getTime() / 1000
const date = [at(2026, 10, 29, 23), at(2026, 10, 29, 0), at(2026, 10, 28), at(2025, 10, 29), at(2024, 1, 29)]
const days = picturesByDay({ date }, null)

describe('pictures by day', () => {
  it('belong to the local day they were made on, from its first moment to its last', () => {
    expect([...days].map(([key, { positions }]) => [key, positions])).toEqual([
      ...[
        ['2026-11-29', [0, 1]],
        ['2026-11-28', [2]],
        ['2025-11-29', [3]],
        ['2024-02-29', [4]],
      ],
    ])
  })

  it('are those shown alone, in whatever order', () => {
    const some = picturesByDay({ date }, Uint32Array.of(3, 1, 2, 0))
    expect(some.get('2026-11-29')?.positions).toEqual([1, 0])
    expect(some.size).toBe(3)
  })

  it('are counted by month', () => {
    expect(Object.fromEntries(monthCounts(days))).toEqual({ '2026-11': 3, '2025-11': 1, '2024-02': 1 })
  })
})

describe('the page of a month', () => {
  it('has whole weeks, and each day once', () => {
    for (const firstDay of [1, 6, 7]) {
      for (const [year, month, length] of [
        [2026, 10, 30],
        [2024, 1, 29],
        [2025, 1, 28],
        [2026, 1, 28],
      ] as const) {
        const weeks = weeksOf(days, year, month, firstDay)
        expect(weeks.every((week) => week.length === 7)).toBe(true)
        const found = weeks.flat().flatMap((field) => field?.day ?? [])
        expect(found).toEqual(Array.from({ length }, (_, n) => n + 1))
      }
    }
  })

  it('puts days below their names: 29 November 2026 is a Sunday', () => {
    const placeOf29 = (firstDay: number) =>
      weeksOf(days, 2026, 10, firstDay)
        .find((week) => week.some((field) => field?.day === 29))
        ?.findIndex((field) => field?.day === 29)
    expect([placeOf29(1), placeOf29(7)]).toEqual([6, 0])
  })

  it('says how many pictures each day has', () => {
    const counts = weeksOf(days, 2026, 10, 1)
      .flat()
      .filter((field) => (field?.count ?? 0) > 0)
    expect(counts.map((field) => [field?.key, field?.count])).toEqual([
      ['2026-11-28', 1],
      ['2026-11-29', 2],
    ])
  })
})

describe('on this day', () => {
  const all = anniversaries(days)

  it('the same day of all years stands together, the latest year first', () => {
    expect(all.map(({ key, years }) => [key, years.map(({ year }) => year)])).toEqual([
      ...[
        ['02-29', [2024]],
        ['11-28', [2026]],
        ['11-29', [2026, 2025]],
      ],
    ])
  })

  it('leads to the next day that has any, around the end of the year', () => {
    expect(nextAnniversary(all, '05-01', 1)?.key).toBe('11-28')
    expect(nextAnniversary(all, '11-29', 1)?.key).toBe('02-29')
    expect(nextAnniversary(all, '01-01', -1)?.key).toBe('11-29')
    expect(nextAnniversary([], '01-01', 1)).toBeUndefined()
  })
})
