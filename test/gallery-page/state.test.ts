import { describe, expect, it } from 'vitest'
import { addressOf, type Filters, filterParams, noFilters, replacesLast, viewOf } from '../../src/gallery-page/state.ts'

const filters = (some: Partial<Filters>): Filters => ({ ...noFilters, ...some })
const everything = filters({
  q: 'a boat & a sail',
  from: '2026-01-02',
  to: '2026-03-04',
  by: 'dalle',
  shape: 'wide',
  source: 'export',
  seed: true,
  favourite: true,
  tag: 'Für Oma',
  profile: 'work',
})

describe('filters', () => {
  it('leave no trace in an address when there is no search', () => {
    expect(filterParams(noFilters).toString()).toBe('')
  })

  it('write a choice as its value, and a switch that is on as 1', () => {
    expect(filterParams(filters({ by: 'dalle', seed: true })).toString()).toBe('by=dalle&seed=1')
  })
})

describe('an address', () => {
  it('leads back to the view it was made from, with all filters and the picture', () => {
    const view = { filters: everything, picture: 'a/b?c' }
    expect(viewOf(addressOf(view))).toEqual(view)
  })

  it('means the same after "?", after "#" and alone', () => {
    const view = { filters: filters({ q: 'boat' }), picture: null }
    expect([viewOf('?q=boat'), viewOf('#q=boat'), viewOf('q=boat')]).toEqual([view, view, view])
  })

  it('that is empty means all pictures and no particular one', () => {
    expect(viewOf('')).toEqual({ filters: noFilters, picture: null })
  })

  it.each([
    'by=midjourney',
    'shape=round',
    'source=elsewhere',
    'source=toString',
    'from=yesterday',
    'to=2026-1-2',
    'seed=yes',
    'favourite=',
    'unheard=of',
  ])('with %s is ignored', (text) => {
    expect(viewOf(text).filters).toEqual(noFilters)
  })

  it('that makes no sense in part is used for the rest', () => {
    expect(viewOf('by=nobody&q=boat&picture=x')).toEqual({ filters: filters({ q: 'boat' }), picture: 'x' })
  })
})

describe('the history of the browser', () => {
  it('has an entry for every step', () => {
    expect([replacesLast('push', {}), replacesLast('push', { isTyping: true })]).toEqual([false, false])
  })

  it('has one entry for a word, however many letters were typed', () => {
    expect([replacesLast('typing', {}), replacesLast('typing', { isTyping: true })]).toEqual([false, true])
  })

  it('has no separate entry for each picture turned to', () => {
    expect(replacesLast('replace', { isOpened: true })).toBe(true)
  })
})
