import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { openCatalogue } from '../../src/catalogue/catalogue.ts'
import { createSaver, type KnownFolder, readCache } from '../../src/catalogue/index-cache.ts'
import { pictureOf } from '../../src/catalogue/pictures.ts'
import type { Changed } from '../../src/gallery/api.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { archiveOf, idOf, idsIn, indexOf, keepAll, nthFacts } from '../gallery/support.ts'

const noUrls = () => ({ imageUrl: '', thumbUrl: '' })

const cacheOf = (root: string) => path.join(root, '.cache', 'gallery-index.ndjson')
const recordFiles = (root: string) =>
  filesBelow(path.join(root, 'database')).map((file) => path.join(root, 'database', file))
const newestFile = (root: string, n: number) => recordFiles(root).find((file) => file.includes(idOf(n))) ?? ''

/** Lets the folders look as if nothing had been written to them for an hour, so that their times can be relied on. */
const hourAgo = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000)
function age(root: string): void {
  const all = new Set(filesBelow(root).flatMap((file) => foldersAbove(file)))
  for (const folder of all) utimesSync(path.join(root, folder), hourAgo, hourAgo)
}
const foldersAbove = (file: string) => {
  const steps = file.split('/')
  return steps.map((_, at) => steps.slice(0, at).join('/')).filter((folder) => folder !== '')
}

const fail = (error: unknown) => {
  throw error
}

async function inCache(root: string): Promise<KnownFolder[]> {
  const known: KnownFolder[] = []
  for await (const one of readCache(root)) known.push(one)
  return known
}
const entriesInCache = async (root: string) => (await inCache(root)).flatMap(([, { entries }]) => entries)

async function cached(root: string) {
  age(root)
  const index = await openCatalogue(root)
  await index.examined
  await index.close()
}

describe('the list', () => {
  it('has every picture, newest first, with size, seed and date', async () => {
    const { root, records } = await archiveOf(3, (n) => ({ seed: n === 1 ? null : 5 }))
    const index = await indexOf(root)
    expect(idsIn(index)).toEqual([idOf(2), idOf(1), idOf(0)])
    expect(JSON.parse(index.list())).toEqual({
      revision: index.revision,
      isWhole: true,
      total: 3,
      profiles: [],
      pictures: {
        id: [idOf(2), idOf(1), idOf(0)],
        date: records.map(({ date }) => date).reverse(),
        width: [1024, 1024, 1024],
        height: [1024, 1024, 1024],
        flags: [2, 0, 2],
        marks: [0, 0, 0],
        // All of one message.
        stack: [1, 1, 1],
      },
    })
  })

  it('of an empty archive is empty', async () => {
    expect(idsIn(await indexOf(temporaryFolder()))).toEqual([])
  })

  it('has pictures of the 2023 tool, whose images are found by the beginning of their names', async () => {
    const root = temporaryFolder()
    const record = {
      gen_id: 'M5QoHjYO7Qe9pl1Z',
      prompt: 'A man',
      seed: 3,
      date: 1_696_860_000,
      fileId: 'mTlImgNh',
      width: 1024,
      height: 1024,
    }
    put(path.join(root, 'database/2023/10/9/M5QoHjYO7Qe9pl1Z-mTlImgNh.json'), JSON.stringify(record))
    put(path.join(root, 'images/2023/10/9/1696860000-M5QoHjYO7Qe9pl1Z-A man.webp'), 'bytes')
    put(path.join(root, 'images/2023/10/9/1696860000-M5QoHjYO7Qe9pl1ZZ-another.webp'), 'bytes')
    const index = await indexOf(root)
    const picture = index.entries[0] && (await pictureOf(root, index.entries[0], noUrls))
    expect(picture).toMatchObject({
      id: 'mTlImgNh',
      image: 'images/2023/10/9/1696860000-M5QoHjYO7Qe9pl1Z-A man.webp',
      path: path.join(root, 'images/2023/10/9/1696860000-M5QoHjYO7Qe9pl1Z-A man.webp'),
      isMissing: false,
      by: 'dalle',
      sha256: null,
      source: { origin: 'live' },
    })
  })

  it('ignores what is not a record, and shows the others', async () => {
    const { root } = await archiveOf(1)
    const hostile = { fileId: '../../etc/passwd', date: 1, gen_id: 'x', prompt: 'x', seed: null, width: 1, height: 1 }
    const broken = [
      '',
      '{',
      'null',
      '[]',
      '{"fileId":7,"date":"x"}',
      JSON.stringify(hostile),
      '{"fileId":"ok","date":1e300}',
    ]
    for (const [at, text] of broken.entries()) put(path.join(root, `database/2024/01/0${at + 1}/a-b${at}.json`), text)
    put(path.join(root, 'database/2024/01/01/a-large.json'), ' '.repeat(1024 * 1024 + 1))
    mkdirSync(path.join(root, 'database/2024/01/02/a-folder.json'))
    symlinkSync(newestFile(root, 0), path.join(root, 'database/2024/01/03/a-link.json'))
    symlinkSync(path.join(root, 'database'), path.join(root, 'database/2024/01/04/loop'))
    expect(idsIn(await indexOf(root))).toEqual([idOf(0)])
  })

  it('shows a record whose optional fields have odd types', async () => {
    const root = temporaryFolder()
    put(
      path.join(root, 'database/2024/01/01/a-b.json'),
      '{"fileId":"b","date":5.5,"prompt":{"a":1},"width":-3,"image":"../../x.png","sha256":"../x"}',
    )
    const index = await indexOf(root)
    const [entry] = index.entries
    expect(entry && (await pictureOf(root, entry, noUrls))).toMatchObject({
      date: 5,
      prompt: null,
      width: null,
      image: null,
      sha256: null,
      isMissing: true,
    })
  })
})

