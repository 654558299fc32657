import { expect, it } from 'vitest'
import { tagsIn } from '../../src/gallery-page/tags-in.ts'

it('reads tags with commas between them, each once', () => {
  expect(tagsIn(' sea, For Oma ,,sea, ')).toEqual(['sea', 'For Oma'])
  expect(tagsIn(' , ')).toEqual([])
})
