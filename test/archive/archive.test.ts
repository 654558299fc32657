import { readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import fs from 'fs-extra'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Archive, openArchive } from '../../src/archive/archive.ts'
import { type PictureRecord, recordSchema } from '../../src/archive/records.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { makePng, makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { storeLive } from '../fakes/archive.ts'
import { facts, fileId, genId, noon } from '../fakes/facts.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { sha256Of } from '../fakes/sha256.ts'

const size = { widthPx: 64, heightPx: 48 }
const archivedAt = new Date('2026-05-07T10:11:12.345Z')
const seconds = noon.getTime() / 1000
const [imagePath, recordPath] = [
  `images/2023/10/29/${seconds}-M5QoHjYO7Qe9pl1Z-Photo-of-a-man-on-the-moon.webp`,
  'database/2023/10/29/M5QoHjYO7Qe9pl1Z-mTlImgNhbMGexJI3DFLJXJlh.json',
]

const open = (root: string) => openArchive(root, { now: () => archivedAt })
const keep = (archive: Archive, known: ReturnType<typeof facts>, bytes: Buffer) => {
  const kind = inspectImage(bytes)
  if (!kind) throw new Error('no image')
  return storeLive(archive, known, bytes, kind, 'files.oaiusercontent.com')
}
const recordAt = (root: string, file = recordPath) =>
  JSON.parse(readFileSync(path.join(root, file), 'utf8')) as PictureRecord

afterEach(() => vi.restoreAllMocks())

describe('storing a picture', () => {
  it('writes the bytes as they came and a record beside them, in dated folders', async () => {
    const [root, bytes] = [temporaryFolder(), makeWebp(size, 2_000)]
    const archive = await open(root)
    const record = await keep(archive, facts(), bytes)
    expect(filesBelow(root)).toEqual([recordPath, imagePath])
    expect(readFileSync(path.join(root, imagePath))).toEqual(bytes)
    expect(recordAt(root)).toEqual(record)
    expect(record).toEqual({
      gen_id: 'M5QoHjYO7Qe9pl1Z',
      prompt: 'Photo of a man on the moon',
      seed: 1_234_567,
      date: seconds,
      fileId: 'mTlImgNhbMGexJI3DFLJXJlh',
      width: 64,
      height: 48,
      version: 1,
      promptSource: 'dalle',
      dateSource: 'message',
      conversationId: '8c1d4e2a-5b6f-4a70-9c3e-2f1a0b9c8d7e',
      conversationTitle: 'About the moon',
      messageId: '5f0c7a54-2c1d-4f6e-9a0b-0d6f3c1e7a11',
      parent_gen_id: null,
      edit_op: null,
      source: { origin: 'live', channel: 'stream', host: 'files.oaiusercontent.com' },
      sha256: sha256Of(bytes),
      bytes: bytes.length,
      mime: 'image/webp',
      image: imagePath,
      archivedAt: archivedAt.toISOString(),
    })
    expect(recordSchema.strict().safeParse(recordAt(root)).success).toBe(true)
    expect(archive.count).toBe(1)
    expect(archive.has(facts().fileId)).toBe(true)
  })

  it('chooses the image’s extension by its bytes, whatever was said about them', async () => {
    const archive = await open(temporaryFolder())
    expect((await keep(archive, facts(), makePng(size, 2_000))).image).toMatch(/\.png$/)
  })

  it('writes the record only when the image is safely on disk', async () => {
    const root = temporaryFolder()
    const archive = await open(root)
    put(path.join(root, 'images/2023'), 'a file where a folder should be')
    await expect(keep(archive, facts(), makeWebp(size, 2_000))).rejects.toThrow()
    expect(filesBelow(path.join(root, 'database'))).toEqual([])
    expect(archive.has(facts().fileId)).toBe(false)
  })

  it('writes null for what nobody has stated, never a guess', async () => {
    const root = temporaryFolder()
    const archive = await open(root)
    const bare = facts({
      genId: null,
      prompt: null,
      promptSource: null,
      seed: null,
      conversationId: null,
      messageId: null,
    })
    const record = await keep(archive, bare, makeWebp(size, 2_000))
    expect(record).toMatchObject({ gen_id: null, prompt: null, promptSource: null, seed: null, messageId: null })
    expect(filesBelow(root)).toEqual([
      'database/2023/10/29/unknown-mTlImgNhbMGexJI3DFLJXJlh.json',
      `images/2023/10/29/${seconds}-unknown.webp`,
    ])
  })
})

