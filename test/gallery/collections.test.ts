import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { newCollection, writeCollection } from '../../src/archive/collections.ts'
import type { CollectionDetails, CollectionList, SearchResult } from '../../src/gallery/api.ts'
import { archiveOf, eventsOf, idOf, served } from './support.ts'

const ids = (...numbers: number[]) => numbers.map(idOf)

async function collecting(count = 3) {
  const { root } = await archiveOf(count)
  const { ask } = await served(root)
  const send = (method: string, place: string, body?: unknown) => ask(`/api/collections${place}`, { method, body })
  const make = async (body: unknown) => (await send('POST', '', body)).json<CollectionDetails>()
  const count_ = async (q: string) => (await ask(`/api/search?q=${encodeURIComponent(q)}`)).json<SearchResult>().count
  return { root, ask, send, make, counted: count_ }
}

describe('a collection', () => {
  it('has pictures in the order that was given to it, and is found by its name', async () => {
    const { send, make, counted } = await collecting()
    const { id } = await make({ name: 'Best of', note: 'mine', ids: ids(2, 0) })
    expect((await send('GET', `/${id}`)).json()).toEqual({
      ...{ id, name: 'Best of', note: 'mine', kind: 'list', count: 2, cover: idOf(2) },
      ids: ids(2, 0),
    })
    await send('PATCH', `/${id}`, { add: ids(1), order: ids(0, 1) })
    expect((await send('GET', `/${id}`)).json<CollectionDetails>().ids).toEqual(ids(0, 1, 2))
    await send('PATCH', `/${id}`, { remove: ids(0) })
    expect(await counted('collection:"best of"')).toBe(2)
    expect(await counted('-collection:"best of"')).toBe(1)
  })

  it('is announced when it was changed, also by another program, for a search may find another then', async () => {
    const { root } = await archiveOf(2)
    const { gallery, cookie, ask } = await served(root, { pollMs: 30 })
    const { until } = eventsOf(gallery, cookie)
    await until(1)
    await ask('/api/collections', { method: 'POST', body: { name: 'Best', ids: ids(1) } })
    expect((await until(2))[1]).toMatchObject({ event: 'changed', data: { added: [], removed: [], marked: [] } })
    const told = (await until(2)).length
    await writeCollection(root, undefined, () => newCollection({ name: 'Other', ids: ids(0) }))
    expect((await until(told + 1))[told]?.data.revision).toBe(gallery.catalogue.revision)
    expect((await ask('/api/search?q=collection:Other')).json<SearchResult>().count).toBe(1)
  })

  it('shows what is here of it, and remembers the rest', async () => {
    const { send, make } = await collecting()
    const { id } = await make({ name: 'Best', ids: ['later', idOf(1)] })
    expect((await send('GET', '')).json<CollectionList>().collections).toMatchObject([{ id, count: 1, cover: idOf(1) }])
    await send('PATCH', `/${id}`, { add: ids(0) })
    expect((await send('GET', `/${id}`)).json<CollectionDetails>().ids).toEqual(ids(1, 0))
  })

  it('that is smart has whatever its search finds now', async () => {
    const { ask, send, make, counted } = await collecting()
    const { id } = await make({ name: 'Good', query: 'stars:>3' })
    expect((await send('GET', `/${id}`)).json()).toMatchObject({
      kind: 'smart',
      query: 'stars:>3',
      count: 0,
      cover: null,
    })
    await ask('/api/marks', { method: 'PATCH', body: { ids: ids(0, 2), changes: { stars: 4 } } })
    expect((await send('GET', `/${id}`)).json<CollectionDetails>().ids).toEqual(ids(2, 0))
    await make({ name: 'Better', query: 'collection:good word2' })
    expect(await counted('collection:better')).toBe(1)
  })

  it('that names itself, through others too, has nothing and hangs nobody', async () => {
    const { send, make, counted } = await collecting()
    const { id } = await make({ name: 'A', query: 'collection:b' })
    await make({ name: 'B', query: 'collection:a' })
    expect(await counted('collection:a')).toBe(0)
    await send('PATCH', `/${id}`, { query: 'collection:a' })
    expect(await counted('collection:a')).toBe(0)
  })

  it('is gone when it is deleted, and its pictures stay', async () => {
    const { root, send, make, counted } = await collecting()
    const { id } = await make({ name: 'Best', ids: ids(1) })
    expect((await send('DELETE', `/${id}`)).json()).toEqual({ isRemoved: true })
    expect(readdirSync(path.join(root, 'collections'))).toEqual([])
    for (const method of ['GET', 'DELETE']) expect((await send(method, `/${id}`)).status).toBe(404)
    expect((await send('PATCH', `/${id}`, { name: 'x' })).status).toBe(404)
    expect(await counted('word1')).toBe(1)
  })

  it('that another process made is seen', async () => {
    const { root, send, make } = await collecting()
    const other = await served(root)
    await make({ name: 'Best', ids: ids(1) })
    expect((await other.ask('/api/collections')).json<CollectionList>().collections).toMatchObject([{ name: 'Best' }])
    expect((await send('GET', '')).json<CollectionList>().collections).toHaveLength(1)
  })

  it('needs a name of its own', async () => {
    const { send, make } = await collecting()
    const [{ id }] = [await make({ name: 'Best' }), await make({ name: 'Worst' })]
    expect((await send('POST', '', { name: 'BEST' })).status).toBe(409)
    expect((await send('PATCH', `/${id}`, { name: 'worst' })).status).toBe(409)
    expect((await send('PATCH', `/${id}`, { name: 'best' })).json()).toMatchObject({ name: 'best' })
    for (const body of [{}, { name: '' }, { name: 'x', ids: [], query: 'y' }, { name: 'x', query: ' ' }, []])
      expect((await send('POST', '', body)).status).toBe(400)
    expect((await send('PATCH', `/${id}`, { query: 'x' })).status).toBe(400)
  })
})
