import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../../src/archive/archive.ts'
import { writeMarks } from '../../../src/archive/mark-files.ts'
import { recordPlaces } from '../../../src/catalogue/record-places.ts'
import { main } from '../../../src/cli/main.ts'
import { makePng } from '../../../src/pretend-chatgpt/pictures.ts'
import { filesBelow, temporaryFolder } from '../../fakes/folder.ts'
import { createFakeIo } from '../../fakes/io.ts'
import { gif } from '../../fakes/pictures.ts'
import { exiftool, exiv2, hasReaders } from '../../fakes/programs.ts'
import { archiveOf, idOf } from '../../gallery/support.ts'

async function run(...argv: string[]) {
  const io = createFakeIo()
  const code = await main(['export', ...argv], io)
  return { code, out: io.out, err: io.err }
}
const objectsIn = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Marks the n-th picture. */
async function mark(root: string, n: number) {
  const place = (await recordPlaces(root)).find(({ name }) => name.includes(idOf(n)))
  await writeMarks(root, place?.folder ?? '', place?.name ?? '', {
    favourite: true,
    stars: 0,
    flag: '',
    tags: ['=1+1'],
    note: 'mine',
  })
}

describe('export --json', () => {
  it('gives every record with its marks, one object a line, beside a process that holds the archive', async () => {
    const { root, records } = await archiveOf(3)
    await mark(root, 1)
    const archive = await openArchive(root, { isLocked: true })
    const { code, out } = await run('--json', '--archive', root)
    await archive.close()
    expect(code).toBe(0)
    const objects = objectsIn(out)
    expect(objects.map(({ fileId }) => fileId)).toEqual([2, 1, 0].map(idOf))
    expect(objects[1]).toMatchObject({
      ...{ prompt: records[1]?.prompt, sha256: records[1]?.sha256, image: records[1]?.image },
      ...{ favourite: true, stars: 0, flag: '', tags: ['=1+1'], note: 'mine', isMissing: false },
    })
  })

  it('gives those alone that --where wants', async () => {
    const { root } = await archiveOf(3)
    await mark(root, 1)
    const ids = async (where: string) =>
      objectsIn((await run('--json', '--where', where, '--archive', root)).out).map(({ fileId }) => fileId)
    expect(await ids('favourite')).toEqual([idOf(1)])
    expect(await ids('-favourite "word2"')).toEqual([idOf(2)])
    expect(await ids('favourite and after:2100')).toEqual([])
  })
})

