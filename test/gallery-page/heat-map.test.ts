import { describe, expect, it } from 'vitest'
import { heatYear, shadeOf, shadeSteps, yearsOf } from '../../src/gallery-page/heat-map.ts'

const days = { '2026-11-29': 40, '2026-11-28': 3, '2026-01-01': 1, '2024-02-29': 9 }

describe('the heat map', () => {
  it('has the years in which anything was made, the latest first', () => {
    expect([yearsOf(days), yearsOf({})]).toEqual([[2026, 2024], []])
  })

  it('has each day of a year once, in weeks of seven', () => {
    for (const [year, length] of [
      [2026, 365],
      [2024, 366],
    ] as const) {
      const all = heatYear(days, year, 1)
      expect(all.length).toBe(length)
      expect(new Set(all.map(({ key }) => key)).size).toBe(length)
      expect(all.every(({ week, row }, at) => week * 7 + row - ((all[0]?.row ?? 0) + at) === 0)).toBe(true)
    }
    expect(heatYear(days, 2026, 1)[0]).toMatchObject({ key: '2026-01-01', week: 0, row: 3, count: 1 })
    expect(heatYear(days, 2026, 7)[0]).toMatchObject({ row: 4 })
  })

  it('grows darker with more pictures; a day without any has no shade', () => {
    const steps = shadeSteps(days)
    expect([0, 1, 3, 9, 40].map((count) => shadeOf(count, steps))).toEqual([0, 1, 2, 3, 4])
    const even = shadeSteps({ a: 5, b: 5, c: 5 })
    expect(shadeOf(5, even)).toBe(1)
    expect(shadeOf(0, shadeSteps({}))).toBe(0)
  })
})
