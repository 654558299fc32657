import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { ExportFile, InputFlaw } from '../../../src/openai-export/inputs/export-file.ts'
import { type Inputs, openInputs } from '../../../src/openai-export/inputs/inputs.ts'
import { safePath } from '../../../src/openai-export/inputs/safe-path.ts'
import { put, temporaryFolder } from '../../fakes/folder.ts'
import { type FakeEntry, makeZip } from '../../fakes/zip.ts'

const opened: Inputs[] = []
afterEach(async () => {
  for (const inputs of opened.splice(0)) await inputs.close()
})

const listed = (...paths: string[]) => listedBut(undefined, ...paths)

/** Without what lies in the folder `own`. */
async function listedBut(own: string | undefined, ...paths: string[]) {
  const flaws: InputFlaw[] = []
  const workFolder = path.join(temporaryFolder(), 'work')
  const inputs = await openInputs(paths, { workFolder, own, onFlaw: (flaw) => flaws.push(flaw) })
  opened.push(inputs)
  return { inputs, flaws, workFolder, places: inputs.files.map((file) => [...file.archive, file.path].join(' › ')) }
}

async function textOf(file: ExportFile | undefined): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of file?.open() ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
const reasons = (flaws: readonly InputFlaw[]) => flaws.map(({ path, reason }) => `${path}: ${reason}`)

const zipFile = (name: string, entries: readonly FakeEntry[], folder = temporaryFolder()) =>
  put(path.join(folder, name), makeZip(entries))
const nested = (name: string, entries: readonly FakeEntry[], method = 0): FakeEntry => ({
  name,
  data: makeZip(entries),
  method,
})

