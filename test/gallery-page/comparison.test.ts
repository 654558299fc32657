import { describe, expect, it } from 'vitest'
import { around, comparePrompt, wordsIn } from '../../src/gallery-page/comparison.ts'

const newIn = (prompt: string, known: string) =>
  comparePrompt(prompt, wordsIn(known)).flatMap(({ text, isNew }) => (isNew ? [text] : []))

describe('prompts side by side', () => {
  it('mark the words that the other does not have', () => {
    expect(newIn('A red boat, at night', 'A blue boat at night')).toEqual(['red'])
  })

  it('treat words as equal in any case and with any accent, in any script', () => {
    expect(newIn('CAFÉ Лодка', 'cafe ЛОДКА')).toEqual([])
    expect(newIn('Лодка ночью', 'Лодка днём')).toEqual(['ночью'])
  })

  it('mark no comma, no space and no punctuation mark', () => {
    expect(newIn('… — 🚤!', '')).toEqual([])
  })

  it('lose nothing of the prompt', () => {
    const prompt = ' A boat,  two sails… '
    expect(
      comparePrompt(prompt, wordsIn('boat'))
        .map(({ text }) => text)
        .join(''),
    ).toBe(prompt)
  })
})

describe('some around one of many', () => {
  const all = Array.from({ length: 20 }, (_, i) => i)

  it('have it in their middle', () => {
    expect(around(all, 10, 6)).toEqual([7, 8, 9, 10, 11, 12])
  })

  it('are as many at both ends', () => {
    expect([around(all, 0, 4), around(all, 19, 4)]).toEqual([
      [0, 1, 2, 3],
      [16, 17, 18, 19],
    ])
  })

  it('are all where there are few', () => {
    expect(around([1, 2], 1, 60)).toEqual([1, 2])
  })
})
