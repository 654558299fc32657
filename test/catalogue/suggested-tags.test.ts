import { expect, it } from 'vitest'
import { suggestedTags } from '../../src/catalogue/suggested-tags.ts'
import { entryWith } from './support.ts'

const prompts = ['lighthouse', 'lighthouse', 'lighthouse', 'river', 'river', 'bridge', 'bridge', 'bridge']
const entries = prompts.map((prompt, n) =>
  entryWith(`picture${n}`, { prompt: `a ${prompt} at dawn`, conversationTitle: n < 3 ? 'Wallpaper' : null }),
)
const words = [
  ['dawn', 8],
  ['lighthouse', 3],
  ['wallpaper', 3],
  ['bridge', 3],
  ['river', 2],
] as const

it('words that recur in prompts are suggested, and neither those of nearly all nor of a few', () => {
  expect(suggestedTags(words, new Set(), entries)).toEqual([
    { tag: 'lighthouse', count: 3 },
    { tag: 'bridge', count: 3 },
  ])
})

it('what is a tag already is not suggested', () => {
  expect(suggestedTags(words, new Set(['bridge']), entries).map(({ tag }) => tag)).toEqual(['lighthouse'])
})
