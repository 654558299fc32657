import { expect, it } from 'vitest'
import { writeMarks } from '../../src/archive/mark-files.ts'
import type { Marks } from '../../src/archive/marks.ts'
import { listOf } from '../../src/catalogue/listing.ts'
import type { Picture } from '../../src/gallery/api.ts'
import { detailsOf, servedPictures } from '../../src/gallery/pictures.ts'
import { type Filters, filterParams, noFilters } from '../../src/gallery-page/state.ts'
import { staticSource } from '../../src/gallery-page/static-source.ts'
import type { GalleryData } from '../../src/take-out/gallery-data.ts'
import { genId } from '../fakes/facts.ts'
import { archiveOf, genIdOf, indexOf } from '../gallery/support.ts'

const marks: Marks = { favourite: true, stars: 0, flag: '', tags: ['Für Oma'], note: 'print it' }

/** Six pictures, each edited from the one before. */
async function both() {
  const { root } = await archiveOf(6, (n) => ({
    prompt: n % 2 ? `Ein Café number ${n}` : `a cat number ${n}`,
    widthPx: 1000 + 20 * n,
    heightPx: 1024,
    parentGenId: n === 0 ? null : genId(genIdOf(n - 1)),
  }))
  const index = await indexOf(root)
  const [, second] = index.entries
  if (second) await writeMarks(root, second.folder, second.name, marks)
  await index.look()
  const pictures = await servedPictures(root, index.entries)
  const data: GalleryData = {
    list: listOf(index.entries, 1, true),
    pictures,
    marks: second ? { [second.id]: marks } : {},
  }
  return { root, index, pictures, source: staticSource(data) }
}

const never = new AbortController().signal

it.each<Partial<Filters>>([
  {},
  { q: 'cafe' },
  { q: 'CAT 4' },
  { q: 'print' },
  { tag: 'fur oma' },
  { favourite: true },
  { shape: 'square' },
  { shape: 'wide' },
  { seed: true, by: 'dalle' },
  { source: 'export' },
  { from: '2020-01-01', to: '2020-01-02' },
])('a copy finds what the server finds for %j', async (some) => {
  const { index, source } = await both()
  const filters = { ...noFilters, ...some }
  const { positions } = await source.search(filters, never)
  expect([...positions]).toEqual([...index.search(Object.fromEntries(filterParams(filters)))])
  const page = await source.pictures(filters, 0, 2)
  expect(page).toHaveLength(Math.min(2, positions.length))
})

it('a copy finds nothing for a date that does not exist', async () => {
  const { source } = await both()
  expect((await source.search({ ...noFilters, from: '2024-02-31' }, never)).positions).toHaveLength(0)
})

it.each(['constructor', 'toString', '__proto__'])('a copy treats the id %s as a name like any other', async (id) => {
  const { index, pictures } = await both()
  const odd = { ...(pictures[0] as Picture), id }
  const source = staticSource({ list: listOf(index.entries.slice(0, 1), 1, true), pictures: [odd], marks: {} })
  expect((await source.search({ ...noFilters, q: id }, never)).positions).toHaveLength(1)
  expect((await source.detail(id)).marks).toEqual({ favourite: false, stars: 0, flag: '', tags: [], note: '' })
})

it('a copy shows the same picture, with the same related pictures and marks, and cannot be changed', async () => {
  const { root, index, source, pictures } = await both()
  const [, second] = index.entries
  const details = second && (await detailsOf(root, index, second))
  expect(details?.related.lineage).not.toHaveLength(0)
  expect(await source.detail(second?.id ?? '')).toEqual(details)
  await expect(source.detail('nobody')).rejects.toMatchObject({ status: 404 })
  for (const attempt of [source.mark('x', marks), source.deleteImage('x')])
    await expect(attempt).rejects.toMatchObject({ message: 'A copy cannot be changed.' })
  expect(source.work).toBeNull()
  expect(source.imageUrl((pictures[0] as Picture).id)).toBe(pictures[0]?.imageUrl)
})
