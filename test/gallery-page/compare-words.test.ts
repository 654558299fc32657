import { expect, it } from 'vitest'
import { differingParts } from '../../src/gallery-page/compare-words.ts'

const marked = (...prompts: string[]) =>
  differingParts(prompts).map((parts) =>
    parts
      .filter(({ isNew }) => isNew)
      .map(({ text }) => text)
      .join(' '),
  )

it('marks the words that not all of the others have', () => {
  expect(marked('a red boat', 'a blue boat')).toEqual(['red', 'blue'])
  expect(marked('a red boat at sea', 'a red boat', 'a blue boat at sea')).toEqual(['red at sea', 'red', 'blue at sea'])
})

it('marks nothing in prompts that are alike but for case and accents', () => {
  expect(marked('Ein Bär', 'ein BAR')).toEqual(['', ''])
})
