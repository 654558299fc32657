import { describe, expect, it } from 'vitest'
import { idsOf, type Shown, show } from '../../src/gallery-page/shown.ts'
import { stacked, tileOf, variantsOf } from '../../src/gallery-page/stacks.ts'
import { noFilters } from '../../src/gallery-page/state.ts'
import { listOf } from './fakes.ts'

interface Given {
  readonly letters: string
  /** By picture, a number; 0 stands alone. */
  readonly stack: readonly number[]
  readonly marks?: readonly number[]
  readonly flags?: readonly number[]
  readonly hits?: readonly number[]
}

function shownOf({ letters, stack, marks, flags, hits }: Given): Shown {
  const list = listOf([...letters])
  const pictures = { ...list.pictures, stack, marks: marks ?? list.pictures.marks, flags: flags ?? list.pictures.flags }
  return show({ ...list, pictures }, noFilters, hits ? Uint32Array.from(hits) : null)
}
const lettersOf = (shown: Shown) => idsOf(shown).join('')
const sizesOf = (shown: Shown) => Array.from({ length: shown.count }, (_, at) => shown.sizeAt(at))

describe('a stack', () => {
  it('is one tile in the place of its cover, and says how many it stands for', () => {
    const shown = stacked(shownOf({ letters: 'abcdef', stack: [0, 7, 7, 0, 7, 0] }))
    expect(lettersOf(shown)).toBe('abdf')
    expect(sizesOf(shown)).toEqual([1, 3, 1, 1])
  })

  it('is shown by its best picture, and by a rejected or missing one only when there is no other', () => {
    const best = (marks: number[], flags = [0, 0, 0]) =>
      lettersOf(stacked(shownOf({ letters: 'abc', stack: [1, 1, 1], marks, flags })))
    expect(best([0, 4, 5])).toBe('c')
    expect(best([5, 8, 0])).toBe('b')
    expect(best([16, 0, 0])).toBe('b')
    expect(best([5, 0, 0], [4, 4, 0])).toBe('c')
    expect(best([16, 16, 16])).toBe('a')
    expect(best([8, 0, 0], [0, 0, 1])).toBe('c')
  })

  it('holds only what the search found, and knows its place among that', () => {
    const shown = stacked(shownOf({ letters: 'abcdef', stack: [0, 7, 7, 0, 7, 0], hits: [1, 3, 4, 5] }))
    expect(lettersOf(shown)).toBe('bdf')
    expect(sizesOf(shown)).toEqual([2, 1, 1])
    expect([0, 1, 2].map(shown.hitAt)).toEqual([0, 1, 3])
  })

  it('opens as its variants, and leads back to its tile from any of them', () => {
    const all = shownOf({ letters: 'abcdef', stack: [0, 7, 7, 0, 7, 0] })
    expect(lettersOf(variantsOf(all, 'b'))).toBe('bce')
    expect(lettersOf(variantsOf(all, 'd'))).toBe('d')
    expect(tileOf(stacked(all), 'e')).toBe(1)
    expect(tileOf(stacked(all), 'f')).toBe(3)
    expect(tileOf(stacked(all), 'z')).toBe(-1)
  })
})

it('changes nothing where no pictures belong together', () => {
  const all = shownOf({ letters: 'abc', stack: [0, 0, 0] })
  expect(stacked(all)).toBe(all)
})
