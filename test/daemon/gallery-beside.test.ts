import { expect, it, vi } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { WatchEvent } from '../../src/daemon/events.ts'
import { showGallery } from '../../src/daemon/gallery-beside.ts'
import { archiveOf, ask, idOf, keepAll, nthFacts } from '../gallery/support.ts'

it('a watch serves the gallery, shows what is archived, and tells followers what is marked or deleted there', async () => {
  const { root } = await archiveOf(1)
  const events: WatchEvent[] = []
  const archive = await openArchive(root)
  const showing = showGallery(archive, (event) => events.push(event))
  await vi.waitFor(() => expect(events).toHaveLength(1), 10_000)
  const [started] = events
  const url = new URL(started?.kind === 'gallery' ? started.url : '')
  const entered = await ask(Number(url.port), url.pathname + url.search)
  const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? ''
  const search = async () => (await ask(Number(url.port), `/api/search?q=${idOf(7)}`, { headers: { cookie } })).json()
  expect(await search()).toMatchObject({ count: 0 })
  await keepAll(root, [nthFacts(7)], 2_000, archive)
  await vi.waitFor(async () => expect(await search()).toMatchObject({ count: 1 }), 1_000)
  const told = [] as string[]
  archive.onMarks((folder, name) => told.push(`${folder}/${name}`))
  const at = `/api/pictures/${idOf(7)}`
  await ask(Number(url.port), `${at}/marks`, { method: 'PATCH', body: { favourite: true }, headers: { cookie } })
  await ask(Number(url.port), `${at}/image`, { method: 'DELETE', headers: { cookie } })
  // Both: what was marked, and that the image was deleted.
  expect(told).toEqual(Array(2).fill(expect.stringMatching(`${idOf(7)}\\.json$`)))
  await showing.close()
  await expect(ask(Number(url.port), '/')).rejects.toThrow()
})

it('an error of the gallery is reported, and nothing else happens', async () => {
  const events: WatchEvent[] = []
  const showing = showGallery({ root: '/nowhere/at/all', onRecord: () => () => {}, mark: async () => {} }, (event) =>
    events.push(event),
  )
  await vi.waitFor(
    () => expect(events).toEqual([{ kind: 'notice', text: expect.stringContaining('There is no archive') }]),
    10_000,
  )
  await showing.close()
})
