import { expect, it } from 'vitest'
import { createDayOf, facetsOf } from '../../src/catalogue/facets.ts'
import { groupedByPrompt } from '../../src/catalogue/prompts.ts'
import { entryWith, noonOf } from './support.ts'

const pictures = [
  entryWith(
    'c',
    { ...noonOf('2026-03-02'), gen_id: '8c1d4e2a-5b6f-4a70-9c3e-2f1a0b9c8d7e' },
    { stars: 5, flag: 'picked' },
  ),
  entryWith(
    'b',
    { ...noonOf('2026-03-02'), width: 10, height: 10, seed: 1 },
    { favourite: true, tags: ['Sea', 'Sky'] },
  ),
  entryWith(
    'a',
    { ...noonOf('2026-02-28'), width: 10, height: 20, source: { origin: 'export' }, profiles: ['home', 'work'] },
    { tags: ['sea'] },
  ),
]

it('counts of pictures what they are, newest days first', () => {
  const facets = facetsOf(pictures)
  expect(facets).toMatchObject({
    total: 3,
    profiles: { home: 1, work: 1 },
    shape: { square: 1, tall: 1 },
    stars: { 0: 2, 5: 1 },
    flags: { picked: 1, rejected: 0, favourite: 1 },
    // As the newest has it.
    tags: [
      ['Sea', 2],
      ['Sky', 1],
    ],
  })
  expect(Object.entries(facets.months)).toEqual([
    ['2026-03', 2],
    ['2026-02', 1],
  ])
  expect(Object.entries(facets.days)).toEqual([
    ['2026-03-02', 2],
    ['2026-02-28', 1],
  ])
  expect(Object.values(facets.source).reduce((sum, one) => sum + one)).toBe(3)
})

it('a day ends at midnight of this machine, on the days with 23 and 25 hours, too', () => {
  const dayOf = createDayOf()
  for (let hour = 0; hour < 24 * 366; hour++) {
    const at = new Date(2026, 0, 1, hour, 59, 59)
    const [, month, day] = [0, at.getMonth() + 1, at.getDate()].map((one) => String(one).padStart(2, '0'))
    expect(dayOf(at.getTime() / 1000)).toBe(`${at.getFullYear()}-${month}-${day}`)
  }
})

it('groups prompts that differ in upper case and accents, the most used first, and leaves out none but those without', () => {
  const made = ['A Café', 'cat', 'a  cafe', null, 'dog'].map((prompt, n) => entryWith(`p${n}`, { prompt }))
  expect(groupedByPrompt(made).map((group) => group.map(({ id }) => id))).toEqual([['p0', 'p2'], ['p1'], ['p4']])
})
