import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  promises,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { ArchiverError, exitCodes } from '../../src/errors.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import type { FileId } from '../../src/sites/ids.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { openRun } from '../fakes/intake.ts'
import { sha256Of } from '../fakes/sha256.ts'
import { until } from '../fakes/until.ts'

afterEach(() => void vi.restoreAllMocks())

const pictures = Array.from({ length: 6 }, (_, at) => {
  const bytes = makePng({ widthPx: 32, heightPx: 24 }, 20_000 + at)
  return { fileId: fileId(`file-number${at}`), bytes, sha256: sha256Of(bytes) }
})
const truth = pictures.map(({ sha256 }) => sha256).sort()

/** A run over an archive, as the daemon has one, with a short patience. */
async function run(root: string, memory: { maxBytes?: number; pausesMs?: readonly number[] } = {}) {
  const now = () => new Date(2026, 4, 7)
  const one = await openRun(root, { now, maxWaitDays: 1_000, memory: { pausesMs: [5], ...memory } })
  let isClosed = false
  const close = async () => {
    isClosed = true
    return one.close()
  }
  onTestFinished(async () => void (isClosed || (await close())))
  const deliver = async (some = pictures) => {
    for (const { fileId, bytes } of some) {
      await one.intake.learn(facts({ fileId, genId: null, sizeBytes: bytes.length }))
      await one.intake.receive({ fileId, bytes, host: 'files.oaiusercontent.com', receivedAt: now() })
    }
  }
  return { ...one, deliver, close }
}

/** Pictures as a person sees them; at any moment a trial may be under way in a hidden file. */
const imagesIn = (root: string) => filesBelow(path.join(root, 'images')).filter((name) => !name.endsWith('.part'))

/** Everything an archive holds, and nothing else: each picture once, whole, with one record, and no half waiting. */
function expectWhole(root: string) {
  const images = filesBelow(path.join(root, 'images'))
  const hashes = images.map((name) => sha256Of(readFileSync(path.join(root, 'images', name))))
  expect(hashes.sort()).toEqual(truth)
  const records = filesBelow(path.join(root, 'database')).map(
    (name) => JSON.parse(readFileSync(path.join(root, 'database', name), 'utf8')) as PictureRecord,
  )
  expect(records.map(({ sha256 }) => sha256).sort()).toEqual(truth)
  expect(filesBelow(path.join(root, 'pending')).filter((name) => name !== 'facts.ndjson')).toEqual([])
}

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' })
const unmount = (folder: string) => execFileSync('umount', ['-l', folder], { stdio: 'ignore' })

/** Whether this machine lets us have small disks of our own. */
const mayMount = (() => {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false
  const folder = path.join(process.env.TMPDIR ?? '/tmp', `dalle-archiver-mount-${process.pid}`)
  try {
    mkdirSync(folder)
    mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)
    unmount(folder)
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})()

/** A disk of one megabyte. */
function smallDisk(): string {
  const folder = temporaryFolder()
  mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder)
  onTestFinished(() => void unmount(folder))
  return folder
}

/** Takes what is left on a disk, but for `leftBytes`. */
function fill(disk: string, leftBytes = 0) {
  const ballast = path.join(disk, 'ballast')
  for (const size of [65_536, 4_096]) {
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' })
    } catch {
      // Full.
    }
  }
  truncateSync(ballast, statSync(ballast).size - leftBytes)
  return () => rmSync(ballast)
}

