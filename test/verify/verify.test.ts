import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { verify } from '../../src/verify/verify.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { keepAll, nthFacts } from '../gallery/support.ts'
import { archiveToVerify, flipBit } from './support.ts'

const now = () => new Date()
const look = (root: string, more: object = {}) => verify({ root, now, ...more })

describe('an original', () => {
  it('is intact as it was archived, and has its Content Credentials', async () => {
    const { root } = await archiveToVerify(4)
    const found = await look(root)
    expect(found).toMatchObject({ originals: 4, looked: 4, findings: [], strays: [], unreadable: [] })
    expect(found.counts).toMatchObject({ intact: 4, changed: 0, damaged: 0, missing: 0 })
    expect(found.credentials).toMatchObject({ there: 4, gone: 0 })
  })

  it('is damaged when a bit of it is another and nobody wrote to it', async () => {
    const { root, images, records } = await archiveToVerify(3)
    flipBit(images[1] ?? '')
    const { findings, counts } = await look(root)
    expect(findings).toMatchObject([{ verdict: 'damaged', expected: { image: records[1]?.image } }])
    expect(counts).toMatchObject({ intact: 2, damaged: 1 })
  })

  it('is changed when somebody wrote to it, also with the same length, or gave it another', async () => {
    const { root, images } = await archiveToVerify(3)
    flipBit(images[0] ?? '')
    const later = new Date(Date.now() + 3_600_000)
    utimesSync(images[0] ?? '', later, later)
    writeFileSync(images[1] ?? '', 'shorter')
    expect((await look(root)).counts).toMatchObject({ intact: 1, changed: 2, damaged: 0 })
  })

  it('is damaged, too, in an archive that was copied since, once it was seen intact there', async () => {
    const { root, images } = await archiveToVerify(2)
    const copied = new Date(Date.now() + 3_600_000)
    for (const file of images) utimesSync(file, copied, copied)
    expect((await look(root)).counts.intact).toBe(2)
    flipBit(images[0] ?? '')
    expect((await look(root)).counts).toMatchObject({ damaged: 1, changed: 0 })
  })

  it('is missing when it was deleted by hand, and deleted when the gallery did it', async () => {
    const { root, images, records } = await archiveToVerify(3)
    for (const file of images.slice(0, 2)) rmSync(file)
    const [, second] = records
    const record = recordIn(root, second?.fileId ?? '')
    put(path.join(root, record.replace(/\.json$/, '.marks.json')), JSON.stringify({ imageDeleted: true }))
    const { findings } = await look(root)
    expect(findings.map(({ verdict }) => verdict).toSorted()).toEqual(['deleted', 'missing'])
  })

  it('is found again under another name, and in another folder', async () => {
    const { root, images } = await archiveToVerify(3)
    renameSync(images[0] ?? '', path.join(path.dirname(images[0] ?? ''), 'My favourite.webp'))
    mkdirSync(path.join(root, 'images/chosen'))
    renameSync(images[1] ?? '', path.join(root, 'images/chosen/second.webp'))
    const { findings, strays, counts } = await look(root)
    expect(counts).toMatchObject({ intact: 1, moved: 2, missing: 0 })
    expect(findings.map(({ to }) => to).toSorted()).toEqual(strays.map(({ place }) => place).toSorted())
    expect(strays.every(({ kind }) => kind === 'moved')).toBe(true)
  })

  it('that a link stands for is missing: it lies somewhere else', async () => {
    const { root, images } = await archiveToVerify(1)
    const elsewhere = path.join(temporaryFolder(), 'image.webp')
    renameSync(images[0] ?? '', elsewhere)
    symlinkSync(elsewhere, images[0] ?? '')
    expect((await look(root)).counts).toMatchObject({ missing: 1, intact: 0 })
  })

  it('of the 2023 tool, whose record holds no hash, cannot be proven', async () => {
    const root = temporaryFolder()
    put(path.join(root, 'images/2023/10/29/1698576000-abcdefghijklmnop-A boat.webp'), 'bytes')
    const record = {
      gen_id: 'abcdefghijklmnop',
      prompt: 'A boat',
      seed: 1,
      date: 1698576000,
      fileId: 'abc',
      width: 1,
      height: 1,
    }
    put(path.join(root, 'database/2023/10/29/abcdefghijklmnop-abc.json'), JSON.stringify(record))
    expect((await look(root)).counts).toMatchObject({ unproven: 1, damaged: 0 })
  })

  it('has lost its Content Credentials when a program wrote it anew', async () => {
    const { root, images } = await archiveToVerify(2)
    await look(root)
    const bytes = readFileSync(images[0] ?? '')
    const at = bytes.indexOf('C2PA')
    expect(at).toBeGreaterThan(0)
    writeFileSync(images[0] ?? '', bytes.subarray(0, at))
    expect((await look(root)).credentials).toMatchObject({ there: 1, gone: 1 })
  })
})