describe('the cache', () => {
  it('gives the same list without opening a record', async () => {
    const { root } = await archiveOf(4)
    const before = await indexOf(root)
    const list = JSON.parse(before.list()) as { pictures: unknown }
    const file = newestFile(root, 3)
    utimesSync(file, hourAgo, hourAgo)
    await cached(root)
    expect(await entriesInCache(root)).toHaveLength(4)
    // A prompt changed in place, with the file's old time: only who opens the record would see it.
    writeFileSync(file, readFileSync(file, 'utf8').replace('number 3', 'changed3'))
    utimesSync(file, hourAgo, hourAgo)
    const index = await indexOf(root)
    expect((JSON.parse(index.list()) as { pictures: unknown }).pictures).toEqual(list.pictures)
    expect(index.search({ q: 'changed3' })).toHaveLength(0)
    expect(index.search({ q: 'word3' })).toHaveLength(1)
  })

  it('notices a record and an image that were deleted by hand', async () => {
    const { root, records } = await archiveOf(3)
    await cached(root)
    rmSync(newestFile(root, 1))
    rmSync(path.join(root, records[2]?.image ?? ''))
    const index = await indexOf(root)
    expect(idsIn(index)).toEqual([idOf(2), idOf(0)])
    expect(index.entries.map(({ isMissing }) => isMissing)).toEqual([true, false])
  })

  it('notices a whole folder that was removed, and one that came back', async () => {
    const { root } = await archiveOf(3)
    await cached(root)
    const folder = path.dirname(newestFile(root, 1))
    renameSync(folder, path.join(root, 'aside'))
    const index = await indexOf(root)
    expect(idsIn(index)).toEqual([idOf(2), idOf(0)])
    renameSync(path.join(root, 'aside'), folder)
    await index.look()
    expect(idsIn(index)).toEqual([idOf(2), idOf(1), idOf(0)])
  })

  it('notices what another process wrote, in new folders and old ones', async () => {
    const { root } = await archiveOf(2)
    await cached(root)
    await keepAll(root, [nthFacts(7), nthFacts(8, { createdAt: nthFacts(1).createdAt })])
    expect(idsIn(await indexOf(root))).toEqual([idOf(7), idOf(1), idOf(8), idOf(0)])
  })

  it('notices a record that was completed', async () => {
    const { root } = await archiveOf(2, () => ({ prompt: null, promptSource: null }))
    await cached(root)
    const archive = await openArchive(root)
    await archive.complete({ ...nthFacts(1), prompt: 'Learned later', promptSource: 'dalle' })
    expect((await indexOf(root)).search({ q: 'learned' })).toHaveLength(1)
  })

  it('notices, in the background, a record edited in place, which does not change its folder’s time', async () => {
    const { root } = await archiveOf(2)
    await cached(root)
    const file = newestFile(root, 1)
    writeFileSync(file, readFileSync(file, 'utf8').replace('number 1', 'edited by hand'))
    age(root)
    const index = await openCatalogue(root)
    expect(index.search({ q: 'edited by hand' })).toHaveLength(0)
    await index.examined
    expect(index.search({ q: 'edited by hand' })).toHaveLength(1)
    await index.close()
  })

  it.each([
    ['cut short', (text: string) => text.slice(0, text.lastIndexOf(idOf(0))), 2],
    ['no JSON', () => '\0\0\0', 0],
    ['empty', () => '', 0],
    ['of another version', (text: string) => text.replace(/"galleryIndex":\d+/, '"galleryIndex":99'), 0],
    ['of other types', (text: string) => text.replaceAll('"dalle"', '7'), 0],
  ])('that is %s is used as far as possible, and written again', async (_, spoil, usable) => {
    const { root } = await archiveOf(3)
    await cached(root)
    const whole = readFileSync(cacheOf(root), 'utf8')
    writeFileSync(cacheOf(root), spoil(whole))
    expect(await entriesInCache(root)).toHaveLength(usable)
    expect(idsIn(await indexOf(root))).toEqual([idOf(2), idOf(1), idOf(0)])
    expect(await entriesInCache(root)).toHaveLength(3)
  })

  it('is a separate folder, without leftovers, and may be deleted at any time', async () => {
    const { root } = await archiveOf(1)
    put(path.join(root, '.cache', 'gallery-index-0123456789abcdef.part'), 'of a run that was killed')
    const index = await indexOf(root)
    await index.close()
    expect(filesBelow(root).filter((file) => file.startsWith('.cache'))).toEqual(['.cache/gallery-index.ndjson'])
    rmSync(path.join(root, '.cache'), { recursive: true })
    expect(idsIn(await indexOf(root))).toEqual([idOf(0)])
  })

  it('that is being written is finished before the catalogue closes', async () => {
    const { root } = await archiveOf(3)
    await cached(root)
    const known = await inCache(root)
    rmSync(cacheOf(root))
    const saver = createSaver(root, () => known, fail)
    saver.touch()
    void saver.save()
    await saver.save()
    expect(await entriesInCache(root)).toHaveLength(3)
    saver.touch()
    void saver.save()
    saver.touch()
    await saver.save()
    expect(filesBelow(root).filter((file) => file.startsWith('.cache'))).toEqual(['.cache/gallery-index.ndjson'])
  })

  it('is not written through a link, nor read', async () => {
    const { root } = await archiveOf(1)
    const elsewhere = temporaryFolder()
    symlinkSync(elsewhere, path.join(root, '.cache'))
    const troubles: unknown[] = []
    const index = await indexOf(root, { onTrouble: (error) => troubles.push(error) })
    await index.close()
    expect(idsIn(index)).toEqual([idOf(0)])
    expect(filesBelow(elsewhere)).toEqual([])
    expect(troubles).toHaveLength(1)
  })

  it('negative control: a list that trusts its cache and checks no folder would show what is gone', async () => {
    const { root } = await archiveOf(2)
    await cached(root)
    rmSync(newestFile(root, 1))
    const trusting = (await entriesInCache(root)).map(({ id }) => id)
    expect(trusting).toContain(idOf(1))
    expect(idsIn(await indexOf(root))).not.toContain(idOf(1))
  })
})

