import { describe, expect, it } from 'vitest'
import { type Entry, promptOf } from '../../src/catalogue/entry.ts'
import { indexPrompts } from '../../src/similar/prompts.ts'
import { archiveOf, indexOf } from '../gallery/support.ts'

const entryOf = (prompt: string, at: number): Entry =>
  ({ id: `id${at}`, genId: `gen${at}`, haystack: `${prompt}\ntitle\ngen${at}\nid${at}\nconversation\n` }) as Entry

async function nearTo(prompt: string, prompts: readonly string[], count = 10) {
  const index = await indexPrompts(prompts.map(entryOf), () => false)
  return (index?.near(prompt, count) ?? []).map(({ entry, nearness }) => [promptOf(entry), nearness] as const)
}

describe('near prompts', () => {
  it('the same words are nearest, then those that share the rare ones', async () => {
    const others = [
      'a lighthouse on a cliff in a storm',
      'a lighthouse on a cliff in the fog',
      'a cat in a box',
      'a dog in a car',
    ]
    const near = await nearTo('a lighthouse on a cliff in a storm', others)
    expect(near.map(([prompt]) => prompt)).toEqual(others.slice(0, 2))
    expect(near[0]?.[1]).toBeCloseTo(1)
  })

  it('punctuation makes no difference, and scripts without spaces are compared letter by letter', async () => {
    expect((await nearTo('red, coat', ['"red" coat.', 'blue hat']))[0]?.[0]).toBe('"red" coat.')
    expect((await nearTo('夜景の東京', ['東京の夜景', '猫の庭']))[0]?.[0]).toBe('東京の夜景')
  })

  it('nothing is near to no words, nor to words that nobody else used', async () => {
    expect(await nearTo('', ['', 'a cat'])).toEqual([])
    expect(await nearTo('zebra', ['a cat', ''])).toEqual([])
    expect(await nearTo('cat', [])).toEqual([])
  })

  it('a word of every picture says nothing in a long list', async () => {
    const others = Array.from({ length: 1_200 }, (_, n) => `photo number${n}`)
    expect((await nearTo('photo number7', others)).map(([prompt]) => prompt)).toEqual(['photo number7'])
  })

  it('ends when it is stopped', async () => {
    expect(await indexPrompts([entryOf('a cat', 0)], () => true)).toBeUndefined()
  })
})

it('a prompt of several lines is found in its entry, whatever else there is', async () => {
  const { root } = await archiveOf(
    3,
    (n) => [{ prompt: 'One\nTwo' }, { prompt: null, genId: null }, { conversationTitle: null }][n] ?? {},
  )
  const prompts = (await indexOf(root)).entries.map(promptOf)
  expect(prompts).toEqual(['picture number 2 named word2', '', 'one two'])
})
