import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../../src/archive/archive.ts'
import { awayNameFor, readAway } from '../../../src/archive/away.ts'
import { readMarks, writeMarks } from '../../../src/archive/mark-files.ts'
import { noMarks } from '../../../src/archive/marks.ts'
import { serializeRecord } from '../../../src/archive/records.ts'
import type { MirrorSettings } from '../../../src/config.ts'
import { hashOf, originalKey, recordKey } from '../../../src/mirror/layout.ts'
import { type PullOptions, pull } from '../../../src/mirror/pull.ts'
import { push } from '../../../src/mirror/push.ts'
import { verify } from '../../../src/verify/verify.ts'
import { facts, fileId } from '../../fakes/facts.ts'
import { filesBelow, temporaryFolder } from '../../fakes/folder.ts'
import { unreliableStore } from '../../fakes/unreliable-store.ts'
import { archiveOf, idOf, keepAll, nthFacts } from '../../gallery/support.ts'
import { flipBit } from '../../verify/support.ts'
import {
  archiveOf2023,
  contentsOf,
  copyOf,
  endpoint,
  keysIn,
  mirrorOf,
  newBucket,
  storeAt,
  withArchive,
} from './support.ts'

const pushed = async (root: string, settings: MirrorSettings) => push({ mirror: await mirrorOf(root, settings) })

const pulled = (root: string, settings: MirrorSettings, more: Partial<PullOptions> = {}) =>
  withArchive(root, async (archive) => pull({ archive, mirror: await mirrorOf(root, settings), ...more }))

/** Where the record of the n-th picture is. */
async function recordOf(root: string, n: number) {
  const archive = await openArchive(root)
  const { dir: folder, base: name } = path.posix.parse(archive.recordOf(fileId(`file-${idOf(n)}`)) ?? '')
  return { folder, name }
}

const originalsIn = (root: string) =>
  filesBelow(path.join(root, 'images')).map((file) => path.join(root, 'images', file))

/** Marks as a person at this machine makes them, at this second. */
async function mark(root: string, n: number, marks: object, second: number) {
  const { folder, name } = await recordOf(root, n)
  await writeMarks(root, folder, name, { ...noMarks, ...marks })
  const file = path.join(root, 'database', folder, name.replace(/\.json$/, '.marks.json'))
  utimesSync(file, second, second)
}

async function marksOf(root: string, n: number): Promise<unknown> {
  const { folder, name } = await recordOf(root, n)
  return readMarks(path.join(root, 'database'), folder, name)
}

