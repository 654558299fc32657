import { describe, expect, it } from 'vitest'
import { type Chosen, chooseAll, hiddenCount, noneChosen, toggleChosen } from '../../src/gallery-page/chosen.ts'
import type { Shown } from '../../src/gallery-page/shown.ts'
import { shownOf } from './fakes.ts'

const shown = shownOf('abcdef')
const lettersOf = ({ ids }: Chosen) => [...ids].sort().join('')
/** Clicks on letters one after the other; a capital is a click with Shift. */
const clicks = (letters: string, all: Shown = shown, from: Chosen = noneChosen) =>
  [...letters].reduce((chosen, letter) => {
    const small = letter.toLowerCase()
    return toggleChosen(chosen, all, all.indexOf(small), small !== letter)
  }, from)

describe('pictures are chosen', () => {
  it('one by one, and dropped by a second click', () => {
    expect(lettersOf(clicks('ac'))).toBe('ac')
    expect(lettersOf(clicks('aca'))).toBe('c')
  })

  it('from the one before to the one clicked with Shift, downwards and upwards', () => {
    expect(lettersOf(clicks('bE'))).toBe('bcde')
    expect(lettersOf(clicks('eB'))).toBe('bcde')
  })

  it('over a range that has some of them already', () => {
    expect(lettersOf(clicks('cbE'))).toBe('bcde')
  })

  it('in ranges that go on from the last click', () => {
    expect(lettersOf(clicks('aBD'))).toBe('abcd')
  })

  it('one alone with Shift, if nothing was clicked before', () => {
    expect(lettersOf(clicks('D'))).toBe('d')
  })

  it('one alone with Shift, if the one clicked before is not shown any more', () => {
    const fewer = shownOf('abcdef', 'def')
    expect(lettersOf(clicks('E', fewer, clicks('a')))).toBe('ae')
  })

  it('in the order shown, not in that of the list', () => {
    expect(lettersOf(clicks('fC', shownOf('abcdef', 'facde')))).toBe('acf')
  })

  it('all at once, those shown and no others', () => {
    expect(lettersOf(chooseAll(shownOf('abcdef', 'bd')))).toBe('bd')
  })
})

it('choosing does not change the previous selection object', () => {
  const before = clicks('ab')
  clicks('c', shown, before)
  expect(lettersOf(before)).toBe('ab')
})

it('chosen pictures that are not shown are counted', () => {
  const { ids } = clicks('abc')
  expect([hiddenCount(ids, shown), hiddenCount(ids, shownOf('abcdef', 'cd')), hiddenCount(ids, null)]).toEqual([
    0, 2, 3,
  ])
})
