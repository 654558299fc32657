import { describe, expect, it } from 'vitest'
import { countAt, isObject, listAt, momentAt, numberAt, objectAt, parseJson, textAt } from '../../src/decode/json.ts'

const anything = [undefined, null, 0, 7, true, '', 'text', [], [1], {}, { at: null }, Number.NaN]

describe('parsing', () => {
  it('reads JSON, also after a byte order mark', () => {
    expect(parseJson('{"a":1}')).toEqual({ a: 1 })
    expect(parseJson('\uFEFF[1]')).toEqual([1])
    expect(parseJson('null')).toBeNull()
  })

  it.each(['', '{', '<html>', 'undefined', '{"a":1}x', '\uFEFF', '\uFEFF\uFEFF{}'])('is undefined for %j', (text) => {
    expect(parseJson(text)).toBeUndefined()
  })
})

describe('looking into foreign values', () => {
  it('never throws, and finds nothing if nothing is there', () => {
    for (const value of anything) {
      expect(objectAt(value, 'at')).toEqual({})
      expect(listAt(value, 'at')).toEqual([])
      expect(textAt(value, 'at')).toBeNull()
      expect(numberAt(value, 'at')).toBeNull()
      expect(countAt(value, 'at')).toBeNull()
      expect(momentAt(value, 'at')).toBeNull()
    }
  })

  it('finds a value of the right type only', () => {
    for (const at of anything) {
      expect(objectAt({ at }, 'at')).toEqual(isObject(at) ? at : {})
      expect(listAt({ at }, 'at')).toEqual(Array.isArray(at) ? at : [])
      expect(textAt({ at }, 'at')).toBe(at === 'text' ? 'text' : null)
      expect(numberAt({ at }, 'at')).toBe(at === 0 || at === 7 ? at : null)
      expect(countAt({ at }, 'at')).toBe(at === 7 ? 7 : null)
    }
  })

  it('returns only non-negative integers as counts', () => {
    for (const at of [-1, 1.5, Number.POSITIVE_INFINITY, 2 ** 60]) expect(countAt({ at }, 'at')).toBeNull()
  })
})

describe('moments', () => {
  const moment = (at: unknown) => momentAt({ at }, 'at')?.toISOString()

  it('are Unix seconds with or without a fraction', () => {
    expect(moment(1_745_500_009)).toBe('2025-04-24T13:06:49.000Z')
    expect(moment(1_745_500_009.4)).toBe('2025-04-24T13:06:49.400Z')
    expect(moment(1_778_122_885.904705)).toBe('2026-05-07T03:01:25.905Z')
  })

  it('are ISO 8601 in lists', () => {
    expect(moment('2026-09-10T10:00:00.5Z')).toBe('2026-09-10T10:00:00.500Z')
  })

  it('are read as milliseconds if seconds make no sense', () => {
    expect(moment(1_745_500_009_400)).toBe('2025-04-24T13:06:49.400Z')
  })

  it.each([
    [0],
    [-1],
    [-1_745_500_009],
    [1e300],
    [Number.MAX_VALUE],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [4.2e12],
    [9e9],
    [''],
    ['soon'],
    [null],
    [true],
    [[1]],
    [{}],
  ])('are not %j', (at) => {
    expect(moment(at)).toBeUndefined()
  })
})
