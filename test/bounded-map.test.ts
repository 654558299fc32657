import { expect, it } from 'vitest'
import { addBounded, setBounded } from '../src/bounded-map.ts'

it('forgets the oldest entry of a map, and returns it', () => {
  const map = new Map([['one', 1]])
  expect(setBounded(map, 'two', 2, 2)).toBeUndefined()
  expect(setBounded(map, 'three', 3, 2)).toEqual(['one', 1])
  expect([...map.keys()]).toEqual(['two', 'three'])
})

it('makes an entry the newest one when it is set again', () => {
  const map = new Map([
    ['one', 1],
    ['two', 2],
  ])
  setBounded(map, 'one', 10, 2)
  expect(setBounded(map, 'three', 3, 2)).toEqual(['two', 2])
  expect(map.get('one')).toBe(10)
})

it('does the same with a set', () => {
  const set = new Set(['one', 'two'])
  expect(addBounded(set, 'one', 2)).toBeUndefined()
  expect(addBounded(set, 'three', 2)).toBe('two')
  expect([...set]).toEqual(['one', 'three'])
})