const recordIn = (root: string, id: string) =>
  execFileSync('find', ['database', '-name', `*${id}.json`], { cwd: root, encoding: 'utf8' }).trim()

describe('what lies beside the originals', () => {
  it('is told: records that cannot be read, and files without a record, ours and foreign', async () => {
    const { root } = await archiveToVerify(1)
    put(path.join(root, 'database/2026/11/01/torn-File1.json'), '{"gen_id":')
    put(path.join(root, 'images/2026/11/01/1793520000-0f8fad5b-d9cb-469f-a165-70867728950e-A-boat.png'), 'left')
    put(path.join(root, 'images/holiday.jpg'), 'foreign')
    put(path.join(root, 'images/2026/11/01/.tmp-1'), 'unfinished')
    const { unreadable, strays } = await look(root)
    expect(unreadable).toEqual(['database/2026/11/01/torn-File1.json'])
    expect(strays.toSorted((a, b) => (a.place < b.place ? -1 : 1)).map(({ kind }) => kind)).toContain('ours')
    expect(strays).toContainEqual({ place: 'images/holiday.jpg', kind: 'foreign' })
  })
})

describe('a verification', () => {
  it('that is stopped is gone on with where it was', async () => {
    const { root } = await archiveToVerify(30)
    const stop = new AbortController()
    const first = await look(root, {
      signal: stop.signal,
      onProgress: ({ looked }: { looked: number }) => looked >= 9 && stop.abort(),
    })
    expect(first.looked).toBeGreaterThanOrEqual(9)
    expect(first.looked).toBeLessThan(30)
    // The next that looks at as many as were left looks at just those.
    const left = 30 - first.looked
    const second = await look(root, { sample: left / 30, now: () => new Date(Date.now() + 1_000) })
    expect(second.looked).toBe(left)
    const third = await look(root, { sample: first.looked / 30, now: () => new Date(Date.now() + 2_000) })
    expect(third.looked).toBe(first.looked)
  })

  it('looks at a part of it, and at what is young', async () => {
    const { root } = await archiveToVerify(20)
    expect((await look(root, { sample: 0.05 })).looked).toBe(1)
    expect((await look(root, { since: new Date(Date.now() + 60_000) })).looked).toBe(0)
    expect((await look(root, { since: new Date(Date.now() - 60_000) })).looked).toBe(20)
  })

  it('runs beside whoever holds the archive, and writes nothing but what it saw', async () => {
    const root = temporaryFolder()
    await keepAll(root, [nthFacts(1)])
    const archive = await openArchive(root)
    const list = () =>
      execFileSync('find', ['.', '-type', 'f', '-not', '-path', './verify/*', '-not', '-name', '*.lock'], {
        cwd: root,
        encoding: 'utf8',
      })
    const before = list()
    expect((await look(root)).counts.intact).toBe(1)
    expect(list()).toBe(before)
    await archive.close()
  })
})