describe.skipIf(!mayMount)('a real disk', () => {
  it.each([
    ['without any room', 0],
    ['with room for one picture and a bit', 36_864],
    ['with room for facts only', 8_192],
  ])(
    'that is full (%s) is reported once; what came is written when there is space, and nothing twice',
    async (_, left) => {
      const disk = smallDisk()
      const one = await run(path.join(disk, 'archive'))
      const empty = fill(disk, left)
      await one.deliver()
      expect(one.notices).toHaveLength(1)
      expect(one.notices[0]).toContain('The archive cannot be written (ENOSPC: no space left on device)')
      expect(one.kept.length).toBeLessThan(pictures.length)
      for (const name of imagesIn(one.root))
        expect(truth).toContain(sha256Of(readFileSync(path.join(one.root, 'images', name))))
      empty()
      await until(() => one.kept.length === pictures.length)
      await until(() => one.notices.length === 2)
      expect(one.notices[1]).toContain('can be written again')
      await one.deliver()
      expect(await one.close()).toBe(0)
      expect(one.oddities).toEqual([])
      expect(one.kept).toHaveLength(pictures.length)
      expectWhole(one.root)
    },
  )

  it('that stays full: how much could not be written is reported, and the next run archives it', async () => {
    const disk = smallDisk()
    const one = await run(path.join(disk, 'archive'))
    const empty = fill(disk)
    await one.deliver()
    expect(await one.close()).toBeGreaterThan(0)
    empty()
    const next = await run(one.root)
    await next.deliver()
    await next.close()
    expectWhole(one.root)
  })

  it('that is read-only is reported once, and written to when it becomes writable', async () => {
    const disk = smallDisk()
    const one = await run(path.join(disk, 'archive'))
    mount('-o', 'remount,ro', disk)
    await one.deliver()
    expect(one.notices).toEqual([expect.stringContaining('EROFS: read-only file system')])
    expect(one.kept).toEqual([])
    mount('-o', 'remount,rw', disk)
    await until(() => one.kept.length === pictures.length)
    expect(await one.close()).toBe(0)
    expectWhole(one.root)
  })

  it('that is removed is reported, and nothing is written in its place', async () => {
    const folder = temporaryFolder()
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder)
    const one = await run(folder)
    unmount(folder)
    await one.deliver()
    expect(one.notices).toEqual([expect.stringContaining(`The archive folder ${folder} is gone`)])
    expect(filesBelow(folder)).toEqual([])
    expect(await one.close()).toBeGreaterThan(0)
    expect(filesBelow(folder)).toEqual([])
  })

  it('that is read-only when we start gives an error with a hint and exit code 8', async () => {
    const disk = smallDisk()
    await (await run(path.join(disk, 'archive'))).close()
    mount('-o', 'remount,ro', disk)
    const error = await openArchive(path.join(disk, 'archive'), { isLocked: true }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ArchiverError)
    expect(exitCodes[(error as ArchiverError).code]).toBe(8)
    expect((error as ArchiverError).hint).toContain('archivePath')
  })
})

/** Lets every write fail as a disk does, until it is mended; a file that is begun is left half written. */
function failingWrites(code: string, isFailing: () => boolean) {
  const open = promises.open
  const fail = () => Object.assign(new Error(`${code}: injected, write`), { code })
  return vi.spyOn(promises, 'open').mockImplementation(async (place, flags, mode) => {
    const isWriting = flags !== 'r' && flags !== undefined && flags !== 0
    if (isWriting && isFailing() && code === 'EROFS') throw fail()
    const handle = await open(place, flags, mode)
    if (!isWriting || !isFailing()) return handle
    const write = handle.writeFile.bind(handle)
    handle.writeFile = async (data, ...rest) => {
      const bytes = Buffer.from(data as Buffer)
      await write(bytes.subarray(0, bytes.length >> 1), ...rest)
      throw fail()
    }
    return handle
  })
}

