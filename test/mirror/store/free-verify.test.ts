import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { awayNameFor, readAway } from '../../../src/archive/away.ts'
import type { MirrorSettings } from '../../../src/config.ts'
import { type FreeOptions, free } from '../../../src/mirror/free.ts'
import { openKnown } from '../../../src/mirror/known.ts'
import { hashOf, originalKey } from '../../../src/mirror/layout.ts'
import { placeOf } from '../../../src/mirror/place.ts'
import { push } from '../../../src/mirror/push.ts'
import { verifyMirror } from '../../../src/mirror/verify.ts'
import { unreliableStore } from '../../fakes/unreliable-store.ts'
import { archiveOf, nthFacts } from '../../gallery/support.ts'
import { flipBit } from '../../verify/support.ts'
import { archiveOf2023, contentsOf, endpoint, keysIn, mirrorOf, newBucket, storeAt } from './support.ts'

/** An archive of so many pictures, all of them sent. */
async function mirrored(count: number) {
  const [settings, { root, records }] = [await newBucket(), await archiveOf(count)]
  await push({ mirror: await mirrorOf(root, settings) })
  return { settings, root, records, images: records.map(({ image }) => path.join(root, image)) }
}

const freed = async (root: string, settings: MirrorSettings, more: Partial<FreeOptions> = {}) =>
  free({ mirror: await mirrorOf(root, settings), before: nthFacts(100).createdAt, ...more })

describe.skipIf(endpoint === '')('free', () => {
  it('lets originals leave that are up there and old enough, and says of each where it is', async () => {
    const { root, settings, records, images } = await mirrored(4)
    const counts = await freed(root, settings, { before: nthFacts(2).createdAt })
    const bytes = (records[0]?.bytes ?? 0) + (records[1]?.bytes ?? 0)
    expect(counts).toMatchObject({ originals: 2, freed: 2, stayed: 0, bytes })
    expect(images.map((image) => existsSync(image))).toEqual([false, false, true, true])
    expect(await readAway(root, records[0]?.image ?? '')).toMatchObject({
      ...{ sha256: records[0]?.sha256, mirror: `${settings.endpoint}/${settings.bucket}` },
    })
    expect(await freed(root, settings, { before: nthFacts(2).createdAt })).toMatchObject({ originals: 0, freed: 0 })
  })

  it('asks the store, and believes no journal: what was lost up there stays here', async () => {
    const { root, settings, images } = await mirrored(2)
    const empty = await newBucket()
    const known = await openKnown(root, placeOf(empty))
    for (const key of (await openKnown(root, placeOf(settings))).keys()) await known.note(key, null)
    const kept: string[] = []
    const counts = await freed(root, empty, { onStays: (image, reason) => kept.push(`${image}: ${reason}`) })
    expect(counts).toMatchObject({ originals: 2, freed: 0, stayed: 2 })
    expect(images.every((image) => existsSync(image))).toBe(true)
    expect(kept[0]).toMatch(/the mirror does not have it/)
  })

  it('keeps what the mirror has in other bytes, and what is changed here', async () => {
    const { root, settings, records, images } = await mirrored(3)
    const store = await storeAt(settings)
    const length = records[0]?.bytes ?? 0
    await store.put(originalKey(records[0]?.sha256 ?? ''), Buffer.alloc(length), { type: 'image/webp' })
    flipBit(images[1] ?? '')
    expect(await freed(root, settings)).toMatchObject({ originals: 3, freed: 1, stayed: 2 })
    expect(images.map((image) => existsSync(image))).toEqual([true, true, false])
  })

  it('reads the bytes where a store keeps no checksum of them', async () => {
    const { root, settings, records, images } = await mirrored(2)
    const store = await storeAt(settings)
    const length = records[0]?.bytes ?? 0
    await store.put(originalKey(records[0]?.sha256 ?? ''), Buffer.alloc(length), { type: 'image/webp' })
    const unreliable = await unreliableStore(endpoint, () => 'forget-tag')
    const counts = await freed(root, { ...settings, endpoint: unreliable.endpoint })
    expect(counts).toMatchObject({ freed: 1, stayed: 1 })
    expect(images.map((image) => existsSync(image))).toEqual([true, false])
    expect(unreliable.asked.some((asked) => asked.startsWith('GET '))).toBe(true)
  })

  it('only counts in a dry run', async () => {
    const { root, settings } = await mirrored(2)
    const before = contentsOf(root)
    expect(await freed(root, settings, { isDryRun: true })).toMatchObject({ freed: 2 })
    expect(contentsOf(root)).toEqual(before)
  })

  it('that was killed between its two steps goes on: the original counts as long as it is there', async () => {
    const { root, settings, records, images } = await mirrored(1)
    const bytes = readFileSync(images[0] ?? '')
    await freed(root, settings)
    writeFileSync(images[0] ?? '', bytes)
    expect(await freed(root, settings)).toMatchObject({ originals: 1, freed: 1 })
    expect(await readAway(root, records[0]?.image ?? '')).toBeDefined()
  })

  it('keeps what would have nothing that stands for it: its place is another file’s', async () => {
    const { root, settings, images } = await mirrored(2)
    writeFileSync(awayNameFor(images[0] ?? ''), 'a note of somebody')
    writeFileSync(
      awayNameFor(images[1] ?? ''),
      JSON.stringify({ version: 1, sha256: hashOf(Buffer.from('another')), bytes: 7, mirror: 'elsewhere' }),
    )
    expect(await freed(root, settings)).toMatchObject({ freed: 0, stayed: 2 })
    expect(images.map((image) => existsSync(image))).toEqual([true, true])
    expect(readFileSync(awayNameFor(images[0] ?? ''), 'utf8')).toBe('a note of somebody')
  })

  it('keeps what somebody changes while the mirror is asked', async () => {
    const { root, settings, images } = await mirrored(1)
    const slow = await unreliableStore(endpoint, () => void writeFileSync(images[0] ?? '', 'edited just now'))
    const kept: string[] = []
    const onStays = (_: string, reason: string) => kept.push(reason)
    expect(await freed(root, { ...settings, endpoint: slow.endpoint }, { onStays })).toMatchObject({ freed: 0 })
    expect(kept).toEqual(['it was changed meanwhile'])
    expect(readFileSync(images[0] ?? '', 'utf8')).toBe('edited just now')
    expect(existsSync(awayNameFor(images[0] ?? ''))).toBe(false)
  })
})

