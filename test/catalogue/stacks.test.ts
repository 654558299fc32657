import { expect, it } from 'vitest'
import { newestFirst } from '../../src/catalogue/entry.ts'
import { createStacks, stacksOf } from '../../src/catalogue/stacks.ts'
import { entryWith } from './support.ts'

const long = 'An oil painting of a lighthouse on a rocky coast at dusk, waves breaking below, gulls in the wind'

/** The stacks of pictures a minute apart, oldest first. */
function stacked(...records: readonly object[]) {
  const entries = records.map((record, n) =>
    entryWith(`p${n}`, { conversationId: 'talk', date: 1_000 + 60 * n, ...record }),
  )
  return [...stacksOf(entries.toSorted(newestFirst))].reverse()
}

it('puts pictures of one message together, whatever their prompts and whatever came between', () => {
  const [one, other] = [{ messageId: 'm1' }, { messageId: 'm2', prompt: 'something else entirely' }]
  expect(stacked({ ...one, prompt: 'a' }, other, { ...one, prompt: 'b' })).toEqual([1, 0, 1])
  expect(stacked({ ...one, prompt: 'a' }, { ...one, prompt: 'b', conversationId: 'other' })).toEqual([0, 0])
})

it('puts prompts together that differ in one short piece, within an hour of one conversation', () => {
  expect(stacked({ prompt: long }, { prompt: long.replace('dusk', 'dawn') }, { prompt: long })).toEqual([1, 1, 1])
  expect(stacked({ prompt: long }, { prompt: `${long}.` })).toEqual([1, 1])
  expect(stacked({ prompt: long }, { prompt: long.slice(50) })).toEqual([0, 0])
  expect(stacked({ prompt: 'a red fox' }, { prompt: 'a blue cat' })).toEqual([0, 0])
  expect(stacked({ prompt: long }, { prompt: long, date: 1_000 + 3_601 })).toEqual([0, 0])
  expect(stacked({ prompt: long }, { prompt: long, conversationId: 'other' })).toEqual([0, 0])
  expect(stacked({ prompt: long, conversationId: null }, { prompt: long, conversationId: null })).toEqual([0, 0])
  expect(stacked({ prompt: null }, { prompt: null })).toEqual([0, 0])
})

it('counts from the oldest, so that a newer picture changes no number', () => {
  const before = [{ messageId: 'm1' }, { messageId: 'm1' }, { messageId: 'm2', prompt: 'x' }, { messageId: 'm2' }]
  expect(stacked(...before)).toEqual([1, 1, 2, 2])
  expect(stacked(...before, { messageId: 'm3', prompt: 'y' }, { messageId: 'm3' })).toEqual([1, 1, 2, 2, 3, 3])
})

it('are computed once for a list in which nothing but marks has changed', () => {
  const stacksFor = createStacks()
  const made = (marks: object, prompt = long) => [
    entryWith('b', { conversationId: 'talk', prompt: `${long}.`, date: 2 }, marks),
    entryWith('a', { conversationId: 'talk', prompt, date: 1 }),
  ]
  const first = stacksFor(made({}))
  expect([...first]).toEqual([1, 1])
  expect(stacksFor(made({ stars: 5, tags: ['x'] }))).toBe(first)
  expect([...stacksFor(made({}, 'another'))]).toEqual([0, 0])
  expect([...stacksFor(made({}).slice(1))]).toEqual([0])
})