describe('a name that is taken', () => {
  const other = facts({ fileId: fileId('file-another') })

  it('by other bytes: the file id is appended, and nothing is overwritten', async () => {
    const [root, first, second] = [temporaryFolder(), makeWebp(size, 2_000), makeWebp(size, 3_000)]
    const archive = await open(root)
    await keep(archive, facts(), first)
    const record = await keep(archive, other, second)
    expect(record.image).toBe(imagePath.replace('.webp', '-another.webp'))
    expect(readFileSync(path.join(root, imagePath))).toEqual(first)
    expect(readFileSync(path.join(root, record.image))).toEqual(second)
  })

  it('also when both pictures are written at the same time', async () => {
    const [root, first, second] = [temporaryFolder(), makeWebp(size, 2_000), makeWebp(size, 3_000)]
    const archive = await open(root)
    const records = await Promise.all([keep(archive, facts(), first), keep(archive, other, second)])
    expect(records.map((record) => readFileSync(path.join(root, record.image)))).toEqual([first, second])
  })

  it('even with the file id appended: it is not overwritten', async () => {
    const [root, bytes] = [temporaryFolder(), makeWebp(size, 2_000)]
    const taken = [imagePath, imagePath.replace('.webp', '-mTlImgNhbMGexJI3DFLJXJlh.webp')]
    for (const place of taken) put(path.join(root, place), 'by hand')
    const record = await keep(await open(root), facts(), bytes)
    expect(readFileSync(path.join(root, record.image))).toEqual(bytes)
    for (const place of taken) expect(readFileSync(path.join(root, place), 'utf8')).toBe('by hand')
  })

  it.each([
    ['upper and lower case', 'PHOTO OF A MAN ON THE MOON', 'photo of a man on the moon'],
    ['upper and lower case of other scripts', 'КОШКА НА ЛУНЕ', 'Кошка на луне'],
  ])('includes a name that differs by %s', async (_, one, two) => {
    const [root, first, second] = [temporaryFolder(), makeWebp(size, 2_000), makeWebp(size, 3_000)]
    const archive = await open(root)
    const records = [
      await keep(archive, facts({ prompt: one }), first),
      await keep(archive, facts({ fileId: other.fileId, prompt: two }), second),
    ]
    const folded = new Set(records.map((record) => record.image.toLowerCase()))
    expect(folded.size).toBe(2)
    expect(records[1]?.image).toMatch(/-another\.webp$/)
  })

  it('includes a name that a disk stores decomposed (é as e and a mark)', async () => {
    const root = temporaryFolder()
    put(path.join(root, `images/2023/10/29/${seconds}-M5QoHjYO7Qe9pl1Z-Ame\u0301lie.webp`), 'as macOS once wrote it')
    const record = await keep(await open(root), facts({ prompt: 'Amélie' }), makeWebp(size, 2_000))
    expect(record.image).toBe(`images/2023/10/29/${seconds}-M5QoHjYO7Qe9pl1Z-Amélie-mTlImgNhbMGexJI3DFLJXJlh.webp`)
  })

  it('by the same bytes is used again: an earlier run ended between image and record', async () => {
    const [root, bytes] = [temporaryFolder(), makeWebp(size, 2_000)]
    put(path.join(root, imagePath), bytes)
    const archive = await open(root)
    expect(archive.has(facts().fileId)).toBe(false)
    const record = await keep(archive, facts(), bytes)
    expect(record.image).toBe(imagePath)
    expect(filesBelow(root)).toEqual([recordPath, imagePath])
  })
})

