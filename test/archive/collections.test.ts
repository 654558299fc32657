import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Collection,
  type CollectionFields,
  changedCollection,
  checkedCollection,
  newCollection,
  readCollectionFile,
  readCollections,
  removeCollection,
  takeOverCollection,
  writeCollection,
} from '../../src/archive/collections.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'

async function written(root: string, fields: CollectionFields): Promise<Collection> {
  const made = await writeCollection(root, undefined, () => newCollection(fields))
  if (!made) throw new Error('not written')
  return made
}

describe('collections', () => {
  it('are read back as they were written, each from its own file', async () => {
    const root = temporaryFolder()
    const list = await written(root, { name: 'Best', note: 'of all', ids: ['b', 'a', 'b'] })
    const smart = await written(root, { name: 'Boats', query: 'boat stars:>3' })
    expect(list).toMatchObject({ kind: 'list', ids: ['b', 'a'] })
    expect((await readCollections(root)).toSorted((one, other) => (one.name < other.name ? -1 : 1))).toEqual([
      list,
      smart,
    ])
    expect(filesBelow(root).sort()).toEqual(
      [list, smart].map(({ id }) => path.join('collections', `${id}.json`)).sort(),
    )
  })

  it('are changed one change after the other, and nothing of either is lost', async () => {
    const root = temporaryFolder()
    const { id } = await written(root, { name: 'Best', ids: [] })
    const add = (picture: string) =>
      writeCollection(root, id, (before) => before && changedCollection(before, { add: [picture] }))
    await Promise.all(['a', 'b', 'c', 'd'].map(add))
    expect(await readCollections(root)).toMatchObject([{ ids: ['a', 'b', 'c', 'd'] }])
  })

  it('that are removed are gone, and those that are none are not made by a change', async () => {
    const root = temporaryFolder()
    const { id } = await written(root, { name: 'Best' })
    expect(await removeCollection(root, id)).toBe(true)
    expect(await removeCollection(root, id)).toBe(false)
    expect(await writeCollection(root, id, (before) => before)).toBeUndefined()
    expect(filesBelow(root)).toEqual([])
  })

  it('stay inside the archive: no id leads elsewhere, and no link is followed', async () => {
    const root = temporaryFolder()
    const outside = put(path.join(temporaryFolder(), 'x.json'), '{"name":"outside"}')
    await written(root, { name: 'Best' })
    for (const id of [
      '../config',
      '..',
      '',
      'a/b',
      path.relative(path.join(root, 'collections'), outside).slice(0, -5),
    ]) {
      expect(await removeCollection(root, id)).toBe(false)
      expect(await writeCollection(root, id, (before) => before)).toBeUndefined()
    }
    symlinkSync(outside, path.join(root, 'collections', 'link.json'))
    expect((await readCollections(root)).map(({ name }) => name)).toEqual(['Best'])
    expect(readFileSync(outside, 'utf8')).toContain('outside')
  })

  it('that cannot be read are none, and stay as they are', async () => {
    const root = temporaryFolder()
    const texts = { torn: '{"name":"x', list: '[]', empty: '', nameless: '{"ids":["a"]}' }
    for (const [name, text] of Object.entries(texts)) put(path.join(root, 'collections', `${name}.json`), text)
    mkdirSync(path.join(root, 'collections', 'folder.json'))
    expect(await readCollections(root)).toEqual([])
    expect(readFileSync(path.join(root, 'collections/torn.json'), 'utf8')).toBe(texts.torn)
  })
})

describe('the file of a collection', () => {
  it('says when it was changed last, and one of former times says nothing', async () => {
    const root = temporaryFolder()
    const before = Date.now()
    const { id } = await written(root, { name: 'Best' })
    const made = (await readCollectionFile(root, id))?.changedAt?.getTime() ?? 0
    expect(made).toBeGreaterThanOrEqual(before)
    await writeCollection(root, id, (collection) => collection)
    expect((await readCollectionFile(root, id))?.changedAt?.getTime()).toBeGreaterThanOrEqual(made)
    put(path.join(root, 'collections', 'old.json'), '{"version":1,"name":"Old","note":"","ids":["a"]}')
    expect((await readCollectionFile(root, 'old'))?.changedAt).toBeNull()
    expect(await readCollectionFile(root, 'none')).toBeUndefined()
  })

  it('gives way to one from elsewhere if nobody has changed it meanwhile, and to none that is no collection', async () => {
    const root = temporaryFolder()
    const [first, second] = ['{"name":"Best"}', '{"name":"Better"}'].map((text) => Buffer.from(text))
    if (!first || !second) throw new Error('no bytes')
    expect(await takeOverCollection(root, 'x', undefined, first)).toBe(true)
    expect(await takeOverCollection(root, 'x', undefined, second)).toBe(false)
    expect(await takeOverCollection(root, 'x', second, second)).toBe(false)
    await expect(takeOverCollection(root, 'x', first, Buffer.from('[]'))).rejects.toThrow('is no collection')
    expect((await readCollectionFile(root, 'x'))?.bytes).toEqual(first)
    expect(await takeOverCollection(root, 'x', first, second)).toBe(true)
    expect(await readCollections(root)).toMatchObject([{ name: 'Better' }])
    expect(await takeOverCollection(root, 'y', first, second)).toBe(false)
  })
})

describe('a change', () => {
  const list: Collection = { id: 'x', name: 'Best', note: '', kind: 'list', ids: ['a', 'b', 'c'] }
  const smart: Collection = { id: 'y', name: 'Boats', note: '', kind: 'smart', query: 'boat' }

  it.each<[CollectionFields, readonly string[]]>([
    [{ add: ['d', 'a'] }, ['a', 'b', 'c', 'd']],
    [{ remove: ['b', 'none'] }, ['a', 'c']],
    [{ order: ['c', 'none', 'a'] }, ['c', 'a', 'b']],
    [{ add: ['d'], remove: ['a'], order: ['d'] }, ['d', 'b', 'c']],
    [{ name: 'Other' }, ['a', 'b', 'c']],
  ])('%j leaves %j', (changes, ids) => {
    expect(changedCollection(list, changes)).toMatchObject({ ids })
  })

  it('gives a list no search, and a search no pictures', () => {
    expect(changedCollection(list, { query: 'boat' })).toBeUndefined()
    expect(changedCollection(smart, { add: ['a'] })).toBeUndefined()
    expect(changedCollection(smart, { query: 'ship', note: 'n' })).toEqual({ ...smart, query: 'ship', note: 'n' })
  })

  it.each([
    [],
    'x',
    null,
    { name: ' ' },
    { name: 7 },
    { query: '' },
    { note: 1 },
    { ids: 'a' },
    { add: [1] },
    { order: [''] },
  ])('%j is none', (json) => {
    expect(checkedCollection(json)).toBeUndefined()
  })
})