describe('a disk that refuses', () => {
  it.each(['ENOSPC', 'EROFS', 'EIO', 'EDQUOT'])(
    'with %s is reported once; what came is written later, and nothing twice',
    async (code) => {
      const one = await run(temporaryFolder())
      let isFailing = true
      const spy = failingWrites(code, () => isFailing)
      await one.deliver()
      expect(spy).toHaveBeenCalled()
      expect(one.notices).toEqual([expect.stringContaining(`The archive cannot be written (${code}: injected`)])
      expect(one.kept).toEqual([])
      expect(imagesIn(one.root)).toEqual([])
      isFailing = false
      await until(() => one.kept.length === pictures.length)
      expect(await one.close()).toBe(0)
      expectWhole(one.root)
    },
  )

  it('negative control: without faults nothing is reported', async () => {
    const one = await run(temporaryFolder())
    failingWrites('ENOSPC', () => false)
    await one.deliver()
    await one.close()
    expect(one.notices).toEqual([])
    expectWhole(one.root)
  })

  it('for so long that memory is full loses what does not fit, and that is reported', async () => {
    const one = await run(temporaryFolder(), { maxBytes: 75_000, pausesMs: [1e9] })
    let isFailing = true
    failingWrites('ENOSPC', () => isFailing)
    await one.deliver()
    const lost = one.oddities.filter((oddity) => oddity.startsWith('lost: '))
    expect(lost.length).toBeGreaterThan(0)
    expect(lost[0]).toMatch(/^lost: file-number\d: ENOSPC: injected, and memory is full$/)
    isFailing = false
    expect(await one.close()).toBe(0)
    // Nothing is half: what was lost may come again.
    const next = await run(one.root)
    await next.deliver()
    await next.close()
    expect(one.kept.length).toBeLessThan(pictures.length)
    expect(one.kept.length + next.kept.length).toBe(pictures.length)
    expectWhole(one.root)
  })

  it('does not make us ask again for bytes that already wait in memory', async () => {
    const one = await run(temporaryFolder(), { pausesMs: [1e9] })
    failingWrites('ENOSPC', () => true)
    await one.deliver()
    for (const { fileId } of pictures) expect(one.intake.wantsBytes(fileId)).toBe(false)
    vi.restoreAllMocks()
    await one.close()
    expectWhole(one.root)
  })

  it('that is slow loses nothing and confuses nothing', async () => {
    const one = await run(temporaryFolder())
    const open = promises.open
    vi.spyOn(promises, 'open').mockImplementation(async (...given) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
      return open(...given)
    })
    await Promise.all([one.deliver(), one.deliver([...pictures].reverse()), one.deliver()])
    expect(await one.close()).toBe(0)
    expect(one.kept).toHaveLength(pictures.length)
    expect([...one.notices, ...one.oddities]).toEqual([])
    expectWhole(one.root)
  })
})

describe('an archive folder that goes away', () => {
  it('is reported once; when it is back everything is written, and nothing to another place', async () => {
    const home = temporaryFolder()
    const one = await run(path.join(home, 'archive'))
    await one.deliver(pictures.slice(0, 2))
    renameSync(one.root, path.join(home, 'moved'))
    await one.deliver(pictures.slice(2))
    expect(one.notices).toEqual([expect.stringContaining(`The archive folder ${one.root} is gone`)])
    expect(existsSync(one.root)).toBe(false)
    renameSync(path.join(home, 'moved'), one.root)
    await until(() => one.kept.length === pictures.length)
    expect(await one.close()).toBe(0)
    expectWhole(one.root)
  })

  it('and comes back with another owner of the lock is not touched', async () => {
    const home = temporaryFolder()
    const one = await run(path.join(home, 'archive'))
    renameSync(one.root, path.join(home, 'moved'))
    const other = await run(one.root)
    await one.deliver()
    expect(one.notices).toEqual([expect.stringContaining('in use by process')])
    expect(imagesIn(one.root)).toEqual([])
    expect(await one.close()).toBeGreaterThan(0)
    await other.deliver()
    await other.close()
    expectWhole(other.root)
  })
})

