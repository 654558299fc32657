import { describe, expect, it } from 'vitest'
import { createSearcher } from '../../src/catalogue/search.ts'
import { buildTokenIndex } from '../../src/catalogue/token-index.ts'
import { correctedOf, nearestTo, searchForgiving } from '../../src/catalogue/typos.ts'
import { createVocabulary } from '../../src/catalogue/vocabulary.ts'
import { entryWith } from './support.ts'

const prompts = [
  'A lighthouse on the coast',
  'lighthouse, castle; castle',
  'A cat’s castle in Ümeå',
  'x1y2 64-bit 東京',
]
const entries = prompts.map((prompt, n) => entryWith(`p${n}`, { prompt, gen_id: null }))

async function searching() {
  const tokens = await buildTokenIndex(entries, () => false)
  if (!tokens) throw new Error('stopped')
  return { tokens, search: createSearcher(entries, tokens) }
}

describe('the vocabulary', () => {
  it('has words without what stands around them, the most frequent first, and no ids', async () => {
    const { tokens } = await searching()
    const words = tokens.words.map(([word]) => word)
    expect(words.slice(0, 2).sort()).toEqual(['castle', 'lighthouse'])
    expect(words).toEqual(expect.arrayContaining(['coast', "cat's", 'umea', '東京']))
    for (const none of ['x1y2', '64-bit', 'castle;', 'p0']) expect(words).not.toContain(none)
    const vocabulary = createVocabulary()
    vocabulary.add('abcdefghijklmnop', 1)
    vocabulary.add('qrstuvwxyzabcdef', 2)
    expect(vocabulary.all()).toEqual([['qrstuvwxyzabcdef', 2]])
  })
})

describe('a typo', () => {
  it.each([
    ['lighthosue', 'lighthouse'],
    ['lihgthose', 'lighthouse'],
    ['casle', 'castle'],
    ['coasst', 'coast'],
    ['xqzwvk', undefined],
    ['czzzle', undefined],
    ['cot', undefined],
  ])('%s may be %s', async (word, near) => {
    expect(nearestTo(word, (await searching()).tokens.words)).toBe(near)
  })

  it('is the nearest word, and of two as near the more frequent one', () => {
    const words = [
      ['coast', 9],
      ['coats', 5],
      ['toast', 3],
    ] as const
    expect(nearestTo('coatz', words)).toBe('coats')
    expect(nearestTo('xoast', words)).toBe('coast')
  })

  it('is forgiven only where nothing else is found', async () => {
    const catalogue = await searching()
    expect(searchForgiving(catalogue, { q: 'lighthosue casle' })).toEqual({
      hits: Uint32Array.of(1),
      corrected: 'lighthouse castle',
    })
    expect(searchForgiving(catalogue, { q: 'cast' }).corrected).toBeUndefined()
    expect(searchForgiving(catalogue, { q: 'coast castle' })).toEqual({ hits: new Uint32Array() })
    expect(searchForgiving(catalogue, { q: 'lighthosue xqzwvk' })).toEqual({ hits: new Uint32Array() })
  })

  it('leaves phrases, keys, and what must not be there alone', async () => {
    const { tokens } = await searching()
    expect(correctedOf('"red coat"  casle is:missing -casle', tokens)).toBe('"red coat"  castle is:missing -casle')
    expect(correctedOf('"casle"', tokens)).toBeUndefined()
  })
})
