import { describe, expect, it } from 'vitest'
import { noOrder, orderFor } from '../../src/gallery-page/order.ts'
import { show } from '../../src/gallery-page/shown.ts'
import { noFilters } from '../../src/gallery-page/state.ts'
import { listOf, shownOf } from './fakes.ts'

const partOf = (letters: string) => show(listOf([...letters], false), noFilters, null)

describe('the order in the viewer', () => {
  it('is that of the pictures shown', () => {
    expect(orderFor(noOrder, shownOf('abcd', 'db'), 'b').ids).toEqual(['d', 'b'])
  })

  it('stays as it was when pictures arrive', () => {
    const order = orderFor(noOrder, shownOf('bc'), 'b')
    expect(orderFor(order, shownOf('abc'), 'c')).toBe(order)
  })

  it('is computed again when the user opens a picture that it does not have', () => {
    const order = orderFor(noOrder, shownOf('bc'), 'b')
    expect(orderFor(order, shownOf('abc'), 'a').ids).toEqual(['a', 'b', 'c'])
  })

  it('is computed again once, when the rest of the list has been read', () => {
    const order = orderFor(noOrder, partOf('ab'), 'a')
    expect(orderFor(order, partOf('abc'), 'a')).toBe(order)
    const whole = orderFor(order, shownOf('abcd'), 'a')
    expect(whole.ids).toEqual(['a', 'b', 'c', 'd'])
    expect(orderFor(whole, shownOf('abcde'), 'a')).toBe(whole)
  })

  it('has only that picture if it is not among those shown', () => {
    expect(orderFor(noOrder, shownOf('abc', 'b'), 'x').ids).toEqual(['x'])
  })
})
