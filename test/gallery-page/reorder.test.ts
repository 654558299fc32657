import { describe, expect, it } from 'vitest'
import { moved, placeFor } from '../../src/gallery-page/reorder.ts'

describe('moving one of a list', () => {
  it('puts it to its new place and loses none', () => {
    expect(moved([...'abcd'], 0, 2).join('')).toBe('bcad')
    expect(moved([...'abcd'], 3, 0).join('')).toBe('dabc')
    expect(moved([...'abcd'], 1, 1).join('')).toBe('abcd')
  })

  it('goes on, back and to the ends by key, never beyond', () => {
    expect(placeFor('ArrowRight', 1, 4)).toBe(2)
    expect(placeFor('ArrowRight', 3, 4)).toBe(3)
    expect(placeFor('ArrowUp', 0, 4)).toBe(0)
    expect(placeFor('End', 1, 4)).toBe(3)
    expect(placeFor('x', 1, 4)).toBeUndefined()
  })
})