describe('while it is open', () => {
  it('reports what was added and removed, and the revision rises', async () => {
    const { root } = await archiveOf(2)
    const index = await indexOf(root, { pollMs: 20 })
    const told: { revision: number; added: readonly string[]; removed: readonly string[] }[] = []
    const first = index.revision
    index.onChange((changed) => void told.push(changed))
    await keepAll(root, [nthFacts(5)])
    await vi.waitFor(() => expect(told).not.toHaveLength(0))
    await index.look()
    rmSync(newestFile(root, 0))
    await index.look()
    expect(told.flatMap(({ added }) => added)).toEqual([idOf(5)])
    expect(told.flatMap(({ removed }) => removed)).toEqual([idOf(0)])
    expect(told.every(({ revision }) => revision > first)).toBe(true)
    expect(idsIn(index)).toEqual([idOf(5), idOf(1)])
  })

  it('says nothing as long as nothing changes', async () => {
    const { root } = await archiveOf(2)
    const index = await indexOf(root)
    const before = index.revision
    for (let turn = 0; turn < 3; turn++) await index.look()
    expect(index.revision).toBe(before)
  })

  it('has a picture of a day it has not seen yet as soon as it is notified of the folder', async () => {
    const { root } = await archiveOf(1)
    const index = await indexOf(root)
    const [record] = await keepAll(root, [nthFacts(5)])
    await index.examine(path.posix.relative('images', path.posix.dirname(record?.image ?? '')))
    expect(idsIn(index)).toEqual([idOf(5), idOf(0)])
  })
})

