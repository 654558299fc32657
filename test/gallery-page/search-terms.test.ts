import { describe, expect, it } from 'vitest'
import { lastTermAt, phraseOf, replaceLast, withTerm } from '../../src/gallery-page/search-terms.ts'

describe('the last term of a search', () => {
  it.each([
    ['', ''],
    ['cat', 'cat'],
    ['red cat', 'cat'],
    ['red ', ''],
    ['tag:"red co', 'tag:"red co'],
    ['dog "red coat" ca', 'ca'],
    ['in:"Trip to Rome"', 'in:"Trip to Rome"'],
  ])('of %j is %j', (q, term) => {
    expect(q.slice(lastTermAt(q))).toBe(term)
  })

  it('is replaced by what was chosen, and the next one may follow', () => {
    expect(replaceLast('red li', 'lighthouse')).toBe('red lighthouse ')
    expect(replaceLast('tag:"red co', 'tag:"red coat"')).toBe('tag:"red coat" ')
    expect(replaceLast('cat sh', 'shape:')).toBe('cat shape:')
  })

  it('stays without what it was to be without', () => {
    expect([replaceLast('-li', 'lighthouse'), replaceLast('-li', '-lighthouse')]).toEqual([
      '-lighthouse ',
      '-lighthouse ',
    ])
  })
})

it('a term is added behind those there are', () => {
  expect([withTerm('', 'cat'), withTerm(' red  ', 'tag:a')]).toEqual(['cat', 'red tag:a'])
})

it('a prompt is found by its beginning as a phrase, whatever quotation marks it has', () => {
  expect(phraseOf('A sign that says "open"\nat night')).toBe('"A sign that says open at night"')
  expect(phraseOf(Array.from({ length: 30 }, (_, n) => `w${n}`).join(' '))).toBe(
    '"w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11"',
  )
})