describe.skipIf(endpoint === '')('push', () => {
  it('sends each original and each record once, and what came since the next time', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(5)]
    expect(await pushed(root, settings)).toMatchObject({ pictures: 5, originals: 5, records: 5, failed: 0 })
    expect(await pushed(root, settings)).toMatchObject({ pictures: 5, originals: 0, records: 0, bytes: 0 })
    await keepAll(root, [nthFacts(7)], 9_000)
    expect(await pushed(root, settings)).toMatchObject({ pictures: 6, originals: 1, records: 1 })
    const keys = await keysIn(await storeAt(settings))
    expect(keys.filter((key) => key.startsWith('originals/'))).toHaveLength(6)
    expect(keys).toHaveLength(12)
    const bytes = originalsIn(root).reduce((sum, file) => sum + statSync(file).size, 0)
    const counts = await pulled(temporaryFolder(), settings, { hasOriginals: true })
    expect(counts).toMatchObject({ added: 6, originals: 6, bytes })
  })

  it('asks nothing of the store for pictures that the journal knows to be there', async () => {
    const { root } = await archiveOf(3)
    const [unreliable, settings] = [await unreliableStore(endpoint, () => undefined), await newBucket()]
    await pushed(root, { ...settings, endpoint: unreliable.endpoint })
    const before = unreliable.asked.length
    await pushed(root, { ...settings, endpoint: unreliable.endpoint })
    expect(unreliable.asked).toHaveLength(before)
  })

  it('without its journal learns which originals are there, and sends the records once more', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(3)]
    await pushed(root, settings)
    rmSync(path.join(root, 'mirror'), { recursive: true })
    expect(await pushed(root, settings)).toMatchObject({ originals: 0, records: 3 })
    expect(await keysIn(await storeAt(settings))).toHaveLength(6)
  })

  it('of a second machine with the same originals sends only what it says of them', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(4)]
    const other = copyOf(root)
    await pushed(root, settings)
    const store = await storeAt(settings)
    const before = await keysIn(store)
    expect(await pushed(other, settings)).toMatchObject({ originals: 0, records: 4, failed: 0 })
    expect(await keysIn(store)).toEqual(before)
  })

  it('believes no listing that bytes are right: what is here replaces what is not', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(2)]
    const [store, key] = [await storeAt(settings), originalKey(records[0]?.sha256 ?? '')]
    await store.put(key, Buffer.from('somebody’s'), { type: 'image/webp' })
    expect(await pushed(root, settings)).toMatchObject({ originals: 2 })
    expect(hashOf((await store.get(key))?.bytes ?? Buffer.of())).toBe(records[0]?.sha256)
    // The same where a pull has seen the listing first.
    const other = copyOf(root)
    rmSync(path.join(other, 'mirror'), { recursive: true })
    await store.put(key, Buffer.from('somebody’s'), { type: 'image/webp' })
    await pulled(other, settings)
    expect(await pushed(other, settings)).toMatchObject({ originals: 1 })
  })

  it('of two machines at the same time leaves everything of both, once, and each gets what the other had', async () => {
    const settings = await newBucket()
    const [one, two] = [temporaryFolder(), temporaryFolder()]
    const shared = [0, 1, 2, 3].map((n) => nthFacts(n))
    await keepAll(one, [...shared, nthFacts(10)])
    await keepAll(two, [...shared, nthFacts(11), nthFacts(12)])
    await Promise.all([pushed(one, settings), pushed(two, settings)])
    await Promise.all([one, two].map((root) => pulled(root, settings, { hasOriginals: true })))
    for (const root of [one, two]) {
      const archive = await openArchive(root)
      expect(archive.count).toBe(7)
      expect((await verify({ root, now: () => new Date() })).counts).toMatchObject({ intact: 7, away: 0 })
    }
    const originals = await keysIn(await storeAt(settings), 'originals/')
    expect(new Set(originals).size).toBe(originals.length)
  })

  it('never sends bytes under a name that is not theirs, and goes on with the others', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(3)]
    flipBit(path.join(root, records[1]?.image ?? ''))
    const failed: string[] = []
    const counts = await push({
      mirror: await mirrorOf(root, settings),
      onFailed: (record, reason) => failed.push(`${record}: ${reason}`),
    })
    expect(counts).toMatchObject({ originals: 2, records: 2, failed: 1 })
    expect(failed.join()).toMatch(/is not what was archived/)
    expect(await (await storeAt(settings)).head(originalKey(records[1]?.sha256 ?? ''))).toBeUndefined()
  })

  it('stops when the mirror is full, says so, and goes on when there is room', async () => {
    const root = temporaryFolder()
    await keepAll(root, [nthFacts(0), nthFacts(1)], 30_000)
    const settings = await newBucket(20_000)
    await expect(pushed(root, settings)).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringMatching(/is full/),
    })
    const roomy = await newBucket()
    expect(await pushed(root, roomy)).toMatchObject({ originals: 2, records: 2 })
  })

  it('sends what marks are, and that there are none any more', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(2)]
    await mark(root, 0, { favourite: true, tags: ['sea'] }, 1_700_000_000)
    expect(await pushed(root, settings)).toMatchObject({ marks: 1 })
    expect(await pushed(root, settings)).toMatchObject({ marks: 0 })
    const { folder, name } = await recordOf(root, 0)
    await writeMarks(root, folder, name, noMarks)
    expect(await pushed(root, settings)).toMatchObject({ marks: 1 })
    expect(await pushed(root, settings)).toMatchObject({ marks: 0 })
  })

  it('sends records of the 2023 tool, with what they do not say of their image', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf2023()]
    expect(await pushed(root, settings)).toMatchObject({ originals: 1, records: 1, failed: 0 })
    const second = temporaryFolder()
    expect(await pulled(second, settings, { hasOriginals: true })).toMatchObject({ added: 1, originals: 1, failed: 0 })
    expect(contentsOf(second)).toEqual(contentsOf(root))
  })

  it('of a machine without that image takes nothing back of what another has said of it', async () => {
    const [settings, { root, image }] = [await newBucket(), await archiveOf2023()]
    const other = copyOf(root)
    rmSync(image.replace(root, other))
    expect(await pushed(other, settings)).toMatchObject({ originals: 0, records: 1, missing: 1 })
    // Its image may still come, here or there.
    expect(await pushed(other, settings)).toMatchObject({ originals: 0, records: 0, missing: 1 })
    expect(await pushed(root, settings)).toMatchObject({ originals: 1, records: 1, missing: 0 })
    expect(await pushed(other, settings)).toMatchObject({ originals: 0, records: 0 })
    const second = temporaryFolder()
    expect(await pulled(second, settings)).toMatchObject({ added: 1, waiting: 0 })
    // It has the image in the mirror alone, and has lost its journal.
    rmSync(path.join(second, 'mirror'), { recursive: true })
    expect(await pushed(second, settings)).toMatchObject({ missing: 0, failed: 0 })
    expect(await pulled(temporaryFolder(), settings, { hasOriginals: true })).toMatchObject({ added: 1, originals: 1 })
  })

  it('of such a record has its marks taken over with it: a second machine knows the picture at once', async () => {
    const [settings, { root, record }] = [await newBucket(), await archiveOf2023()]
    const [folder, name] = ['2023/10/29', path.basename(record)]
    await writeMarks(root, folder, name, { ...noMarks, favourite: true })
    expect(await pushed(root, settings)).toMatchObject({ records: 1, marks: 1 })
    const second = temporaryFolder()
    await withArchive(second, async (archive) => {
      expect(await pull({ archive, mirror: await mirrorOf(second, settings) })).toMatchObject({ added: 1, marks: 1 })
      expect(archive.has(fileId('file-OldFile1'))).toBe(true)
    })
    expect(await readMarks(path.join(second, 'database'), folder, name)).toMatchObject({ favourite: true })
  })

  it('sends the image of such a record when it is back', async () => {
    const [settings, { root, image }] = [await newBucket(), await archiveOf2023()]
    const bytes = readFileSync(image)
    rmSync(image)
    expect(await pushed(root, settings)).toMatchObject({ originals: 0, missing: 1 })
    writeFileSync(image, bytes)
    expect(await pushed(root, settings)).toMatchObject({ originals: 1, missing: 0 })
    expect(await pulled(temporaryFolder(), settings)).toMatchObject({ added: 1, waiting: 0 })
  })
})

