import { describe, expect, it } from 'vitest'
import { choiceOfKey, ratingIn, ratingWords, unrated } from '../../src/gallery-page/rating.ts'

describe('the number of a picture in the list', () => {
  it('tells stars, picked and rejected, whatever else it tells', () => {
    expect(ratingIn(3, false)).toEqual({ stars: 3, flag: '', favourite: false })
    expect(ratingIn(8 + 5, true)).toEqual({ stars: 5, flag: 'picked', favourite: true })
    expect(ratingIn(16 + 32, false)).toEqual({ stars: 0, flag: 'rejected', favourite: false })
  })
})

describe('a key', () => {
  it('gives stars, and 0 takes them', () => {
    expect(choiceOfKey('4', unrated)).toEqual({ stars: 4 })
    expect(choiceOfKey('0', { ...unrated, stars: 4 })).toEqual({ stars: 0 })
    expect(choiceOfKey('6', unrated)).toBeUndefined()
  })

  it('picks and rejects, and takes that back the second time', () => {
    expect(choiceOfKey('p', unrated)).toEqual({ flag: 'picked' })
    expect(choiceOfKey('X', { ...unrated, flag: 'picked' })).toEqual({ flag: 'rejected' })
    expect(choiceOfKey('x', { ...unrated, flag: 'rejected' })).toEqual({ flag: '' })
  })

  it('makes a favourite only where that key is heard', () => {
    expect(choiceOfKey('f', unrated, true)).toEqual({ favourite: true })
    expect(choiceOfKey('f', unrated)).toBeUndefined()
  })
})

it('is said in words for those who hear the page', () => {
  expect(ratingWords({ stars: 1, flag: 'rejected', favourite: true })).toBe('favourite, 1 star, rejected')
  expect(ratingWords(unrated)).toBe('')
})