describe('export --csv', () => {
  it('is a table that no spreadsheet takes for a formula, with a byte order mark', async () => {
    const { root } = await archiveOf(2, (n) => ({ prompt: n === 1 ? '=HYPERLINK("x")\nline two, “ü”' : 'plain' }))
    await mark(root, 0)
    const { out } = await run('--csv', '--archive', root)
    expect(out.startsWith('\uFEFF"file","date","prompt"')).toBe(true)
    expect(out).toContain(`"'=HYPERLINK(""x"")\nline two, “ü”"`)
    expect(out).toContain(`"'=1+1"`)
    expect(out).not.toMatch(/(^|,|\n)"?=/)
    expect(out.endsWith('\r\n')).toBe(true)
  })

  it('goes into a file, whole or not at all, but not into the archive', async () => {
    const { root } = await archiveOf(1)
    const file = path.join(temporaryFolder(), 'pictures.csv')
    const { code, out } = await run('--csv', '--output', file, '--archive', root)
    expect([code, out]).toEqual([0, ''])
    expect(readFileSync(file, 'utf8')).toBe((await run('--csv', '--archive', root)).out)
    expect((await run('--csv', '-o', path.join(root, 'x.csv'), '--archive', root)).code).toBe(2)
    expect((await run('--csv', '-o', path.join(temporaryFolder(), 'no', 'x.csv'), '--archive', root)).code).toBe(8)
  })
})

describe('export --embed', () => {
  it('writes copies with the metadata inside, leaves the originals alone, and says what that breaks', async () => {
    const { root, records } = await archiveOf(2)
    await mark(root, 0)
    const originals = records.map(({ image }) => readFileSync(path.join(root, image)))
    const target = path.join(temporaryFolder(), 'copies')
    const { code, out, err } = await run('--embed', target, '--archive', root)
    expect(code).toBe(0)
    expect(out).toContain('2 copies with metadata inside')
    expect(err).toContain('C2PA')
    expect(records.map(({ image }) => readFileSync(path.join(root, image)))).toEqual(originals)
    const files = records.map(({ image }) => image.slice('images/'.length))
    expect(filesBelow(target)).toEqual(files.toSorted())
    const [first = '', second = ''] = files.map((file) => path.join(target, file))
    expect(Math.floor(statSync(first).mtimeMs / 1000)).toBe(records[0]?.date)
    expect(readFileSync(first, 'utf8')).toContain('<xmp:Rating>5<')
    if (!hasReaders) return
    expect(exiftool([first])[0]).toMatchObject({ Description: records[0]?.prompt, Rating: 5 })
    expect(exiv2(second).get('Xmp.dc.description')).toContain(records[1]?.prompt)
  })

  it('counts content credentials that it breaks, and gives a sidecar to what has no place for metadata', async () => {
    const { root, records } = await archiveOf(3)
    const at = (n: number) => path.join(root, records[n]?.image ?? '')
    writeFileSync(at(0), makePng({ widthPx: 64, heightPx: 48 }, 2_000))
    writeFileSync(at(1), gif)
    rmSync(at(2))
    const target = temporaryFolder()
    const { out } = await run('--embed', target, '--json', '--archive', root)
    expect(JSON.parse(out)).toEqual({
      ...{ event: 'exported', folder: target, embedded: 1, beside: 1, there: 0, missing: 1, failed: 0 },
      brokenCredentials: 1,
    })
    const copy = path.join(target, (records[1]?.image ?? '').slice('images/'.length))
    expect(readFileSync(copy)).toEqual(gif)
    expect(existsSync(`${copy}.xmp`)).toBe(true)
    // Again: what is there stays.
    writeFileSync(copy, 'mine')
    expect(JSON.parse((await run('--embed', target, '--json', '--archive', root)).out)).toMatchObject({
      ...{ embedded: 0, beside: 0, there: 2, missing: 1 },
    })
    expect(readFileSync(copy, 'utf8')).toBe('mine')
  })

  it('refuses a folder in the archive, also through a link', async () => {
    const { root } = await archiveOf(1)
    const link = path.join(temporaryFolder(), 'link')
    symlinkSync(path.join(root, 'images'), link)
    const before = filesBelow(path.join(root, 'images'))
    for (const target of [path.join(root, 'copies'), link])
      expect((await run('--embed', target, '--archive', root)).code).toBe(2)
    expect(filesBelow(path.join(root, 'images'))).toEqual(before)
  })

  it('goes on when one copy cannot be written, and ends with 3', async () => {
    const { root, records } = await archiveOf(2)
    const target = temporaryFolder()
    const [year = '', month = '', day = ''] = (records[0]?.image ?? '').slice('images/'.length).split('/')
    expect(records[1]?.image).not.toContain(`${year}/${month}/${day}/`)
    await run('--embed', target, '--archive', root)
    rmSync(path.join(target, year), { recursive: true })
    mkdirSync(path.join(target, year, month), { recursive: true })
    writeFileSync(path.join(target, year, month, day), 'a file where a folder should be')
    const { code, out } = await run('--embed', target, '--json', '--archive', root)
    expect(code).toBe(3)
    expect(JSON.parse(out)).toMatchObject({ embedded: 1, failed: 1 })
  })
})

describe('what is not understood', () => {
  it.each([
    [['--where', 'favourite'], /--embed DIR, --csv or --json/],
    [['--csv', '--json'], /Only one/],
    [['--csv', '--embed', 'x'], /Only one/],
    [['--embed', ''], /path of a folder/],
    [['--embed', 'x', '--output', 'y'], /--output/],
    [['--csv', '--where', 'after:soon'], /after:soon/],
  ])('%j is a usage error that says so', async (words, said) => {
    const { root } = await archiveOf(1)
    const { code, err } = await run(...words, '--archive', root)
    expect(code).toBe(2)
    expect(err).toMatch(said)
  })

  it('--help explains the words of --where', async () => {
    const { out } = await run('--help')
    for (const word of ['--embed', '--csv', '--where', 'C2PA', 'after:', 'Examples:']) expect(out).toContain(word)
  })

  it('says whether there is nothing at all, or nothing that was asked for', async () => {
    const nothing = await run('--csv', '--archive', temporaryFolder())
    expect([nothing.code, nothing.err]).toEqual([0, 'The archive has no pictures yet.\n'])
    const { root } = await archiveOf(1)
    const none = await run('--csv', '--where', 'tag:none', '--archive', root)
    expect([none.code, none.err]).toEqual([0, 'No picture is as --where says.\n'])
  })

  it('an archive that is not there is exit 8', async () => {
    expect((await run('--csv', '--archive', path.join(temporaryFolder(), 'none'))).code).toBe(8)
  })
})
