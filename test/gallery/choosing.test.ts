import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { noMarks } from '../../src/archive/marks.ts'
import { recordPlaces } from '../../src/catalogue/record-places.ts'
import type { DeletedMany, Lineage, MarkedMany, PictureDetails, PictureList } from '../../src/gallery/api.ts'
import { revealerFor } from '../../src/gallery/reveal.ts'
import { openSidecars } from '../../src/sidecars/sidecars.ts'
import { filesBelow } from '../fakes/folder.ts'
import { archiveOf, genIdOf, idOf, served } from './support.ts'

const ids = (...numbers: number[]) => numbers.map(idOf)
const recordsIn = (root: string) =>
  filesBelow(path.join(root, 'database')).filter((file) => !file.endsWith('.marks.json'))

describe('many pictures', () => {
  it('are marked at once, and the answer has what undoes it', async () => {
    const { root } = await archiveOf(4)
    const { ask } = await served(root)
    await ask(`/api/pictures/${idOf(1)}/marks`, { method: 'PATCH', body: { stars: 2, tags: ['Sea', 'old'] } })
    const changes = { stars: 4, flag: 'picked', addTags: ['sea', 'new'], removeTags: ['OLD'] }
    const answer = await ask('/api/marks', { method: 'PATCH', body: { ids: [...ids(0, 1, 2), 'none'], changes } })
    const { changed, failed, before } = answer.json<MarkedMany>()
    expect({ changed, failed }).toEqual({ changed: 3, failed: 1 })
    const plain = { stars: 0, flag: '', favourite: false, tags: [] }
    expect(before.toSorted((one, other) => (one.id < other.id ? -1 : 1))).toEqual([
      { ...plain, id: idOf(0) },
      { ...plain, id: idOf(1), stars: 2, tags: ['Sea', 'old'] },
      { ...plain, id: idOf(2) },
    ])
    const marksOf = async (n: number) => (await ask(`/api/pictures/${idOf(n)}`)).json<PictureDetails>().marks
    expect(await marksOf(0)).toEqual({ ...noMarks, stars: 4, flag: 'picked', tags: ['sea', 'new'] })
    expect(await marksOf(1)).toEqual({ ...noMarks, stars: 4, flag: 'picked', tags: ['Sea', 'new'] })
    expect((await ask('/api/list')).json<PictureList>().pictures.marks).toEqual([0, 12, 12, 12])
    for (const { id, ...marks } of before) await ask(`/api/pictures/${id}/marks`, { method: 'PATCH', body: marks })
    expect(await marksOf(1)).toEqual({ ...noMarks, stars: 2, tags: ['Sea', 'old'] })
    expect(filesBelow(root).filter((file) => file.endsWith('.marks.json'))).toHaveLength(1)
  })

  it.each([
    { ids: ids(0), changes: {} },
    { ids: ids(0), changes: { stars: 6 } },
    { ids: ids(0), changes: { stars: 2.5 } },
    { ids: ids(0), changes: { flag: 'red' } },
    { ids: ids(0), changes: { addTags: [7] } },
    { ids: ids(0), changes: { addTags: [] } },
    { ids: [], changes: { stars: 1 } },
    { ids: ids(0) },
    [],
  ])('are not marked by %j', async (body) => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root)
    const before = filesBelow(root)
    expect((await ask('/api/marks', { method: 'PATCH', body })).status).toBe(400)
    expect(filesBelow(root)).toEqual(before)
  })

  it('are not given more tags than anybody reads, and those that have them lose none', async () => {
    const { root } = await archiveOf(2)
    const { ask } = await served(root)
    const tags = Array.from({ length: 100 }, (_, n) => `t${n}`)
    await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: { tags } })
    const answer = await ask('/api/marks', { method: 'PATCH', body: { ids: ids(0, 1), changes: { addTags: ['one'] } } })
    expect(answer.json()).toMatchObject({ changed: 1, failed: 1 })
    expect((await ask(`/api/pictures/${idOf(0)}`)).json<PictureDetails>().marks.tags).toEqual(tags)
  })

  it('that the disk refuses are counted, and the others are marked', async () => {
    const { root } = await archiveOf(2)
    const { ask } = await served(root)
    const record = recordsIn(root).find((file) => file.endsWith(`${idOf(0)}.json`)) ?? ''
    mkdirSync(path.join(root, 'database', record.replace(/json$/, 'marks.json'), 'full'), { recursive: true })
    const answer = await ask('/api/marks', { method: 'PATCH', body: { ids: ids(0, 1), changes: { stars: 3 } } })
    expect(answer.json()).toMatchObject({ changed: 1, failed: 1, before: [{ id: idOf(1) }] })
  })

  it('are deleted with what that frees, and their records stay', async () => {
    const { root, records } = await archiveOf(3)
    const { ask } = await served(root)
    const before = recordsIn(root).map((file) => readFileSync(path.join(root, 'database', file), 'utf8'))
    const answer = await ask('/api/delete', { method: 'POST', body: { ids: [...ids(0, 2), 'none'] } })
    const bytes = (records[0]?.bytes ?? 0) + (records[2]?.bytes ?? 0)
    expect(answer.json<DeletedMany>()).toEqual({ deleted: 2, failed: 1, bytes })
    expect(records.map(({ image }) => existsSync(path.join(root, image)))).toEqual([false, true, false])
    expect(recordsIn(root).map((file) => readFileSync(path.join(root, 'database', file), 'utf8'))).toEqual(before)
    expect((await ask('/api/list')).json<PictureList>().pictures.flags).toEqual([6, 2, 6])
    expect((await ask('/api/delete', { method: 'POST', body: {} })).status).toBe(400)
  })

  it('are deleted with their sidecars, unless somebody edited those', async () => {
    const { root, records } = await archiveOf(3)
    const sidecars = await openSidecars({ root, mark: async () => {} })
    for (const place of await recordPlaces(root)) await sidecars.tend(place)
    const at = (n: number) => path.join(root, `${records[n]?.image}.xmp`)
    writeFileSync(at(1), readFileSync(at(1), 'utf8').replace('dalle-archiver', 'somebody'))
    const { ask } = await served(root)
    await ask('/api/delete', { method: 'POST', body: { ids: ids(0, 1) } })
    expect([0, 1, 2].map((n) => existsSync(at(n)))).toEqual([false, true, true])
  })
})

