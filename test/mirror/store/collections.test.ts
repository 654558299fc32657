import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { changedCollection, newCollection, readCollections, writeCollection } from '../../../src/archive/collections.ts'
import type { MirrorSettings } from '../../../src/config.ts'
import { pull } from '../../../src/mirror/pull.ts'
import { push } from '../../../src/mirror/push.ts'
import { verifyMirror } from '../../../src/mirror/verify.ts'
import { put, temporaryFolder } from '../../fakes/folder.ts'
import { unreliableStore } from '../../fakes/unreliable-store.ts'
import { archiveOf } from '../../gallery/support.ts'
import { endpoint, keysIn, mirrorOf, newBucket, storeAt, withArchive } from './support.ts'

const pushed = async (root: string, settings: MirrorSettings) => push({ mirror: await mirrorOf(root, settings) })

const pulled = (root: string, settings: MirrorSettings, failed: string[] = []) =>
  withArchive(root, async (archive) => {
    const onFailed = (what: string, reason: string) => void failed.push(`${what}: ${reason}`)
    return pull({ archive, mirror: await mirrorOf(root, settings), onFailed })
  })

async function made(root: string, fields: Parameters<typeof newCollection>[0]): Promise<string> {
  const collection = await writeCollection(root, undefined, () => newCollection(fields))
  return collection?.id ?? ''
}

const fileOf = (root: string, id: string) => path.join(root, 'collections', `${id}.json`)

describe.skipIf(endpoint === '')('collections', () => {
  it('go to a second machine byte for byte, and back when they are changed there, and nothing goes twice', async () => {
    const [settings, { root }, second] = [await newBucket(), await archiveOf(1), temporaryFolder()]
    const list = await made(root, { name: 'Best', note: 'für später', ids: ['b', 'a'] })
    await made(root, { name: 'Boats', query: 'boat stars:>3' })
    expect(await pushed(root, settings)).toMatchObject({ collections: 2, failed: 0 })
    expect(await pushed(root, settings)).toMatchObject({ collections: 0 })
    expect(await pulled(second, settings)).toMatchObject({ added: 1, collections: 2, failed: 0 })
    expect(await readCollections(second)).toEqual(await readCollections(root))
    expect(readFileSync(fileOf(second, list))).toEqual(readFileSync(fileOf(root, list)))
    expect(await pulled(second, settings)).toMatchObject({ collections: 0 })
    expect(await pushed(second, settings)).toMatchObject({ collections: 0 })
    await writeCollection(second, list, (before) => before && changedCollection(before, { order: ['a'] }))
    expect(await pushed(second, settings)).toMatchObject({ collections: 1 })
    expect(await pulled(root, settings)).toMatchObject({ collections: 1 })
    expect(readFileSync(fileOf(root, list))).toEqual(readFileSync(fileOf(second, list)))
    expect(await keysIn(await storeAt(settings), 'collections/')).toHaveLength(3)
  })

  it('that are unchanged cost no request', async () => {
    const [unreliable, settings, root] = [
      await unreliableStore(endpoint, () => undefined),
      await newBucket(),
      temporaryFolder(),
    ]
    await made(root, { name: 'Best' })
    const behind = { ...settings, endpoint: unreliable.endpoint }
    await pushed(root, behind)
    const before = unreliable.asked.length
    await pushed(root, behind)
    expect(unreliable.asked).toHaveLength(before)
  })

  it('are all there on a new disk, also under a prefix', async () => {
    const [settings, root] = [{ ...(await newBucket()), prefix: 'pictures/' }, temporaryFolder()]
    await made(root, { name: 'Best', ids: ['a'] })
    await pushed(root, settings)
    const before = await readCollections(root)
    rmSync(root, { recursive: true })
    const fresh = temporaryFolder()
    expect(await pulled(fresh, settings)).toMatchObject({ collections: 1 })
    expect(await readCollections(fresh)).toEqual(before)
  })

  it('in other bytes are found by verify, skipped by a pull and named, and sent again', async () => {
    const [settings, root, second] = [await newBucket(), temporaryFolder(), temporaryFolder()]
    const id = await made(root, { name: 'Best', ids: ['a'] })
    await made(root, { name: 'Other', ids: ['b'] })
    await pushed(root, settings)
    const store = await storeAt(settings)
    const [key = ''] = await keysIn(store, `collections/${id}/`)
    await store.put(key, Buffer.from('{"name":"forged"}'), { type: 'application/json' })
    const failed: string[] = []
    expect(await pulled(second, settings, failed)).toMatchObject({ collections: 1, failed: 1 })
    expect(failed).toEqual([`${key}: the mirror has other bytes in its place`])
    const damage: string[] = []
    const onDamage = (found: string, what: string) => void damage.push(`${found}: ${what}`)
    const found = await verifyMirror({ mirror: await mirrorOf(root, settings), sample: 1, onDamage })
    expect([found, damage]).toMatchObject([{ objects: 2, damaged: 1 }, [`${key}: damaged`]])
    expect(await pushed(root, settings)).toMatchObject({ collections: 1 })
    expect(await pulled(second, settings)).toMatchObject({ collections: 1, failed: 0 })
    expect(readFileSync(fileOf(second, id))).toEqual(readFileSync(fileOf(root, id)))
  })

  it('that cannot be read here are named, not sent, and never replaced', async () => {
    const [settings, root, second] = [await newBucket(), temporaryFolder(), temporaryFolder()]
    const id = await made(root, { name: 'Best', ids: ['a'] })
    await pushed(root, settings)
    put(fileOf(second, id), 'torn{')
    const failed: string[] = []
    expect(await pulled(second, settings, failed)).toMatchObject({ collections: 0, failed: 1 })
    expect(await pushed(second, settings)).toMatchObject({ collections: 0, failed: 1 })
    expect(failed).toEqual([`collections/${id}.json: is no collection that can be read`])
    expect(readFileSync(fileOf(second, id), 'utf8')).toBe('torn{')
  })
})