describe.skipIf(endpoint === '')('mirror verify', () => {
  const verified = async (root: string, settings: MirrorSettings, sample = 0) => {
    const lost: string[] = []
    const onDamage = (key: string, what: string) => lost.push(`${what} ${key}`)
    return { found: await verifyMirror({ mirror: await mirrorOf(root, settings), sample, onDamage }), lost }
  }

  it('finds all right by the checksums that the store keeps, and reads some', async () => {
    const { root, settings } = await mirrored(30)
    const { found, lost } = await verified(root, settings)
    expect(found).toMatchObject({ objects: 60, byChecksum: 60, read: 20, damaged: 0, gone: 0, unsent: 0 })
    expect(lost).toEqual([])
  })

  it('notices by its checksum what has other bytes, and the next push heals it', async () => {
    const { root, settings, records } = await mirrored(30)
    const [store, key] = [await storeAt(settings), originalKey(records[3]?.sha256 ?? '')]
    await store.put(key, Buffer.from('rot'), { type: 'image/webp' })
    expect(await verified(root, settings)).toMatchObject({ found: { damaged: 1 }, lost: [`damaged ${key}`] })
    expect(await push({ mirror: await mirrorOf(root, settings) })).toMatchObject({ originals: 1, failed: 0 })
    expect((await verified(root, settings, 1)).found).toMatchObject({ damaged: 0, read: 60 })
  })

  it('notices by reading what rotted under a checksum that is as it was', async () => {
    const { root, settings, records } = await mirrored(3)
    const key = originalKey(records[1]?.sha256 ?? '')
    const unreliable = await unreliableStore(endpoint, ({ method, url }) =>
      method === 'GET' && url.endsWith(key) ? 'spoil-answer' : undefined,
    )
    // The journal is that of the same mirror, reached by another way.
    const mirror = {
      ...(await mirrorOf(root, settings)),
      store: await storeAt({ ...settings, endpoint: unreliable.endpoint }),
    }
    const lost: string[] = []
    const found = await verifyMirror({ mirror, sample: 1, onDamage: (lostKey) => lost.push(lostKey) })
    expect([found.damaged, lost]).toEqual([1, [key]])
  })

  it('notices what is gone, and the next push sends it again', async () => {
    const { root, settings } = await mirrored(2)
    const empty = await newBucket()
    const known = await openKnown(root, placeOf(empty))
    for (const key of (await openKnown(root, placeOf(settings))).keys()) await known.note(key, known.md5Of(key))
    expect((await verified(root, empty)).found).toMatchObject({ objects: 0, gone: 4, unsent: 2 })
    expect(await push({ mirror: await mirrorOf(root, empty) })).toMatchObject({ originals: 2, records: 2 })
    expect(await keysIn(await storeAt(empty))).toHaveLength(4)
  })

  it('calls nothing gone because a listing leaves it out', async () => {
    const { root, settings } = await mirrored(2)
    const behind = await unreliableStore(endpoint, ({ url }) => (url.includes('?') ? 'forget-listed' : undefined))
    const store = await storeAt({ ...settings, endpoint: behind.endpoint })
    const found = await verifyMirror({ mirror: { ...(await mirrorOf(root, settings)), store }, sample: 1 })
    expect(found).toMatchObject({ objects: 4, byChecksum: 4, read: 4, gone: 0, damaged: 0, unsent: 0 })
  })

  it('has the original of a record of the 2023 tool sent again, too', async () => {
    const [settings, { root, image }] = [await newBucket(), await archiveOf2023()]
    await push({ mirror: await mirrorOf(root, settings) })
    const [store, key] = [await storeAt(settings), originalKey(hashOf(readFileSync(image)))]
    await store.put(key, Buffer.from('rot'), { type: 'image/webp' })
    expect((await verified(root, settings)).found).toMatchObject({ damaged: 1 })
    expect(await push({ mirror: await mirrorOf(root, settings) })).toMatchObject({ originals: 1, missing: 0 })
    expect((await verified(root, settings, 1)).found).toMatchObject({ damaged: 0, gone: 0 })
  })

  it('leaves no doubt about an original that is away and gone up there: a push cannot send it', async () => {
    const { root, settings, records } = await mirrored(1)
    await freed(root, settings)
    const empty = await newBucket()
    const known = await openKnown(root, placeOf(empty))
    await known.note(originalKey(records[0]?.sha256 ?? ''), null)
    expect((await verified(root, empty)).found).toMatchObject({ gone: 1, unsent: 1 })
    expect(await push({ mirror: await mirrorOf(root, empty) })).toMatchObject({ originals: 0, missing: 1 })
  })
})