describe('the lineage', () => {
  it('is the whole tree with the words of each step', async () => {
    const { root } = await archiveOf(4, (n) => ({ parentGenId: n === 0 || n === 3 ? null : (genIdOf(n - 1) as never) }))
    const { ask } = await served(root)
    const { nodes } = (await ask(`/api/pictures/${idOf(1)}/lineage`)).json<Lineage>()
    expect(nodes.map(({ id, parentId }) => [id, parentId])).toEqual([
      [idOf(0), null],
      [idOf(1), idOf(0)],
      [idOf(2), idOf(1)],
    ])
    expect(nodes[2]).toMatchObject({ prompt: 'Picture number 2 named word2', width: 1024, isMissing: false })
    expect((await ask('/api/pictures/none/lineage')).status).toBe(404)
  })
})

describe('showing a file in the file manager', () => {
  it('opens the original itself, and nothing that is not there', async () => {
    const { root, records } = await archiveOf(2)
    const shown: string[] = []
    const { ask } = await served(root, { reveal: async (file) => shown.push(file) > 0 })
    const place = path.join(root, records[0]?.image ?? '')
    expect((await ask(`/api/pictures/${idOf(0)}/reveal`, { method: 'POST' })).json()).toEqual({ isShown: true })
    rmSync(path.join(root, records[1]?.image ?? ''))
    expect((await ask(`/api/pictures/${idOf(1)}/reveal`, { method: 'POST' })).status).toBe(404)
    expect(shown).toEqual([place])
  })

  it('says where the file is if there is no file manager', async () => {
    const { root, records } = await archiveOf(1)
    const { ask } = await served(root, { reveal: async () => false })
    const answer = await ask(`/api/pictures/${idOf(0)}/reveal`, { method: 'POST' })
    expect(answer.status).toBe(500)
    expect(answer.json().error).toContain(records[0]?.image)
  })

  it('is done by the platform’s own opener, without a shell', () => {
    const file = '/archive/images/a $(b) “c”.png'
    expect(revealerFor('linux', file)).toEqual(['xdg-open', '/archive/images'])
    expect(revealerFor('darwin', file)).toEqual(['open', '-R', file])
    expect(revealerFor('win32', 'C:\\a b\\c.png')).toEqual(['explorer.exe', '/select,"C:\\a b\\c.png"'])
  })

  it('is not done for other pages', async () => {
    const { root } = await archiveOf(1)
    const { ask } = await served(root, { reveal: () => Promise.reject(new Error('was asked')) })
    const place = `/api/pictures/${idOf(0)}/reveal`
    const headers = { 'sec-fetch-site': 'cross-site' }
    expect((await ask(place, { method: 'POST', headers })).status).toBe(403)
    expect((await ask(place, { method: 'POST', hasCookie: false })).status).toBe(401)
  })
})
