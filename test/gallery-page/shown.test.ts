import { describe, expect, it } from 'vitest'
import { show } from '../../src/gallery-page/shown.ts'
import { noFilters } from '../../src/gallery-page/state.ts'
import { listOf, shownOf } from './fakes.ts'

describe('what is shown', () => {
  it('is the whole list when there is no search', () => {
    const shown = shownOf('abc')
    expect([shown.count, shown.idAt(2), shown.indexOf('b'), shown.positionAt(1)]).toEqual([3, 'c', 1, 1])
  })

  it('is the hits of a search, in the order they came in', () => {
    const shown = shownOf('abcde', 'db')
    expect([shown.count, shown.idAt(0), shown.idAt(1), shown.positionAt(0)]).toEqual([2, 'd', 'b', 3])
    expect([shown.indexOf('b'), shown.indexOf('a')]).toEqual([1, -1])
  })

  it('has the flags of the pictures shown, not of those at the same position in the list', () => {
    const list = listOf(['a', 'b'])
    const flagged = { ...list, pictures: { ...list.pictures, flags: [1, 4] } }
    expect(show(flagged, noFilters, Uint32Array.of(1)).flagsAt(0)).toBe(4)
  })

  it('has no picture beyond its end', () => {
    const shown = shownOf('ab', '')
    expect([shown.count, shown.idAt(7), shown.flagsAt(7), shown.indexOf('a')]).toEqual([0, '', 0, -1])
  })
})
