import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fileAccess } from '../../src/openai-export/inputs/file-access.ts'
import type { ZipEntry } from '../../src/zip/entry.ts'
import { type RandomAccess, sliceAccess } from '../../src/zip/random-access.ts'
import { openZip } from '../../src/zip/zip.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { type FakeEntry, makeZip, writeSparseZip } from '../fakes/zip.ts'

const gibi = 2 ** 30
const opened: RandomAccess[] = []
afterEach(async () => {
  for (const access of opened.splice(0)) await access.close()
})

async function accessTo(file: string): Promise<RandomAccess> {
  const access = await fileAccess(file)
  opened.push(access)
  return access
}
const zipOf = async (bytes: Buffer) => openZip(await accessTo(put(path.join(temporaryFolder(), 'a.zip'), bytes)))

async function bytesOf(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const textOf = async (entry: ZipEntry | undefined) => entry && (await bytesOf(entry.open())).toString('latin1')
const textsOf = async (entries: readonly ZipEntry[]) => Promise.all(entries.map(async (entry) => await textOf(entry)))
const namesOf = (zip: { entries: readonly ZipEntry[] }) => zip.entries.map((entry) => entry.name)

const noise = randomBytes(300_000).toString('latin1')
const prose = 'a cat in the rain, '.repeat(40_000)
const binary = (text: string) => Buffer.from(text, 'latin1')
const sample: FakeEntry[] = [
  { name: 'conversations.json', data: binary(prose), method: 8 },
  { name: 'a/photo.png', data: binary(noise) },
  { name: 'empty.txt' },
  { name: 'noise.dat', data: binary(noise), method: 8 },
]
const texts = [prose, noise, '', noise]

describe('a whole zip', () => {
  it.each([
    ['as it is', {}],
    ['in ZIP64', { zip64: true }],
    ['with descriptors', { descriptors: true }],
    ['in ZIP64 with descriptors', { zip64: true, descriptors: true }],
    ['with a comment', { comment: 'exported on a rainy day' }],
    ['with a comment that looks like an end', { comment: makeZip([]) }],
    ['with a comment that holds a zip', { comment: makeZip([{ name: 'x' }]) }],
    ['after a program', { prefix: Buffer.from('MZ – unpacks itself') }],
    ['in ZIP64 after a program', { prefix: Buffer.from('MZ – unpacks itself'), zip64: true }],
    ['after a program that is counted', { prefix: Buffer.from('#!/bin/sh\n'), countsPrefix: true }],
  ])('is read %s', async (_, options) => {
    const zip = await zipOf(makeZip(sample, options))
    expect(zip).toMatchObject({ isTruncated: false, flaw: null })
    expect(namesOf(zip)).toEqual(sample.map((entry) => entry.name))
    expect(zip.entries.map((entry) => entry.sizeBytes)).toEqual(texts.map((text) => text.length))
    expect((await textsOf(zip.entries)).map((text, index) => text === texts[index])).toEqual([true, true, true, true])
  })

  it('may be empty', async () => {
    expect(await zipOf(makeZip([]))).toEqual({ entries: [], isTruncated: false, flaw: null })
  })

  it('keeps two entries of the same name', async () => {
    const zip = await zipOf(
      makeZip([
        { name: 'a', data: '1' },
        { name: 'a', data: '2' },
      ]),
    )
    expect(await textsOf(zip.entries)).toEqual(['1', '2'])
  })

  it('tells folders, symbolic links, times and checksums', async () => {
    const modifiedAt = new Date(2025, 1, 3, 4, 5, 6)
    const zip = await zipOf(
      makeZip([
        { name: 'a/', modifiedAt },
        { name: 'a/link', data: '/etc/passwd', isSymlink: true, unixTime: 1_700_000_000 },
      ]),
    )
    expect(zip.entries).toMatchObject([
      { isFolder: true, isSymlink: false, modifiedAt },
      {
        isFolder: false,
        isSymlink: true,
        modifiedAt: new Date(1_700_000_000_000),
        crc32: expect.any(Number),
      },
    ])
  })

  it('reads names as UTF-8 when flagged or valid, as CP437 otherwise, and the Unicode field before both', async () => {
    const zip = await zipOf(
      makeZip([
        { name: 'käse.png' },
        { name: 'käse.png', isUnflagged: true },
        { name: Buffer.from([0x6b, 0x84, 0x73, 0x65]), isUnflagged: true },
        { name: Buffer.from([0x6b, 0x84]), isUnflagged: true, unicodeName: 'К.png' },
      ]),
    )
    expect(namesOf(zip)).toEqual(['käse.png', 'käse.png', 'käse', 'К.png'])
  })

  it('reads more entries than 16 bits count', async () => {
    const zip = await zipOf(makeZip(Array.from({ length: 70_000 }, (_, index) => ({ name: `${index}` }))))
    expect(zip.entries).toHaveLength(70_000)
  })

  it('may lie in another one, to be read in place', async () => {
    const outer = await zipOf(makeZip([{ name: 'x' }, { name: 'inner.zip', data: makeZip(sample, { zip64: true }) }]))
    const place = await outer.entries[1]?.inPlace()
    const inner = await openZip(place as RandomAccess)
    expect((await textsOf(inner.entries)).map((text, index) => text === texts[index])).not.toContain(false)
    expect(await (await zipOf(makeZip(sample))).entries[0]?.inPlace()).toBeNull()
  })

  it('is the same to us as to zip and python3', async () => {
    const folder = temporaryFolder()
    put(path.join(folder, 'deep', 'ä.txt'), prose)
    put(path.join(folder, 'noise.dat'), binary(noise))
    const makers = [
      ['zip', ['-qr', 'z.zip', 'deep', 'noise.dat']],
      ['zip', ['-qr0', '-fz', 'z.zip', 'deep', 'noise.dat']],
      ['sh', ['-c', 'cat noise.dat | zip -q - - > z.zip']],
      ['python3', ['-m', 'zipfile', '-c', 'z.zip', 'deep', 'noise.dat']],
    ] as const
    for (const [command, args] of makers) {
      try {
        execFileSync(command, args, { cwd: folder, stdio: 'ignore' })
      } catch {
        continue
      }
      const zip = await openZip(await accessTo(path.join(folder, 'z.zip')))
      expect(zip.flaw).toBeNull()
      const read = new Map(
        await Promise.all(zip.entries.map(async (entry) => [entry.name, await textOf(entry)] as const)),
      )
      expect(read.get('noise.dat') ?? read.get('-')).toBe(noise)
      if (read.has('deep/')) expect(read.get('deep/ä.txt')).toBe(prose)
    }
  })

  it('made for a test is whole to unzip too', () => {
    const file = put(path.join(temporaryFolder(), 'a.zip'), makeZip(sample, { zip64: true, descriptors: true }))
    try {
      execFileSync('unzip', ['-v'], { stdio: 'ignore' })
    } catch {
      return
    }
    expect(execFileSync('unzip', ['-t', file], { encoding: 'utf8' })).toContain('No errors')
  })
})

describe('an entry that cannot be trusted', () => {
  const only = async (entry: FakeEntry) => (await zipOf(makeZip([entry]))).entries[0] as ZipEntry
  const read = async (entry: FakeEntry) => {
    const got: Buffer[] = []
    let flaw = ''
    try {
      for await (const chunk of (await only(entry)).open()) got.push(chunk)
    } catch (error) {
      flaw = String(error)
    }
    return { bytes: Buffer.concat(got).length, flaw }
  }

  it.each([0, 8])('ends at the size it is said to have (method %i)', async (method) => {
    const { bytes, flaw } = await read({ name: 'a', data: binary(prose), method, claimedSize: 1000 })
    expect(bytes).toBe(1000)
    expect(flaw).toContain('"a" is larger than the 1000 bytes')
  })

  it.each([0, 8])('is refused when it is shorter than said (method %i)', async (method) => {
    const { flaw } = await read({ name: 'a', data: 'abc', method, claimedSize: 1000 })
    expect(flaw).toContain('"a" has 3 bytes instead of the 1000')
  })

  it('is refused when its checksum differs, or its bytes are damaged', async () => {
    expect((await read({ name: 'a', data: 'abc', claimedCrc: 7 })).flaw).toContain('checksum differs')
    const zip = makeZip([{ name: 'a', data: binary(noise), method: 8 }])
    zip.fill(0xff, 1000, 2000)
    const entry = (await zipOf(zip)).entries[0] as ZipEntry
    await expect(bytesOf(entry.open())).rejects.toThrow('"a" is damaged')
  })

  it('is refused when its packed bytes break off', async () => {
    const zip = makeZip([{ name: 'a', data: binary(noise), method: 8, claimedPacked: 1000 }])
    const entry = (await zipOf(zip)).entries[0] as ZipEntry
    await expect(bytesOf(entry.open())).rejects.toThrow('"a" is damaged: unexpected end of file')
  })

  it('is refused at once when encrypted or packed in a way we do not read', async () => {
    const encrypted = await only({ name: 'a', isEncrypted: true })
    expect(() => encrypted.open()).toThrow('"a" is encrypted')
    const bzip2 = await only({ name: 'a', data: 'x', method: 12 })
    expect(() => bzip2.open()).toThrow('"a" is packed with method 12 (bzip2), which is not read')
  })

  it('is refused when it unpacks to more than two hundred times its size', async () => {
    const { bytes, flaw } = await read({ name: 'a', data: Buffer.alloc(80 * 2 ** 20), method: 8 })
    expect(flaw).toContain('unpacks to more than 200 times its size')
    expect(bytes).toBeLessThanOrEqual(64 * 2 ** 20)
  })

  it('is refused when it tells the bytes of another one again', async () => {
    const zip = makeZip([
      { name: 'a', data: 'first' },
      { name: 'b', data: 'second' },
    ])
    const second = zip.lastIndexOf('PK\u0001\u0002')
    zip.writeUInt32LE(0, second + 42)
    const { entries, flaw } = await zipOf(zip)
    expect(flaw).toBe('1 of its entries overlap others')
    expect(await textOf(entries[0])).toBe('first')
    expect(() => entries[1]?.open()).toThrow('"b" overlaps another entry')
  })

  it('is refused when its place is beyond the file', async () => {
    const zip = makeZip([{ name: 'a', data: 'first' }])
    zip.writeUInt32LE(2 ** 31, zip.lastIndexOf('PK\u0001\u0002') + 42)
    const { entries } = await zipOf(zip)
    await expect(textOf(entries[0])).rejects.toThrow('"a" is damaged: its bytes are not where')
  })
})

describe('a zip without its end', () => {
  it.each([
    ['told', {}],
    ['told in ZIP64', { zip64: true }],
    ['told afterwards', { descriptors: true }],
    ['told afterwards in ZIP64', { zip64: true, descriptors: true }],
    ['told afterwards without a signature', { descriptors: 'bare' as const }],
    ['told, and something prepended', { prefix: randomBytes(3_000_000) }],
  ])('gives every entry whose sizes are %s', async (_, options) => {
    const zip = makeZip(sample, options)
    const cut = await zipOf(zip.subarray(0, zip.indexOf('PK\u0001\u0002') + 20))
    expect(cut).toMatchObject({ isTruncated: true, flaw: 'its table of contents is missing or damaged' })
    expect(namesOf(cut)).toEqual(sample.map((entry) => entry.name))
    expect((await textsOf(cut.entries)).map((text, index) => text === texts[index])).toEqual([true, true, true, true])
  })

  it.each([{}, { descriptors: true }])('gives what is whole, wherever it is cut (%j)', async (options) => {
    const entries = [1, 2, 3].map((no) => ({ name: `${no}`, data: prose.slice(0, no * 20), method: no === 2 ? 8 : 0 }))
    const zip = makeZip(entries, options)
    const counts: number[] = []
    for (let length = 4; length < zip.length; length++) {
      const cut = await openZip(access(zip.subarray(0, length)))
      for (const entry of cut.entries) {
        expect(await textOf(entry)).toBe(entries[Number(entry.name) - 1]?.data)
      }
      expect(cut.isTruncated).toBe(true)
      expect(cut.flaw).not.toBeNull()
      counts.push(cut.entries.length)
    }
    expect(counts).toEqual([...counts].sort())
    expect(new Set(counts)).toEqual(new Set([0, 1, 2, 3]))
  })

  it('names the entry that is cut off', async () => {
    const zip = makeZip(sample.slice(0, 2))
    expect(await zipOf(zip.subarray(0, zip.indexOf('photo.png') + 5000))).toMatchObject({
      entries: [{ name: 'conversations.json' }],
      flaw: '"a/photo.png" is cut off',
    })
  })

  it('is not mistaken for the zip that stands whole at the end of what is left', async () => {
    const inner = makeZip([{ name: 'inner.png', data: 'x' }])
    for (const method of [0, 8]) {
      const zip = makeZip([
        { name: 'a', data: noise, method: 8 },
        { name: 'b.zip', data: inner },
        { name: 'c', data: noise, method },
      ])
      const cut = await zipOf(zip.subarray(0, zip.indexOf('inner.png', zip.indexOf('inner.png') + 9) + 100))
      expect(namesOf(cut)).toEqual(['a', 'b.zip'])
    }
  })

  it('finds what was stored with a descriptor, though zips lie in it', async () => {
    const inner = makeZip(sample, { descriptors: true })
    const zip = makeZip(
      [
        { name: 'inner.zip', data: inner },
        { name: 'b', data: 'end' },
      ],
      { descriptors: true },
    )
    const cut = await zipOf(zip.subarray(0, zip.length - 10))
    expect(namesOf(cut)).toEqual(['inner.zip', 'b'])
    expect((await bytesOf((cut.entries[0] as ZipEntry).open())).equals(inner)).toBe(true)
  })

  it('goes on after an entry that is damaged', async () => {
    const zip = makeZip(sample, { descriptors: true })
    zip.fill(0xff, 40, 600)
    const cut = await zipOf(zip.subarray(0, zip.length - 10))
    expect(namesOf(cut).slice(-3)).toEqual(['a/photo.png', 'empty.txt', 'noise.dat'])
    expect(cut.flaw).toContain('is damaged')
  })

  it('gives both of two zips put together', async () => {
    const zip = await zipOf(Buffer.concat([makeZip([{ name: 'a' }]), makeZip([{ name: 'b' }])]))
    expect(namesOf(zip)).toEqual(['a', 'b'])
  })

  it('is refused when it is something else', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('PK'), Buffer.from('{"not":"a zip"}'), randomBytes(200_000)]) {
      await expect(zipOf(bytes)).rejects.toThrow('nothing in it looks like a zip')
    }
  })
})

