import { describe, expect, it } from 'vitest'
import { gripOf, panned, transformOf, whole, zoomed } from '../../src/gallery-page/pan-zoom.ts'

describe('a look at pictures that are compared', () => {
  it('keeps the point under the pointer where it is', () => {
    const at = { x: 0.2, y: -0.1 }
    const look = zoomed(zoomed(whole, 2, at), 1.5, at)
    // Where the point of the picture that was there stands now.
    expect(look.x + at.x * look.scale).toBeCloseTo(at.x)
    expect(look.y + at.y * look.scale).toBeCloseTo(at.y)
  })

  it('is never smaller than the whole picture, and at most eight times as large', () => {
    expect(zoomed(whole, 0.5)).toEqual(whole)
    expect(zoomed(whole, 100).scale).toBe(8)
  })

  it('goes no further than the edge', () => {
    expect(panned(whole, 0.3, 0.3)).toEqual(whole)
    expect(panned({ scale: 2, x: 0, y: 0 }, 9, -9)).toEqual({ scale: 2, x: 0.5, y: -0.5 })
  })

  it('is held by the middle between two fingers, and by one finger without a size', () => {
    const grip = gripOf([
      { x: 0, y: 0 },
      { x: 60, y: 80 },
    ])
    expect(grip).toEqual({ x: 30, y: 40, spread: 100 })
    expect(gripOf([{ x: 5, y: 6 }]).spread).toBe(gripOf([{ x: 70, y: 80 }]).spread)
  })

  it('is the same in frames of any size', () => {
    expect(transformOf({ scale: 2, x: 0.25, y: 0 })).toBe('translate(25%, 0%) scale(2)')
  })
})