describe('the files of an export', () => {
  it('are those of a zip and of a folder, sorted, with what is known of them', async () => {
    const zip = zipFile('export.zip', [
      { name: 'b.json', data: 'bee', modifiedAt: new Date(2025, 0, 2) },
      { name: 'a/' },
      { name: 'a/x.png', data: 'ex', method: 8 },
      { name: 'B.json' },
    ])
    const folder = path.join(temporaryFolder(), 'unpacked')
    put(path.join(folder, 'deep', 'er', 'y.png'), 'why')
    const { inputs, flaws, places } = await listed(folder, zip)
    expect(flaws).toEqual([])
    expect(places).toEqual([
      'export.zip › B.json',
      'export.zip › a/x.png',
      'export.zip › b.json',
      'unpacked › deep/er/y.png',
    ])
    expect(inputs.files[2]).toMatchObject({ sizeBytes: 3, modifiedAt: new Date(2025, 0, 2), crc32: expect.any(Number) })
    expect(inputs.files[3]).toMatchObject({ sizeBytes: 3, modifiedAt: expect.any(Date), crc32: null })
    expect(await Promise.all(inputs.files.map(textOf))).toEqual(['', 'ex', 'bee', 'why'])
  })

  it('may lie two zips deep, packed or not, and what was unpacked on the way goes away', async () => {
    const deepest = nested('deepest.zip', [{ name: 'c.txt', data: 'sea' }], 8)
    const portal = zipFile('portal.zip', [
      nested('User Online Activity/Files__1.zip', [{ name: 'b.txt', data: 'bee' }, deepest], 8),
      nested('stored.ZIP', [{ name: 'd.txt', data: 'dee', method: 8 }, deepest]),
      { name: 'report.html', data: 'a' },
    ])
    const { inputs, flaws, places, workFolder } = await listed(portal)
    expect(flaws).toEqual([])
    expect(places).toEqual([
      'portal.zip › report.html',
      'portal.zip › User Online Activity/Files__1.zip › b.txt',
      'portal.zip › User Online Activity/Files__1.zip › deepest.zip › c.txt',
      'portal.zip › stored.ZIP › d.txt',
      'portal.zip › stored.ZIP › deepest.zip › c.txt',
    ])
    expect(await Promise.all(inputs.files.map(textOf))).toEqual(['a', 'bee', 'sea', 'dee', 'sea'])
    expect(readdirSync(workFolder)).toHaveLength(1)
    await inputs.close()
    expect(readdirSync(workFolder)).toEqual([])
  })

  it('lie no deeper than that', async () => {
    let entry: FakeEntry = { name: 'x.txt', data: 'x' }
    for (const name of ['4.zip', '3.zip', '2.zip']) entry = nested(name, [entry])
    const { flaws, places } = await listed(zipFile('1.zip', [entry]))
    expect(places).toEqual([])
    expect(flaws).toEqual([{ archive: '1.zip › 2.zip › 3.zip', path: '4.zip', reason: 'is a zip nested too deep' }])
  })

  it('lie in zips in folders, too, but an uploaded zip is a file', async () => {
    const folder = path.join(temporaryFolder(), 'all')
    zipFile(
      'parts/one.zip',
      [{ name: 'a', data: 'a' }, nested('two.zip', [nested('three.zip', [{ name: 'b' }])])],
      folder,
    )
    zipFile('file-AbCdEfGhIjKlMnOpQrStUv-holiday.zip', [{ name: 'hidden' }], folder)
    zipFile('1/2/mnt/data/result.zip', [{ name: 'hidden' }], folder)
    zipFile('__MACOSX/._one.zip', [{ name: 'hidden' }], folder)
    const { flaws, places } = await listed(folder)
    expect(flaws).toEqual([])
    expect(places).toEqual([
      'all › 1/2/mnt/data/result.zip',
      'all › file-AbCdEfGhIjKlMnOpQrStUv-holiday.zip',
      'all › parts/one.zip › a',
      'all › parts/one.zip › two.zip › three.zip › b',
    ])
  })

  it('are in the same order and have the same identity, however the inputs are given', async () => {
    const folder = temporaryFolder()
    const [one, two] = [
      zipFile('one.zip', [{ name: 'x', data: '1' }], folder),
      zipFile('two.zip', [{ name: 'a' }], folder),
    ]
    const straight = await listed(one, two)
    const turned = await listed(two, one, two, path.join(folder, '.', 'one.zip'))
    expect(turned.places).toEqual(straight.places)
    expect(turned.inputs.identity).toBe(straight.inputs.identity)
    expect(straight.inputs.identity).toMatch(/^[0-9a-f]{64}$/)
  })

  it('have an identity that knows paths and sizes, not how they are spread', async () => {
    const files = ['a', 'b', 'c'].map((name) => ({ name, data: name }))
    const together = await listed(zipFile('all.zip', files))
    const spread = await listed(zipFile('1.zip', files.slice(2)), zipFile('2.zip', files.slice(0, 2)))
    const wrapped = await listed(zipFile('outer.zip', [nested('inner.zip', files, 8)]))
    const other = await listed(zipFile('all.zip', [...files.slice(0, 2), { name: 'c', data: 'longer' }]))
    expect(spread.inputs.identity).toBe(together.inputs.identity)
    expect(wrapped.inputs.identity).toBe(together.inputs.identity)
    expect(other.inputs.identity).not.toBe(together.inputs.identity)
  })

  it('count once when a zip is also in a folder that is given, or is given by a link', async () => {
    const folder = path.join(temporaryFolder(), 'all')
    const zip = zipFile('one.zip', [{ name: 'a' }], folder)
    const link = path.join(temporaryFolder(), 'link.zip')
    symlinkSync(zip, link)
    expect((await listed(zip, folder, path.join(folder, '..', 'all'))).places).toEqual(['all › one.zip › a'])
    expect((await listed(zip, link)).places).toHaveLength(1)
  })
})

describe('what is passed over without a word', () => {
  const clutter = [
    '__MACOSX/a/._x.png',
    '__MACOSX/y.png',
    'deep/__MACOSX/y.png',
    '._x.png',
    'deep/._x.zip',
    '.DS_Store',
    'deep/.DS_Store',
    'Thumbs.db',
    'deep/Thumbs.db',
  ]
  const names = ['x.png', 'deep/My__MACOSX/y.png', 'deep/a._x.png', 'deep/my.DS_Store', 'Thumbs.db.png']

  it('is what macOS and Windows put beside files, in a zip and in a folder', async () => {
    const zip = zipFile(
      'all.zip',
      [...clutter, ...names].map((name) => ({ name, data: name })),
    )
    const folder = path.join(temporaryFolder(), 'all')
    for (const name of [...clutter, ...names]) put(path.join(folder, name), name)
    for (const input of [zip, folder]) {
      const { flaws, inputs } = await listed(input)
      expect(flaws).toEqual([])
      expect(inputs.files.map((file) => file.path)).toEqual([...names].sort())
    }
  })

  it('is the archive itself, wherever it lies in a folder that was given', async () => {
    const folder = path.join(temporaryFolder(), 'all')
    for (const name of ['x.png', 'archive/images/2025/01/02/y.png', 'deep/archive/y.png'])
      put(path.join(folder, name), name)
    const own = (name: string) => listedBut(path.join(folder, name), folder)
    expect((await own('archive')).places).toEqual(['all › deep/archive/y.png', 'all › x.png'])
    expect((await own('deep/archive')).places).toEqual(['all › archive/images/2025/01/02/y.png', 'all › x.png'])
    expect((await own('archive')).flaws).toEqual([])
  })
})