describe.skipIf(endpoint === '')('pull', () => {
  it('makes a second machine have the same, byte for byte, and writes nothing the second time', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(6)]
    await mark(root, 3, { favourite: true, stars: 3, flag: 'picked', note: 'für später' }, 1_700_000_000)
    await pushed(root, settings)
    const second = temporaryFolder()
    expect(await pulled(second, settings, { hasOriginals: true })).toMatchObject({
      ...{ pictures: 6, added: 6, originals: 6, marks: 1, failed: 0, waiting: 0 },
    })
    expect(contentsOf(second)).toEqual(contentsOf(root))
    expect(await pulled(second, settings, { hasOriginals: true })).toMatchObject({
      pictures: 0,
      originals: 0,
      marks: 0,
    })
    expect(await pushed(second, settings)).toMatchObject({ originals: 0, records: 0, marks: 0 })
    // What it has is known to be what the mirror has: it could push into another one.
    expect(await pushed(second, await newBucket())).toMatchObject({ originals: 6, records: 6, marks: 1 })
  })

  it('without originals lets each be away, under the name it would have', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(3)]
    await pushed(root, settings)
    const second = temporaryFolder()
    expect(await pulled(second, settings)).toMatchObject({ added: 3, originals: 0 })
    for (const { image, sha256, bytes } of records) {
      expect(await readAway(second, image)).toMatchObject({ sha256, bytes })
      expect(Object.keys(contentsOf(second))).not.toContain(image)
      expect(Object.keys(contentsOf(second))).toContain(awayNameFor(image))
    }
    // A picture that comes later gets none of these names.
    const [later] = await keepAll(second, [nthFacts(1, { fileId: fileId('file-Another') })], 500)
    expect(records.map(({ image }) => image)).not.toContain(later?.image)
    expect(await pulled(second, settings, { hasOriginals: true })).toMatchObject({ pictures: 0, originals: 3 })
  })

  it('of an archive that has it all already changes no file', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(4)]
    const other = copyOf(root)
    await pushed(root, settings)
    const before = contentsOf(other)
    expect(await pulled(other, settings, { hasOriginals: true })).toMatchObject({
      added: 0,
      completed: 0,
      originals: 0,
    })
    expect(contentsOf(other)).toEqual(before)
  })

  it('completes what two machines know of one picture, and both end with the same facts', async () => {
    const settings = await newBucket()
    const [one, two] = [temporaryFolder(), temporaryFolder()]
    const about = facts({ fileId: fileId('file-Shared'), conversationTitle: null, seed: null })
    await keepAll(one, [{ ...about, prompt: 'the user’s words', promptSource: 'user-request', seed: 42 }])
    await keepAll(two, [{ ...about, prompt: 'the real prompt', promptSource: 'dalle', conversationTitle: 'Boats' }])
    await pushed(one, settings)
    await pushed(two, settings)
    expect(await pulled(two, settings)).toMatchObject({ added: 0, completed: 1 })
    await pushed(two, settings)
    expect(await pulled(one, settings)).toMatchObject({ added: 0, completed: 1 })
    await pushed(one, settings)
    expect(await pulled(two, settings)).toMatchObject({ completed: 0 })
    for (const root of [one, two]) {
      const record = await (await openArchive(root)).readRecord(fileId('file-Shared'))
      expect(record).toMatchObject({
        prompt: 'the real prompt',
        promptSource: 'dalle',
        seed: 42,
        conversationTitle: 'Boats',
      })
    }
  })

  it('adds what is known here of a picture whose image never came', async () => {
    const [settings, one, two] = [await newBucket(), temporaryFolder(), temporaryFolder()]
    const about = facts({ fileId: fileId(`file_${'0a'.repeat(16)}`), prompt: null, promptSource: null, seed: 42 })
    await keepAll(one, [about])
    await pushed(one, settings)
    await withArchive(two, (archive) =>
      archive.pending.keepFacts({ ...about, prompt: 'a boat', promptSource: 'dalle' }),
    )
    expect(await pulled(two, settings)).toMatchObject({ added: 1 })
    expect(await (await openArchive(two)).readRecord(about.fileId)).toMatchObject({ prompt: 'a boat', seed: 42 })
    expect(await pushed(two, settings)).toMatchObject({ originals: 0, records: 1 })
    expect(await pulled(one, settings)).toMatchObject({ completed: 1 })
  })

  it('takes the marks that were made last, sends its own before they are replaced, and turns in no circle', async () => {
    const [settings, { root: one }] = [await newBucket(), await archiveOf(2)]
    const two = copyOf(one)
    await mark(one, 0, { note: 'older' }, 1_700_000_000)
    await mark(two, 0, { note: 'newer', tags: ['x'] }, 1_700_000_500)
    await pushed(one, settings)
    expect(await pulled(two, settings)).toMatchObject({ marks: 0 })
    expect(await marksOf(two, 0)).toMatchObject({ note: 'newer' })
    expect(await pulled(one, settings)).toMatchObject({ marks: 1 })
    expect(await marksOf(one, 0)).toMatchObject({ note: 'newer', tags: ['x'] })
    expect(await pushed(one, settings)).toMatchObject({ marks: 0 })
    expect(await pulled(two, settings)).toMatchObject({ marks: 0 })
    expect((await keysIn(await storeAt(settings), 'marks/')).length).toBe(2)
    // Deleted here, on this disk, is no mark of the other machine.
    await mark(one, 1, { imageDeleted: true }, 1_700_000_600)
    await pushed(one, settings)
    await pulled(two, settings)
    expect(await marksOf(two, 1)).toEqual(noMarks)
  })

  it('waits with a picture whose original is not up there', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(2)]
    const image = path.join(root, records[0]?.image ?? '')
    const bytes = readFileSync(image)
    rmSync(image)
    expect(await pushed(root, settings)).toMatchObject({ originals: 1, records: 2, missing: 1 })
    const second = temporaryFolder()
    expect(await pulled(second, settings)).toMatchObject({ added: 1, waiting: 1 })
    writeFileSync(image, bytes)
    expect(await pushed(root, settings)).toMatchObject({ originals: 1, records: 0 })
    expect(await pulled(second, settings)).toMatchObject({ added: 1, waiting: 0 })
  })

  it('believes no original and no record with other bytes, and replaces nothing by them', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(3)]
    const [store, other] = [await storeAt(settings), copyOf(root)]
    await pushed(root, settings)
    const key = originalKey(records[0]?.sha256 ?? '')
    await store.put(key, Buffer.from('something else'), { type: 'image/webp' })
    const [record = ''] = (await keysIn(store, 'records/')).slice(1)
    await store.put(record, Buffer.from('{"prompt":"forged"}'), { type: 'application/json' })
    const second = temporaryFolder()
    const failed: string[] = []
    const counts = await pulled(second, settings, {
      hasOriginals: true,
      onFailed: (_, reason) => failed.push(reason),
    })
    expect(counts).toMatchObject({ added: 2, originals: 1, failed: 2 })
    expect(failed).toEqual(Array(2).fill('the mirror has other bytes in its place'))
    const before = contentsOf(other)
    await pulled(other, settings, { hasOriginals: true })
    expect(contentsOf(other)).toEqual(before)
  })

  it('takes over what is right of a picture of which somebody has written something wrong', async () => {
    const [settings, { root }] = [await newBucket(), await archiveOf(1)]
    await pushed(root, settings)
    const store = await storeAt(settings)
    const [key = ''] = await keysIn(store, 'records/')
    const wrong = path.posix.join(path.posix.dirname(key), `${'0'.repeat(64)}.json`)
    await store.put(wrong, Buffer.from('{"prompt":"forged"}'), { type: 'application/json' })
    const failed: string[] = []
    const onFailed = (what: string) => failed.push(what)
    expect(await pulled(temporaryFolder(), settings, { onFailed })).toMatchObject({ added: 1, failed: 1 })
    expect(failed).toEqual([wrong])
  })

  it('lets no original here give way to one that nobody has', async () => {
    const [settings, { root, records }] = [await newBucket(), await archiveOf(1)]
    const [record] = records
    if (!record) throw new Error('no record')
    const { folder, name } = await recordOf(root, 0)
    const guess = { ...record, source: { ...record.source, match: 'probable' as const } }
    writeFileSync(path.join(root, 'database', folder, name), serializeRecord(guess))
    // Somebody says of it that other bytes are proven, and what they know of it besides.
    const claim = serializeRecord({
      ...{ ...record, sha256: hashOf(Buffer.from('no bytes')), edit_op: 'inpainting' },
      source: { ...record.source, match: 'exact' },
    })
    const key = recordKey({ place: { folder, name }, sha256: hashOf(claim) })
    await (await storeAt(settings)).put(key, claim, { type: 'application/json' })
    expect(await pulled(root, settings)).toMatchObject({ waiting: 1, completed: 0, failed: 0 })
    const now = await (await openArchive(root)).readRecord(fileId(`file-${idOf(0)}`))
    expect(now).toMatchObject({ sha256: record.sha256, image: record.image, edit_op: 'inpainting' })
    // An original that is lost here is not called away either.
    rmSync(path.join(root, record.image))
    await pulled(root, settings)
    expect(await readAway(root, record.image)).toBeUndefined()
  })
})