/** 1,200 pictures, 120 a year. */
function largeArchive(count = 1_200): string {
  const root = temporaryFolder()
  for (let n = 0; n < count; n++) {
    const record = { gen_id: `g${n}`, prompt: `text${n}`, seed: null, date: 1_600_000_000 + n, fileId: `f${n}` }
    put(path.join(root, `database/${2015 + Math.floor(n / 120)}/01/01/g${n}-f${n}.json`), JSON.stringify(record))
  }
  return root
}

describe('a large archive', () => {
  it.each(['with', 'without'])(
    'is shown, %s a cache, beginning with the newest before the rest is read',
    async (cache) => {
      const root = largeArchive()
      if (cache === 'with') await cached(root)
      const index = await openCatalogue(root)
      expect(index.isWhole).toBe(false)
      expect(index.entries[0]?.id).toBe('f1199')
      expect(index.entries.length).toBeGreaterThanOrEqual(300)
      expect(index.entries.length).toBeLessThan(600)
      expect(JSON.parse(index.list())).toMatchObject({ isWhole: false })
      await index.whole
      expect(index.isWhole).toBe(true)
      expect(index.entries).toHaveLength(1_200)
      expect(JSON.parse(index.list())).toMatchObject({ isWhole: true, total: 1_200 })
      await index.examined
      await index.close()
      expect(await entriesInCache(root)).toHaveLength(1_200)
    },
  )

  it('at first shows nothing that is gone, and shows what came in the meantime', async () => {
    const root = largeArchive()
    await cached(root)
    rmSync(path.join(root, 'database/2024'), { recursive: true })
    rmSync(path.join(root, 'database/2023/01/01/g1079-f1079.json'))
    const record = { gen_id: 'g', prompt: null, seed: null, date: 1_700_000_000, fileId: 'later' }
    put(path.join(root, 'database/2025/01/01/g-later.json'), JSON.stringify(record))
    const index = await openCatalogue(root)
    expect(index.entries.slice(0, 2).map(({ id }) => id)).toEqual(['later', 'f1078'])
    await index.whole
    expect(index.entries).toHaveLength(1_080)
    await index.close()
  })

  it.each([1_200, 600])('of %i notifies listeners that there is more, and calls none of it new', async (count) => {
    const index = await openCatalogue(largeArchive(count))
    expect(index.isWhole).toBe(false)
    const told: Changed[] = []
    index.onChange((changed) => void told.push(changed))
    await index.whole
    await index.close()
    expect(told.at(-1)?.revision).toBe(index.revision)
    expect(told.flatMap(({ added, removed }) => [...added, ...removed])).toEqual([])
  })

  it('leaves the cache as it was if it is closed while it is being read', async () => {
    const root = largeArchive()
    await cached(root)
    const index = await openCatalogue(root)
    await index.close()
    expect(index.isWhole).toBe(false)
    expect(await entriesInCache(root)).toHaveLength(1_200)
  })
})

it('the cache returns every field as it was', async () => {
  const { root } = await archiveOf(2, (n) => ({ seed: n === 0 ? null : 3, conversationId: null }))
  const before = (await indexOf(root)).entries
  await cached(root)
  const after = await entriesInCache(root)
  expect(new Map(after.map((entry) => [entry.id, entry]))).toEqual(new Map(before.map((entry) => [entry.id, entry])))
})
