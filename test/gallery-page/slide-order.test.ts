import { describe, expect, it } from 'vitest'
import { nextSlide } from '../../src/gallery-page/slide-order.ts'

describe('a slideshow', () => {
  it('goes forward, and from the last picture to the first', () => {
    expect([0, 1, 2].map((index) => nextSlide(index, 3, 'forward', new Set()))).toEqual([1, 2, 0])
  })

  it('shuffled, shows each picture once in a round, and never the same twice in a row', () => {
    for (let round = 0; round < 50; round++) {
      const seen = new Set([3])
      let index = 3
      while (seen.size < 8) {
        const next = nextSlide(index, 8, 'shuffled', seen)
        expect(seen.has(next)).toBe(false)
        seen.add(next)
        index = next
      }
      expect(nextSlide(index, 8, 'shuffled', seen)).not.toBe(index)
    }
  })

  it('stays where there is nowhere to go', () => {
    expect([nextSlide(0, 1, 'shuffled', new Set()), nextSlide(0, 1, 'forward', new Set())]).toEqual([0, 0])
  })
})
