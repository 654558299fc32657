import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { readAway } from '../../../src/archive/away.ts'
import { free } from '../../../src/mirror/free.ts'
import { hashOf, originalKey } from '../../../src/mirror/layout.ts'
import { push } from '../../../src/mirror/push.ts'
import { swiftKeys } from '../../fakes/swift.ts'
import { archiveOf, idOf, served } from '../../gallery/support.ts'
import { endpoint, mirrorOf, newBucket, storeAt } from './support.ts'

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', swiftKeys.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', swiftKeys.secretAccessKey)
  return () => vi.unstubAllEnvs()
})

/** A gallery of three pictures, of which all are away. */
async function awayGallery() {
  const [settings, { root, records }] = [await newBucket(), await archiveOf(3)]
  const originals = records.map(({ image }) => readFileSync(path.join(root, image)))
  const mirror = await mirrorOf(root, settings)
  await push({ mirror })
  await free({ mirror, before: new Date(Date.now() + 1_000) })
  return { settings, root, records, originals, ...(await served(root, { mirror: settings })) }
}

describe.skipIf(endpoint === '')('the gallery', () => {
  it('shows pictures that are away as such, and their originals from the mirror, in parts as well', async () => {
    const { ask, root, records } = await awayGallery()
    const list = (await ask('/api/list')).json<{ pictures: { flags: number[] } }>()
    expect(list.pictures.flags.map((flags) => flags & (4 | 8))).toEqual([8, 8, 8])
    const about = (await ask(`/api/pictures/${idOf(1)}`)).json()
    expect(about).toMatchObject({ picture: { isAway: true, isMissing: false, path: null } })
    const whole = await ask(`/api/pictures/${idOf(1)}/image`)
    expect([whole.status, whole.headers['x-original-from'], hashOf(whole.bytes)]).toEqual([
      200,
      'mirror',
      records[1]?.sha256,
    ])
    const part = await ask(`/api/pictures/${idOf(1)}/image`, { headers: { range: 'bytes=10-19' } })
    expect([part.status, part.bytes]).toEqual([206, whole.bytes.subarray(10, 20)])
    const etag = String(whole.headers.etag)
    expect((await ask(`/api/pictures/${idOf(1)}/image`, { headers: { 'if-none-match': etag } })).status).toBe(304)
    // Shown, and still away.
    expect(await readAway(root, records[1]?.image ?? '')).toBeDefined()
  })

  it('takes them out with the others', async () => {
    const { ask, originals } = await awayGallery()
    const zip = await ask('/api/take-out', { method: 'POST', body: { ids: [idOf(0), idOf(2)] } })
    const inZip = originals.map((bytes) => zip.bytes.includes(bytes))
    expect(inZip).toEqual([true, false, true])
  })

  it('shows no other bytes than those that were archived, and says why', async () => {
    const { ask, settings, records } = await awayGallery()
    await (await storeAt(settings)).put(originalKey(records[0]?.sha256 ?? ''), Buffer.from('x'), { type: 'image/webp' })
    const answer = await ask(`/api/pictures/${idOf(0)}/image`)
    expect([answer.status, answer.json()]).toEqual([502, { error: 'the mirror has other bytes in its place' }])
  })

  it('deletes one for good on this disk, and nothing in the mirror', async () => {
    const { ask, root, settings, records } = await awayGallery()
    expect((await ask(`/api/pictures/${idOf(0)}/image`, { method: 'DELETE' })).json()).toEqual({ isMissing: true })
    expect(await readAway(root, records[0]?.image ?? '')).toBeUndefined()
    expect((await ask(`/api/pictures/${idOf(0)}`)).json()).toMatchObject({
      picture: { isAway: false, isMissing: true },
    })
    expect(await (await storeAt(settings)).head(originalKey(records[0]?.sha256 ?? ''))).toBeDefined()
  })

  it('deletes it for good also where freeing it was cut short, and both are there', async () => {
    const { ask, root, records, originals, gallery } = await awayGallery()
    writeFileSync(path.join(root, records[0]?.image ?? ''), originals[0] ?? '')
    await gallery.catalogue.look()
    await ask(`/api/pictures/${idOf(0)}/image`, { method: 'DELETE' })
    expect((await ask(`/api/pictures/${idOf(0)}/image`)).status).toBe(404)
  })

  it('calls a picture missing of which neither the original is there nor what stands for it', async () => {
    const { ask, root, records, gallery } = await awayGallery()
    rmSync(path.join(root, `${records[2]?.image}.away`))
    await gallery.catalogue.look()
    expect((await ask(`/api/pictures/${idOf(2)}`)).json()).toMatchObject({
      picture: { isAway: false, isMissing: true },
    })
    expect((await ask(`/api/pictures/${idOf(2)}/image`)).status).toBe(404)
  })
})