describe('what is refused', () => {
  it('is a zip that unpacks to far too much, each of its files being small enough', async () => {
    const zeros = Buffer.alloc(40_000_000)
    const bomb = zipFile(
      'bomb.zip',
      [1, 2].map((number) => ({ name: `${number}.bin`, data: zeros, method: 8 })),
    )
    const one = zipFile('one.zip', [{ name: '1.bin', data: zeros, method: 8 }])
    expect(reasons((await listed(bomb)).flaws)).toEqual(['bomb.zip: would unpack to 80000000 bytes: refused'])
    expect(reasons((await listed(one)).flaws)).toEqual([])
  })

  it('is a zip in a zip that is small by itself, once all of them together are far too much', async () => {
    const inner = (number: number) =>
      nested(`${number}.zip`, [{ name: 'zeros.bin', data: Buffer.alloc(60_000_000), method: 8 }], 8)
    const [few, many] = [zipFile('few.zip', [inner(1)]), zipFile('many.zip', [1, 2, 3].map(inner))]
    expect(reasons((await listed(few)).flaws)).toEqual([])
    const { flaws, places } = await listed(many)
    expect(places).toEqual(['many.zip › 1.zip › zeros.bin'])
    expect(flaws.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      '2.zip: would unpack to 60000000 bytes: refused',
      '3.zip: would unpack to 60000000 bytes: refused',
    ])
  })

  it('is one entry alone that claims an absurd size, or that is a bomb', async () => {
    const zip = zipFile('export.zip', [
      { name: 'a.txt', data: 'a' },
      { name: 'absurd.bin', data: 'x', claimedSize: 4_000_000_000 },
      { name: 'bomb.bin', data: Buffer.alloc(80_000_000), method: 8 },
      nested('inner.zip', [
        { name: 'b.txt', data: 'b' },
        { name: 'absurd.bin', data: 'x', claimedSize: 4_000_000_000 },
      ]),
      { ...nested('absurd.zip', [{ name: 'c.txt' }]), claimedSize: 4_000_000_000 },
    ])
    const { flaws, inputs, places } = await listed(zip)
    expect(places).toEqual(['export.zip › a.txt', 'export.zip › inner.zip › b.txt'])
    expect(await Promise.all(inputs.files.map(textOf))).toEqual(['a', 'b'])
    const reason = 'would unpack to 4000000000 bytes: refused'
    expect(flaws).toEqual([
      { archive: 'export.zip', path: 'absurd.bin', reason },
      { archive: 'export.zip', path: 'bomb.bin', reason: 'would unpack to 80000000 bytes: refused' },
      { archive: 'export.zip › inner.zip', path: 'absurd.bin', reason },
      { archive: 'export.zip', path: 'absurd.zip', reason },
    ])
  })

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'is a zip that may not be read, as what it is and not as a damaged one',
    async () => {
      const folder = path.join(temporaryFolder(), 'all')
      const zip = zipFile('one.zip', [{ name: 'a' }], folder)
      zipFile('two.zip', [{ name: 'b' }], folder)
      chmodSync(zip, 0)
      for (const inputs of [[zip, path.join(folder, 'two.zip')], [folder]]) {
        const { flaws, places } = await listed(...inputs)
        expect(reasons(flaws)).toEqual(['one.zip: may not be read: permission denied'])
        expect(places).toHaveLength(1)
      }
    },
  )

  it('is a name that leads elsewhere, wherever it lies', async () => {
    const names = [
      '/etc/x',
      '\\\\server\\x',
      'C:\\x',
      'd:x',
      '../x',
      'a/../../x',
      'a\\..\\x',
      'nul\0x',
      `${'é'.repeat(2049)}`,
    ]
    const entries = [...names.map((name) => ({ name })), { name: './a\\b//c.png', data: 'fine' }]
    const { flaws, places } = await listed(zipFile('evil.zip', entries))
    expect(places).toEqual(['evil.zip › a/b/c.png'])
    expect(flaws.map(({ reason }) => reason)).toEqual([
      ...[
        'has an absolute name',
        'has an absolute name',
        'has a name with a drive letter',
        'has a name with a drive letter',
      ],
      ...['has a name that leads upwards', 'has a name that leads upwards', 'has a name that leads upwards'],
      ...['has a name that holds a NUL', 'has a name longer than 4096 bytes'],
    ])
    expect(flaws.every(({ path }) => path.length <= 200 && !path.includes('\0'))).toBe(true)
    expect(safePath('./.')).toEqual({ isSafe: false, reason: 'has no name' })
    expect(safePath('a..b/...')).toEqual({ isSafe: true, path: 'a..b/...' })
  })

  it('is a symbolic link, in a zip and in a folder, and what is encrypted', async () => {
    const folder = path.join(temporaryFolder(), 'all')
    put(path.join(folder, 'a.txt'), 'a')
    symlinkSync('/etc', path.join(folder, 'etc'))
    symlinkSync('a.txt', path.join(folder, 'b.txt'))
    const zip = zipFile('z.zip', [
      { name: 'link', data: '/etc/passwd', isSymlink: true },
      { name: 'secret', data: 'x', isEncrypted: true },
      { ...nested('secret.zip', []), isEncrypted: true },
    ])
    const { flaws, places } = await listed(folder, zip)
    expect(places).toEqual(['all › a.txt'])
    expect(reasons(flaws).sort()).toEqual([
      'b.txt: is a symbolic link',
      'etc: is a symbolic link',
      'link: is a symbolic link',
      'z.zip: is encrypted: 2 files in it cannot be read',
    ])
  })

  const noZip = (why: string) =>
    `is no zip, or a damaged one (${why}). Give the zip that OpenAI sent, or the folder it was unpacked to`

  it('is what is no zip, and a zip that is damaged inside', async () => {
    const wrong = { ...nested('wrong.zip', [{ name: 'x', data: 'x'.repeat(99) }], 8), claimedCrc: 1 }
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'image.png'), 'no zip')
    const outer = zipFile('outer.zip', [wrong, { name: 'text.zip', data: 'no zip' }, { name: 'fine' }], folder)
    const { flaws, places } = await listed(path.join(folder, 'image.png'), outer)
    expect(places).toEqual(['outer.zip › fine'])
    expect(flaws).toEqual([
      { archive: '', path: 'image.png', reason: noZip('nothing in it looks like a zip') },
      {
        archive: 'outer.zip',
        path: 'wrong.zip',
        reason: noZip('"wrong.zip" is damaged: its checksum differs'),
      },
      {
        archive: 'outer.zip',
        path: 'text.zip',
        reason: noZip('nothing in it looks like a zip'),
      },
    ])
  })

  it('is nothing of a zip that is cut off but what is not there', async () => {
    const zip = makeZip([
      { name: 'a', data: 'a' },
      { name: 'b', data: 'b' },
      { name: 'c', data: 'c'.repeat(500) },
    ])
    const file = put(path.join(temporaryFolder(), 'cut.zip'), zip.subarray(0, 300))
    const { flaws, places } = await listed(file)
    expect(places).toEqual(['cut.zip › a', 'cut.zip › b'])
    expect(reasons(flaws)).toEqual(['cut.zip: is cut off; 2 files of it could be read ("c" is cut off)'])
  })

  it('is a path that is not there, as a mistake of who gave it', async () => {
    const missing = path.join(temporaryFolder(), 'missing.zip')
    await expect(listed(missing)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(missing) })
    await expect(listed('/dev/null')).rejects.toMatchObject({ code: 'usage' })
  })

  it('is a folder to unpack in that cannot be written, as trouble with the disk', async () => {
    const folder = temporaryFolder()
    const zip = zipFile('outer.zip', [nested('inner.zip', [{ name: 'x' }], 8)], folder)
    mkdirSync(path.join(folder, 'taken'))
    const workFolder = put(path.join(folder, 'taken', 'file'), 'not a folder')
    await expect(openInputs([zip], { workFolder, onFlaw: () => {} })).rejects.toMatchObject({ code: 'disk' })
  })
})