// NTFS fills what was skipped with zeros, which takes minutes.
describe.skipIf(process.platform === 'win32')('a zip beyond 4 GiB', () => {
  const entries: FakeEntry[] = [
    { name: 'before.txt', data: 'before' },
    { name: 'huge.mp4', sparseBytes: 5 * gibi + 3 },
    { name: 'after.txt', data: 'after', method: 8 },
    { name: 'huger.mp4', sparseBytes: 8 * gibi },
    { name: 'after.txt', data: 'again' },
    { name: 'end.json', data: prose, method: 8 },
  ]

  it.each([
    ['with ZIP64', { zip64: true }],
    ['with ZIP64 and descriptors', { zip64: true, descriptors: true }],
    ['without ZIP64', {}],
    ['without ZIP64, with descriptors', { descriptors: true }],
    ['without ZIP64, with a comment', { comment: 'PK\u0005\u0006' }],
    ['without ZIP64, after a program', { prefix: Buffer.from('MZ') }],
  ])('is read whole when written %s', async (_, options) => {
    const access = await accessTo(writeSparseZip(path.join(temporaryFolder(), 'huge.zip'), entries, options))
    const zip = await openZip(access)
    expect(zip).toMatchObject({ isTruncated: false, flaw: null })
    expect(zip.entries.map((entry) => entry.sizeBytes)).toEqual([6, 5 * gibi + 3, 5, 8 * gibi, 5, prose.length])
    const small = zip.entries.filter((entry) => entry.sizeBytes < gibi)
    expect(await textsOf(small)).toEqual(['before', 'after', 'again', prose])
    const place = await zip.entries[3]?.inPlace()
    expect(place?.size).toBe(8 * gibi)
    expect(await place?.read(8 * gibi - 2, 9)).toEqual(Buffer.alloc(2))
  })

  it('gives what is whole when it is cut off, with ZIP64 and without', async () => {
    for (const zip64 of [true, false]) {
      const access = await accessTo(writeSparseZip(path.join(temporaryFolder(), 'huge.zip'), entries, { zip64 }))
      const zip = await openZip(sliceAccess(access, 0, access.size - 150))
      expect(namesOf(zip)).toEqual(entries.map((entry) => entry.name))
      expect(zip.entries.map((entry) => entry.sizeBytes)).toEqual([6, 5 * gibi + 3, 5, 8 * gibi, 5, prose.length])
      expect(await textOf(zip.entries[5])).toBe(prose)
    }
  })

  it('lets a deflated entry be 4 GiB larger than its 32 bits tell', async () => {
    const file = writeSparseZip(path.join(temporaryFolder(), 'huge.zip'), [
      { name: 'huge', sparseBytes: 5 * gibi },
      { name: 'honest', data: prose, method: 8 },
      { name: 'liar', data: prose, method: 8, claimedSize: prose.length - 1 },
    ])
    const zip = await openZip(await accessTo(file))
    expect(await textOf(zip.entries[1])).toBe(prose)
    await expect(textOf(zip.entries[2])).rejects.toThrow(`"liar" has ${prose.length} bytes instead of`)
  })
})