describe('a link where a file or folder of the archive should be', () => {
  const year = '2023'
  it.each([
    ['images', 'a folder of images'],
    [`images/${year}`, 'a folder of a year'],
    [`database/${year}`, 'a folder of records'],
    ['pending', 'the folder of what waits'],
  ])('is not followed: %s', async (place) => {
    const [root, elsewhere] = [temporaryFolder(), temporaryFolder()]
    put(path.join(elsewhere, 'precious'), 'precious')
    const link = path.join(root, place)
    mkdirSync(path.dirname(link), { recursive: true })
    symlinkSync(elsewhere, link)
    const one = await run(root, { pausesMs: [1e9] }).catch((error: unknown) => error as ArchiverError)
    if (one instanceof ArchiverError) expect(one.code).toBe('disk')
    else {
      await one.deliver()
      expect(one.kept).toEqual([])
      expect(one.notices).toEqual([expect.stringContaining(`${link} is a link`)])
      await one.close()
    }
    expect(filesBelow(elsewhere)).toEqual(['precious'])
  })

  it('is not followed when it replaces a folder while we run', async () => {
    const elsewhere = temporaryFolder()
    const one = await run(temporaryFolder())
    await one.deliver(pictures.slice(0, 3))
    for (const place of ['images', 'database', 'pending']) {
      renameSync(path.join(one.root, place), path.join(one.root, `real-${place}`))
      symlinkSync(elsewhere, path.join(one.root, place))
    }
    await one.deliver(pictures.slice(3))
    expect(filesBelow(elsewhere)).toEqual([])
    for (const place of ['images', 'database', 'pending']) {
      rmSync(path.join(one.root, place))
      renameSync(path.join(one.root, `real-${place}`), path.join(one.root, place))
    }
    await until(() => one.kept.length === pictures.length)
    await one.close()
    expectWhole(one.root)
  })

  it.each([
    ['a record', (id: FileId) => `database/2023/10/29/unknown-${id.slice(5)}.json`],
    [
      'an image',
      (_: FileId) => `images/2023/10/29/${facts().createdAt.getTime() / 1000}-unknown-Photo-of-a-man-on-the-moon.png`,
    ],
    ['waiting bytes', (id: FileId) => `pending/${id}.bytes`],
    ['what is noted of them', (id: FileId) => `pending/${id}.origin.json`],
  ])('is not written through: %s', async (what, placeOf) => {
    const [root, elsewhere] = [temporaryFolder(), temporaryFolder()]
    const precious = put(path.join(elsewhere, 'precious'), 'precious')
    const [first] = pictures
    if (!first) return
    const link = path.join(root, placeOf(first.fileId))
    mkdirSync(path.dirname(link), { recursive: true })
    symlinkSync(precious, link)
    const one = await run(root, { pausesMs: [1e9] })
    await one.intake.receive({ ...first, host: null, receivedAt: new Date() })
    await one.deliver([first])
    expect(readFileSync(precious, 'utf8')).toBe('precious')
    // A picture is archived when its record is: with a link in that place it is not, and that is said.
    expect(one.kept).toHaveLength(what === 'a record' ? 0 : 1)
    if (what === 'a record') {
      expect(one.notices[0]).toContain('where a record should be')
      rmSync(link)
      expect(await one.close()).toBe(0)
      expect(one.kept).toHaveLength(1)
    } else await one.close()
  })

  it('is not followed in place of the journal of what waits, and is put aside', async () => {
    const [root, elsewhere] = [temporaryFolder(), temporaryFolder()]
    const precious = put(path.join(elsewhere, 'precious'), 'precious\n')
    mkdirSync(path.join(root, 'pending'))
    symlinkSync(precious, path.join(root, 'pending', 'facts.ndjson'))
    const one = await run(root)
    await one.deliver(pictures.slice(0, 1))
    expect(await one.close()).toBe(0)
    expect(one.kept).toHaveLength(1)
    expect(readFileSync(precious, 'utf8')).toBe('precious\n')
    expect(readlinkSync(path.join(root, 'pending', 'facts.ndjson.unreadable'))).toBe(precious)
  })
})
