import { describe, expect, it } from 'vitest'
import {
  beginning,
  byteSize,
  dayName,
  pictureCount,
  positionName,
  shortDate,
  sizeName,
} from '../../src/gallery-page/words.ts'

const midnight = (year: number, month: number, date: number) => new Date(year, month, date).getTime() / 1000
const now = new Date(2026, 2, 30, 0, 5)

describe('a day', () => {
  it('is called today and yesterday, from one midnight to the next', () => {
    expect([dayName(midnight(2026, 2, 30), now), dayName(midnight(2026, 2, 29), now)]).toEqual(['Today', 'Yesterday'])
  })

  it('is called yesterday even if that day had 23 or 25 hours', () => {
    for (const month of [2, 9]) {
      for (let date = 24; date <= 31; date++) {
        const later = new Date(2026, month, date, 23, 59)
        expect(dayName(midnight(2026, month, date - 1), later)).toBe('Yesterday')
      }
    }
  })

  it('is called by its date before that, shorter if there is little space', () => {
    const day = midnight(2026, 1, 3)
    expect(dayName(day, now)).toContain('2026')
    expect(dayName(day, now, true)).toBe(shortDate(day))
    expect(dayName(day, now, true).length).toBeLessThan(dayName(day, now).length)
  })

  it('that is tomorrow has no name', () => {
    expect(dayName(midnight(2026, 2, 31), now)).not.toMatch(/Today|Yesterday/)
  })
})

describe('numbers', () => {
  it('of pictures agree with their noun', () => {
    expect([0, 1, 2].map(pictureCount)).toEqual(['0 pictures', '1 picture', '2 pictures'])
    expect(pictureCount(12_345)).toBe(`${(12_345).toLocaleString()} pictures`)
  })

  it('of bytes are as exact as people need', () => {
    expect([0, 999, 1000, 1499, 999_400, 2_449_000].map(byteSize)).toEqual([
      '0 bytes',
      '999 bytes',
      '1 kB',
      '1 kB',
      '999 kB',
      '2.4 MB',
    ])
  })

  it('of a picture among others begin at one; a single picture has none', () => {
    expect([positionName(0, 12), positionName(11, 12), positionName(0, 1)]).toEqual(['1 of 12', '12 of 12', ''])
  })
})

describe('the size of a picture', () => {
  it('is shown with bytes and type', () => {
    const all = { width: 1024, height: 768, bytes: 2_449_000, mime: 'image/png' }
    expect(sizeName(all)).toBe('1024 × 768 · 2.4 MB · PNG')
  })

  it('leaves out what is not known', () => {
    expect(sizeName({ width: 1024, height: null, bytes: null, mime: 'image/webp' })).toBe('WEBP')
    expect(sizeName({ width: null, height: null, bytes: null, mime: null })).toBe('')
  })
})

describe('the beginning of a text', () => {
  it('is the whole text if it is short', () => {
    expect(beginning('A paper boat', 12)).toBe('A paper boat')
  })

  it('ends between two words', () => {
    expect(beginning('A paper boat on a canal', 14)).toBe('A paper boat…')
  })

  it('ends within a word that is extremely long', () => {
    expect(beginning('x'.repeat(100), 40)).toBe(`${'x'.repeat(20)}…`)
  })
})
