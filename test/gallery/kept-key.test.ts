import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { serveGallery } from '../../src/gallery/server.ts'
import { archiveOf, ask, builtPage, served } from './support.ts'

const navigating = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' }

/** Serves once, enters as a browser does, and ends; returns what a bookmark and a browser remember. */
async function visit(root: string, isKeyKept: boolean, port?: number) {
  const gallery = await serveGallery({ archivePath: root, page: builtPage(), isKeyKept, port })
  const entered = await ask(gallery.port, `/${new URL(gallery.url).search}`, { headers: navigating })
  await gallery.close()
  const [cookie = '', ...attributes] = String(entered.headers['set-cookie']).split('; ')
  return { url: gallery.url, port: gallery.port, place: String(entered.headers.location), cookie, attributes }
}

describe('a key that is kept', () => {
  it('opens the gallery at the next start: address, port and cookie are the same', async () => {
    const { root } = await archiveOf(1)
    const first = await visit(root, true)
    const { gallery } = await served(root, { isKeyKept: true })
    expect(gallery.url).toBe(first.url)
    expect(first.attributes.some((one) => /^Max-Age=\d{8}$/.test(one))).toBe(true)
    const headers = { ...navigating, cookie: first.cookie }
    expect((await ask(gallery.port, first.place, { headers })).status).toBe(200)
    expect((await ask(gallery.port, first.place, { headers: { ...headers, cookie: `${first.cookie}x` } })).status).toBe(
      401,
    )
  })

  it('can be read by its owner alone', async () => {
    const { root } = await archiveOf(1)
    await visit(root, true)
    if (process.platform !== 'win32') expect(statSync(path.join(root, '.cache')).mode & 0o077).toBe(0)
  })

  it('beside a gallery that runs is served at another port, and the first keeps its own', async () => {
    const { root } = await archiveOf(1)
    const { gallery } = await served(root, { isKeyKept: true })
    const beside = await visit(root, true)
    expect(beside.port).not.toBe(gallery.port)
    await gallery.close()
    expect((await visit(root, true)).port).toBe(gallery.port)
  })

  it('gives way to a port that is named', async () => {
    const { root } = await archiveOf(1)
    const { gallery } = await served(root, { isKeyKept: true })
    await expect(serveGallery({ archivePath: root, port: gallery.port, isKeyKept: true })).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('negative control: a gallery without one has another key at each start, and leaves none', async () => {
    const { root } = await archiveOf(1)
    const [first, second] = [await visit(root, false), await visit(root, false)]
    const token = ({ url }: { readonly url: string }) => new URL(url).searchParams.get('token')
    expect(token(first)).not.toBe(token(second))
    expect(first.cookie.split('=')[1]).not.toBe(second.cookie.split('=')[1])
    expect(first.attributes.some((one) => one.startsWith('Max-Age'))).toBe(false)
    expect(existsSync(path.join(root, '.cache', 'gallery-key.json'))).toBe(false)
  })
})