describe('reading', () => {
  it('ends when nobody wants more, and may begin again', async () => {
    const zip = await zipOf(makeZip([{ name: 'a', data: randomBytes(20 * 2 ** 20), method: 8 }]))
    for (let time = 0; time < 5; time++) {
      for await (const chunk of (zip.entries[0] as ZipEntry).open()) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
    }
  })

  it('gives chunks of 1 MiB at most, and all bytes, from any place to any other', async () => {
    const bytes = randomBytes(3_300_000)
    const access = await accessTo(put(path.join(temporaryFolder(), 'a'), bytes))
    const slice = sliceAccess(access, 1000, 3_000_000)
    expect((await bytesOf(slice.stream(5, 9_999_999))).equals(bytes.subarray(1005, 3_001_000))).toBe(true)
    expect(await slice.read(2_999_990, 100)).toEqual(bytes.subarray(3_000_990, 3_001_000))
    for await (const chunk of access.stream(0, bytes.length)) expect(chunk.length).toBeLessThanOrEqual(2 ** 20)
  })

  it('says so when the file becomes shorter meanwhile', async () => {
    const file = put(path.join(temporaryFolder(), 'a'), Buffer.alloc(2_000_000))
    const access = await accessTo(file)
    put(file, Buffer.alloc(10))
    await expect(bytesOf(access.stream(0, 2_000_000))).rejects.toThrow('became shorter')
    expect(readFileSync(file)).toHaveLength(10)
  })
})

/** Bytes in memory, for tests that open many zips. */
function access(bytes: Buffer): RandomAccess {
  return {
    size: bytes.length,
    read: async (position, length) => bytes.subarray(position, position + length),
    async *stream(start, end) {
      if (start < Math.min(end, bytes.length)) yield bytes.subarray(start, end)
    },
    close: async () => {},
  }
}
