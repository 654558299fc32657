import { expect, it } from 'vitest'
import type { Entry } from '../../src/catalogue/entry.ts'
import { difference, ordered } from '../../src/catalogue/listing.ts'
import { entryWith } from './support.ts'

const between = (before: readonly Entry[], after: readonly Entry[]) => difference(ordered(before), ordered(after))
const [one, other] = [entryWith('one', { date: 2 }), entryWith('other', { date: 1 })]

it('where only marks changed, says of which pictures, with their numbers', () => {
  const marked = { ...other, favourite: true, stars: 4, flag: 'rejected', tags: ['blur'] } as const
  expect(between([one, other], [one, marked])).toEqual({
    added: [],
    removed: [],
    marked: [['other', 1 | 4, 4 | 16 | 32]],
  })
})

it('a note, which no number tells, changes the list without any picture', () => {
  const noted = { ...one, haystack: `${one.haystack} a note` }
  expect(between([one, other], [noted, other])).toEqual({ added: [], removed: [], marked: [] })
})

it.each<[string, Partial<Entry>]>([
  ['date', { date: 3 }],
  ['size', { width: 5 }],
  ['profiles', { profiles: ['work'] }],
  ['conversation', { conversationId: 'another' }],
  ['prompt', { haystack: 'another\n' }],
])('another %s is more than marks', (_, changes) => {
  expect(between([one, other], [{ ...one, ...changes }, other]).marked).toBeUndefined()
})

it('a picture that came or went is more than marks', () => {
  expect(between([other], [one, other])).toEqual({ added: ['one'], removed: [] })
  expect(between([one, other], [other])).toEqual({ added: [], removed: ['one'] })
  expect(between([one], [other])).toEqual({ added: ['other'], removed: ['one'] })
})

it('more than 500 pictures are not listed one by one', () => {
  const many = Array.from({ length: 501 }, (_, n) => entryWith(`picture${n}`))
  const marked = many.map((entry) => ({ ...entry, stars: 1 }))
  expect(between(many, marked)).toEqual({ added: [], removed: [] })
  expect(between(many.slice(1), marked.slice(1)).marked).toHaveLength(500)
})