describe('opening', () => {
  it('makes the folders of a new archive', async () => {
    const root = path.join(temporaryFolder(), 'deep', 'archive')
    const archive = await open(root)
    expect(archive.count).toBe(0)
    expect(fs.readdirSync(root).sort()).toEqual(['database', 'images', 'pending'])
  })

  it('recognises what it stored', async () => {
    const root = temporaryFolder()
    await keep(await open(root), facts(), makeWebp(size, 2_000))
    const again = await open(root)
    expect(again.count).toBe(1)
    expect(again.has(facts().fileId)).toBe(true)
    expect(again.has(fileId('file-another'))).toBe(false)
  })

  it('reads names only: a record that is not JSON does no harm', async () => {
    const root = temporaryFolder()
    for (const [at, content] of ['', 'no JSON', '{"gen_id":', '\0\0\0', '[]', 'null'].entries()) {
      put(path.join(root, `database/2023/10/29/gen-broken${at}.json`), content)
    }
    const readFile = vi.spyOn(fs.promises, 'readFile')
    const archive = await open(root)
    expect(archive.count).toBe(6)
    expect(archive.has(fileId('file-broken2'))).toBe(true)
    expect(readFile.mock.calls.filter(([file]) => String(file).includes('database'))).toEqual([])
    // The same look does see a record that is opened.
    expect(await archive.complete(facts({ fileId: fileId('file-broken2') }))).toBe(false)
    expect(readFile.mock.calls.filter(([file]) => String(file).includes('database'))).toHaveLength(1)
  })

  it('treats as records only files with a record’s name', async () => {
    const root = temporaryFolder()
    for (const name of ['notes.txt', '.DS_Store', 'abc.json', '.0123456789abcdef.part']) {
      put(path.join(root, 'database/2023/10/29', name), '')
    }
    expect((await open(root)).count).toBe(0)
  })

  it('finds 10,000 records', async () => {
    const root = temporaryFolder()
    const folders = Array.from({ length: 100 }, (_, at) => path.join(root, `database/20${at + 10}/1/9`))
    for (const folder of folders) fs.mkdirpSync(folder)
    for (let at = 0; at < 10_000; at++) fs.writeFileSync(`${folders[at % 100]}/gen-${at}-File${at}.json`, '')
    const archive = await open(root)
    expect(archive.count).toBe(10_000)
    expect(archive.has(fileId('file-File9999'))).toBe(true)
    expect(archive.has(fileId('file_File0'))).toBe(true)
    expect(archive.has(fileId('file-File10000'))).toBe(false)
  })

  it('says what to do when there can be no archive', async () => {
    const place = put(path.join(temporaryFolder(), 'archive'), 'a file')
    await expect(open(place)).rejects.toMatchObject({
      name: 'ArchiverError',
      code: 'disk',
      hint: expect.stringContaining('archivePath'),
    })
  })
})

describe('what the user does with the files', () => {
  it.each([
    ['deletes an image', (root: string) => rmSync(path.join(root, imagePath))],
    [
      'renames an image',
      (root: string) => renameSync(path.join(root, imagePath), path.join(root, 'images/my favourite.webp')),
    ],
    ['deletes all images', (root: string) => rmSync(path.join(root, 'images'), { recursive: true })],
    [
      'moves a record to another folder',
      (root: string) =>
        renameSync(
          path.join(root, recordPath),
          path.join(root, 'database/M5QoHjYO7Qe9pl1Z-mTlImgNhbMGexJI3DFLJXJlh.json'),
        ),
    ],
  ])('is allowed: after a user %s, it is not fetched a second time', async (_, change) => {
    const root = temporaryFolder()
    await keep(await open(root), facts(), makeWebp(size, 2_000))
    change(root)
    expect((await open(root)).has(facts().fileId)).toBe(true)
  })

  it('makes a picture wanted again only if the record is deleted', async () => {
    const root = temporaryFolder()
    await keep(await open(root), facts(), makeWebp(size, 2_000))
    rmSync(path.join(root, recordPath))
    expect((await open(root)).has(facts().fileId)).toBe(false)
  })
})

