import { expect, it } from 'vitest'
import { lineageOf } from '../../src/catalogue/lineage.ts'
import { entryWith } from './support.ts'

/** A picture by its letter, edited from another. */
const made = (id: string, from: string | null, date = 0) =>
  entryWith(id, { gen_id: `gen${id}`, parent_gen_id: from && `gen${from}`, date })
const told = (...of: Parameters<typeof lineageOf>) =>
  lineageOf(...of).map(({ entry, parent }) => [entry.id, parent?.id])

it('is the whole tree, from whichever picture it is asked', () => {
  const all = [made('D', 'B', 4), made('C', 'A', 3), made('B', 'A', 2), made('A', null, 1), made('X', null, 5)]
  for (const asked of all.slice(0, 4))
    expect(told(all, asked)).toEqual([
      ['A', undefined],
      ['B', 'A'],
      ['C', 'A'],
      ['D', 'B'],
    ])
  expect(told(all, made('X', null))).toEqual([['X', undefined]])
})

it('begins at a picture whose parent is not here', () => {
  const all = [made('B', 'Gone'), made('C', 'B')]
  expect(told(all, made('C', 'B')).map(([id]) => id)).toEqual(['B', 'C'])
})

it('ends where a hostile record is its own ancestor', () => {
  const [a, b] = [made('A', 'B'), made('B', 'A')]
  expect(told([a, b], a)).toEqual([
    ['A', undefined],
    ['B', 'A'],
  ])
  const self = made('S', 'S')
  expect(told([self], self)).toEqual([['S', undefined]])
})

it('is no longer than 200, and has the picture itself where a thousand edits came before it', () => {
  const chain = Array.from({ length: 1_000 }, (_, n) => made(`n${n}`, n === 0 ? null : `n${n - 1}`, n))
  const last = chain.at(-1)
  const found = last ? lineageOf(chain, last) : []
  expect(found.length).toBeLessThanOrEqual(200)
  expect(found.map(({ entry }) => entry.id)).toContain('n999')
})