describe('an archive of the 2023 tool', () => {
  const record =
    '{"gen_id":"M5QoHjYO7Qe9pl1Z","prompt":"Photo of a man","seed":3075182773,"date":1696860000,"fileId":"mTlImgNhbMGexJI3DFLJXJlh","width":1024,"height":1024}'
  const files = {
    'database/2023/10/9/M5QoHjYO7Qe9pl1Z-mTlImgNhbMGexJI3DFLJXJlh.json': record,
    'images/2023/10/9/1696860000-M5QoHjYO7Qe9pl1Z-Photo of a man.webp': 'bytes',
  }

  it('is opened as it is, and nothing in it is wanted again', async () => {
    const root = temporaryFolder()
    for (const [file, content] of Object.entries(files)) put(path.join(root, file), content)
    const archive = await open(root)
    expect(archive.count).toBe(1)
    expect(archive.has(facts().fileId)).toBe(true)
    await archive.complete(facts({ prompt: 'Another prompt' }))
    for (const [file, content] of Object.entries(files))
      expect(readFileSync(path.join(root, file), 'utf8')).toBe(content)
    expect(filesBelow(root)).toEqual(Object.keys(files).sort())
  })

  it('is continued beside the old folders: new pictures of the same day go into a padded folder', async () => {
    const root = temporaryFolder()
    for (const [file, content] of Object.entries(files)) put(path.join(root, file), content)
    const createdAt = new Date(2023, 9, 9, 12)
    const kept = await keep(
      await open(root),
      facts({ fileId: fileId('file-another'), createdAt }),
      makeWebp(size, 2_000),
    )
    expect(kept.image).toMatch(/^images\/2023\/10\/09\//)
    expect((await open(root)).count).toBe(2)
  })

  it('has records whose seven fields are the first of ours, in the same order and types', async () => {
    const ours = await keep(await open(temporaryFolder()), facts(), makeWebp(size, 2_000))
    const theirs = JSON.parse(record) as Record<string, unknown>
    expect(Object.keys(ours).slice(0, 7)).toEqual(Object.keys(theirs))
    const types = (value: object) =>
      Object.values(value)
        .slice(0, 7)
        .map((field) => typeof field)
    expect(types(ours)).toEqual(types(theirs))
    expect(Number.isInteger(ours.date)).toBe(true)
  })
})

describe('completing a record', () => {
  const unknown = facts({ prompt: 'what I wrote', promptSource: 'user-message', seed: null, conversationTitle: null })

  async function kept(known = unknown) {
    const root = temporaryFolder()
    const archive = await open(root)
    await keep(archive, known, makeWebp(size, 2_000))
    return { root, archive, before: recordAt(root) }
  }

  it('fills what was unknown and takes the better prompt', async () => {
    const { root, archive, before } = await kept()
    expect(await archive.complete(facts())).toBe(true)
    expect(recordAt(root)).toEqual({
      ...before,
      prompt: 'Photo of a man on the moon',
      promptSource: 'dalle',
      seed: 1_234_567,
      conversationTitle: 'About the moon',
      updatedAt: archivedAt.toISOString(),
    })
    expect(Object.keys(recordAt(root)).slice(0, 7)).toEqual(Object.keys(before).slice(0, 7))
  })

  it.each([
    ['told', facts({ dateSource: 'seen', seed: null }), recordPath],
    [
      'unknown',
      facts({ genId: null, seed: null, dateSource: 'seen' }),
      recordPath.replace('M5QoHjYO7Qe9pl1Z', 'unknown'),
    ],
  ])(
    'takes a better date over, and a gen_id that was not known, and leaves everything where it is, the gen_id being %s',
    async (_, known, place) => {
      const root = temporaryFolder()
      const archive = await open(root)
      const before = await keep(archive, known, makeWebp(size, 2_000))
      const news = facts({
        genId: genId('Zk3vQ9dXa7LmP2cT'),
        createdAt: new Date(2020, 1, 1),
        dateSource: 'message',
        seed: 7,
      })
      expect(await archive.complete(news)).toBe(true)
      const date = new Date(2020, 1, 1).getTime() / 1000
      const updatedAt = archivedAt.toISOString()
      expect(recordAt(root, place)).toEqual({
        ...before,
        gen_id: before.gen_id ?? 'Zk3vQ9dXa7LmP2cT',
        seed: 7,
        date,
        dateSource: 'message',
        updatedAt,
      })
      expect(filesBelow(root)).toEqual([place, before.image])
      const worse = facts({ ...known, createdAt: new Date(2021, 1, 1), dateSource: 'stream' })
      expect(await archive.complete(worse)).toBe(false)
    },
  )

  it('gives the picture its own image when it had another one, and keeps what was said about it', async () => {
    const { root, archive, before } = await kept(facts())
    const right = makeWebp(size, 2_600)
    const image = 'images/2023/10/29/own.webp'
    const sha256 = 'cd'.repeat(32)
    const source = { origin: 'export', channel: 'export', host: null, match: 'exact' } as const
    const stored = { sha256, bytes: right.length, mime: 'image/webp', widthPx: 8, heightPx: 8, image, source } as const
    await archive.correct(facts().fileId, stored)
    const updatedAt = archivedAt.toISOString()
    expect(recordAt(root)).toEqual({ ...before, sha256, bytes: right.length, image, source, updatedAt })
    expect(filesBelow(root), 'the images are the affair of who corrects').toEqual([recordPath, before.image])
  })

  it('corrects no record that it cannot read', async () => {
    const { root, archive } = await kept(facts())
    put(path.join(root, recordPath), '{ "changed": "by hand" }')
    const source = { origin: 'export', channel: 'export', host: null } as const
    const stored = { bytes: 1, mime: 'image/webp', widthPx: 8, heightPx: 8, image: 'x', source } as const
    await archive.correct(facts().fileId, { ...stored, sha256: 'cd'.repeat(32) })
    expect(readFileSync(path.join(root, recordPath), 'utf8')).toBe('{ "changed": "by hand" }')
  })

  it('writes nothing if nothing is new', async () => {
    const { root, archive } = await kept(facts())
    const before = fs.statSync(path.join(root, recordPath))
    const news = [facts(), unknown, facts({ prompt: null, promptSource: null, seed: null, messageId: null })]
    for (const one of news) expect(await archive.complete(one)).toBe(false)
    expect(fs.statSync(path.join(root, recordPath)).ino).toBe(before.ino)
  })

  it('twice has the same result as once', async () => {
    const { root, archive } = await kept()
    await archive.complete(facts())
    const once = recordAt(root)
    expect(await archive.complete(facts())).toBe(false)
    expect(recordAt(root)).toEqual(once)
  })

  it('keeps what a person has added to the record', async () => {
    const { root, archive, before } = await kept()
    put(path.join(root, recordPath), JSON.stringify({ ...before, rating: 5, tags: ['moon'] }))
    await archive.complete(facts())
    expect(recordAt(root)).toMatchObject({ rating: 5, tags: ['moon'] })
  })

  it.each([
    ['was deleted', (file: string) => rmSync(file)],
    ['is no JSON any more', (file: string) => void put(file, 'no JSON')],
    ['is of an unknown shape', (file: string) => void put(file, '{"version":2}')],
  ])('leaves alone a record that %s', async (_, change) => {
    const { root, archive } = await kept()
    change(path.join(root, recordPath))
    const before = filesBelow(root).map((file) => readFileSync(path.join(root, file)))
    expect(await archive.complete(facts())).toBe(false)
    expect(filesBelow(root).map((file) => readFileSync(path.join(root, file)))).toEqual(before)
  })

  it('does nothing for a file that was never stored', async () => {
    const archive = await open(temporaryFolder())
    expect(await archive.complete(facts({ fileId: fileId('file-never') }))).toBe(false)
  })
})

describe('sweeping', () => {
  it('removes temporary files of interrupted writes anywhere in the archive, and nothing else', async () => {
    const root = temporaryFolder()
    const leftovers = [
      '.0123456789abcdef.part',
      'images/2023/10/29/.fedcba9876543210.part',
      'attachments/.00112233aabbccdd.part',
    ]
    const others = ['images/2023/10/29/a.part', 'images/2023/10/29/.hidden', 'notes.txt']
    for (const file of [...leftovers, ...others]) put(path.join(root, file), 'x')
    const archive = await openArchive(root, { isLocked: true })
    expect(await archive.sweep()).toBe(leftovers.length)
    await archive.close()
    expect(filesBelow(root).sort()).toEqual([...others].sort())
  })
})
