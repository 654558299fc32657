import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fs from 'fs-extra'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { codeOf } from '../../src/archive/disk-errors.ts'
import { placeNew, remove, writeNew, writeOver } from '../../src/archive/files.ts'
import { ensureFolderIn, flushFolder } from '../../src/archive/folders.ts'
import { namesIn, readIfThere, walkFiles, walkFilesInTurns } from '../../src/archive/read-files.ts'
import { isTemporary } from '../../src/archive/temporary-names.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'

const failure = (code: string) => Object.assign(new Error(`${code}: made to fail`), { code })
const [old, news] = [Buffer.from('the old file, whole'), Buffer.alloc(300_000, 'new ')]

afterEach(() => vi.restoreAllMocks())

/** A disk that takes half of what is written and is full then. */
function fillDiskHalfway() {
  const open = fs.promises.open.bind(fs.promises)
  vi.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
    const handle = await open(...args)
    const write = handle.writeFile.bind(handle)
    handle.writeFile = async (data) => {
      await write((data as Buffer).subarray(0, (data as Buffer).length >> 1))
      throw failure('ENOSPC')
    }
    return handle
  })
}

const sabotages: [string, () => void][] = [
  ['the disk is full halfway', fillDiskHalfway],
  ['the rename fails', () => void vi.spyOn(fs, 'rename').mockImplementation(() => Promise.reject(failure('EIO')))],
]

const walks = [walkFiles, walkFilesInTurns]

describe('replacing a file', () => {
  it('puts the new file in its place', async () => {
    const target = put(path.join(temporaryFolder(), 'a.json'), old)
    await writeOver(target, news)
    expect(readFileSync(target)).toEqual(news)
    expect(readdirSync(path.dirname(target))).toEqual(['a.json'])
  })

  it.each(sabotages)('a write cut short leaves the old file whole: %s', async (_, sabotage) => {
    const target = put(path.join(temporaryFolder(), 'a.json'), old)
    sabotage()
    await expect(writeOver(target, news)).rejects.toThrow('made to fail')
    expect(readFileSync(target)).toEqual(old)
    expect(readdirSync(path.dirname(target))).toEqual(['a.json'])
  })

  it('a write straight to the file would not have left it whole', async () => {
    const target = put(path.join(temporaryFolder(), 'a.json'), old)
    fillDiskHalfway()
    const handle = await fs.promises.open(target, 'w')
    await expect(handle.writeFile(news)).rejects.toThrow('made to fail')
    await handle.close()
    expect(readFileSync(target)).not.toEqual(old)
  })

  it('readers see the old file or the new one, never a part', async () => {
    const target = put(path.join(temporaryFolder(), 'a.json'), old)
    const seen = new Set<number>()
    let isWriting = true
    const reading = (async () => {
      while (isWriting) seen.add((await fs.promises.readFile(target)).length)
    })()
    for (let turn = 0; turn < 30; turn++) await writeOver(target, turn % 2 ? old : news, { isDurable: false })
    isWriting = false
    await reading
    expect([...seen].filter((length) => length !== old.length && length !== news.length)).toEqual([])
  })
})

describe('writing a new file', () => {
  it('goes into folders made for it', async () => {
    const root = temporaryFolder()
    const target = path.join(root, '2023', '10', '29', 'a.png')
    await ensureFolderIn(root, '2023/10/29')
    expect(await writeNew(target, news)).toBe('written')
    expect(readFileSync(target)).toEqual(news)
    expect(readdirSync(path.dirname(target))).toEqual(['a.png'])
  })

  it('never overwrites a file, and leaves no temporary file', async () => {
    const target = put(path.join(temporaryFolder(), 'a.png'), old)
    expect(await writeNew(target, news)).toBe('taken')
    expect(readFileSync(target)).toEqual(old)
    expect(readdirSync(path.dirname(target))).toEqual(['a.png'])
  })

  it('of many at once, one wins and the others get an error', async () => {
    const target = path.join(temporaryFolder(), 'a.png')
    const contents = Array.from({ length: 20 }, (_, at) => Buffer.alloc(10_000, `${at} `))
    const outcomes = await Promise.all(contents.map((bytes) => writeNew(target, bytes)))
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1)
    expect(readFileSync(target)).toEqual(contents[outcomes.indexOf('written')])
    expect(readdirSync(path.dirname(target))).toEqual(['a.png'])
  })

  it.each([
    ['the disk is full halfway', fillDiskHalfway],
    ['the link fails', () => void vi.spyOn(fs, 'link').mockImplementation(() => Promise.reject(failure('EIO')))],
  ])('cut short leaves no file at all: %s', async (_, sabotage) => {
    const folder = temporaryFolder()
    sabotage()
    await expect(writeNew(path.join(folder, 'a.png'), news)).rejects.toThrow('made to fail')
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR', 'EACCES', 'EXDEV', 'EINVAL', 'UNKNOWN'])(
    'works on disks without hard links (%s)',
    async (code) => {
      vi.spyOn(fs, 'link').mockImplementation(() => Promise.reject(failure(code)))
      const target = path.join(temporaryFolder(), 'a.png')
      expect(await writeNew(target, old)).toBe('written')
      expect(await writeNew(target, news)).toBe('taken')
      expect(readFileSync(target)).toEqual(old)
      expect(readdirSync(path.dirname(target))).toEqual(['a.png'])
    },
  )

  it('takes a name of 200 bytes, since the temporary one is short', async () => {
    const folder = temporaryFolder()
    await writeNew(path.join(folder, `${'猫'.repeat(65)}.webp`), old)
    expect(filesBelow(folder)).toEqual([`${'猫'.repeat(65)}.webp`])
  })
})

const tools = { mount: 'mount', unmount: 'umount' }

/** A disk of 128 kB, where this machine lets us have one. */
const smallDisk = (() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dalle-archiver-disk-'))
  try {
    execFileSync(tools.mount, ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
})()
afterAll(() => {
  if (smallDisk === undefined) return
  execFileSync(tools.unmount, [smallDisk])
  rmSync(smallDisk, { recursive: true })
})

describe.runIf(smallDisk !== undefined)('a disk that is really full', () => {
  const target = path.join(smallDisk ?? '', 'a.json')

  it('leaves the old file whole and no part of the new one', async () => {
    writeFileSync(target, old)
    expect(codeOf(await writeOver(target, news).catch((error: unknown) => error))).toBe('ENOSPC')
    expect(codeOf(await writeNew(`${target}2`, news).catch((error: unknown) => error))).toBe('ENOSPC')
    expect(readFileSync(target)).toEqual(old)
    expect(readdirSync(smallDisk ?? '')).toEqual(['a.json'])
  })

  it('would break a file that is written in place', () => {
    writeFileSync(target, old)
    expect(() => writeFileSync(target, news)).toThrow('ENOSPC')
    expect(readFileSync(target)).not.toEqual(old)
  })
})

describe('listing and reading', () => {
  it('shows no temporary file', async () => {
    const folder = temporaryFolder()
    put(path.join(folder, '.0123456789abcdef.part'), 'half')
    put(path.join(folder, 'a.png'), old)
    expect(await namesIn(folder)).toEqual(['a.png'])
    expect(isTemporary('.0123456789abcdef.part')).toBe(true)
    expect(isTemporary('photo.part')).toBe(false)
  })

  it('shows no temporary file while it is being written', async () => {
    const folder = temporaryFolder()
    const seen = new Set<string>()
    const writing = writeNew(path.join(folder, 'a.png'), Buffer.alloc(4_000_000))
    const hasEnded = writing.then(() => true)
    while (
      !(await Promise.race([hasEnded, namesIn(folder).then((names) => void names.map((name) => seen.add(name)))]))
    );
    expect([...seen].filter((name) => name !== 'a.png')).toEqual([])
  })

  it('treats a missing folder or file as an empty one', async () => {
    const folder = temporaryFolder()
    expect(await namesIn(path.join(folder, 'none'))).toEqual([])
    expect(await readIfThere(path.join(folder, 'none'))).toBeUndefined()
    await remove(path.join(folder, 'none'))
    for (const walk of walks) await walk(path.join(folder, 'none'), () => expect.unreachable())
  })

  it('does not hide other errors of the disk', async () => {
    const folder = temporaryFolder()
    await expect(readIfThere(folder)).rejects.toThrow('EISDIR')
    await expect(namesIn(put(path.join(folder, 'a'), old))).rejects.toThrow('ENOTDIR')
    for (const walk of walks) await expect(walk(path.join(folder, 'a'), () => {})).rejects.toThrow('ENOTDIR')
  })

  it.each(walks.map((walk) => [walk.name, walk] as const))(
    '%s finds every file however deep, with / in its folder, and follows no link',
    async (_, walk) => {
      const folder = temporaryFolder()
      const elsewhere = path.dirname(put(path.join(temporaryFolder(), 'e.json'), ''))
      symlinkSync(elsewhere, path.join(folder, 'linked'))
      symlinkSync(path.join(elsewhere, 'e.json'), path.join(folder, 'linked.json'))
      for (const file of ['2023/10/9/a.json', '2023/10/29/b.json', 'c.json', '1/2/3/4/5/d.json'])
        put(path.join(folder, file), '')
      const found: string[] = []
      await walk(folder, (place, name) => found.push(place === '' ? name : `${place}/${name}`))
      expect(found.sort()).toEqual(['1/2/3/4/5/d.json', '2023/10/29/b.json', '2023/10/9/a.json', 'c.json'])
    },
  )

  it('lets others have a turn while it goes through many folders in this thread', async () => {
    const folder = temporaryFolder()
    for (let n = 0; n < 40; n++) put(path.join(folder, `${n}`, 'a.json'), '')
    const during = async (busyMs: number) => {
      let [isOver, turns] = [false, 0]
      const take = () => {
        if (isOver) return
        turns += 1
        setImmediate(take)
      }
      setImmediate(take)
      await walkFilesInTurns(folder, () => {
        for (const began = performance.now(); performance.now() - began < busyMs; );
      })
      isOver = true
      return turns
    }
    expect(await during(5)).toBeGreaterThan(3)
  })
})

it.skipIf(process.platform === 'win32')('a private folder lets only its owner in', async () => {
  const root = temporaryFolder()
  const folder = path.join(root, 'a', 'b')
  await ensureFolderIn(root, 'a/b', { isPrivate: true })
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

describe('flushing a folder', () => {
  it('is shared by callers that ask at the same time, and begins after each of them has asked', async () => {
    const folder = temporaryFolder()
    const opened = vi.spyOn(fs.promises, 'open')
    await Promise.all(Array.from({ length: 20 }, () => flushFolder(folder)))
    expect(opened).toHaveBeenCalledTimes(2)
    await flushFolder(folder)
    expect(opened).toHaveBeenCalledTimes(3)
  })

  it('fails for all callers that share it, and is tried again for later callers', async () => {
    const folder = path.join(temporaryFolder(), 'later')
    const all = await Promise.allSettled([flushFolder(folder), flushFolder(folder), flushFolder(folder)])
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    fs.mkdirSync(folder)
    await flushFolder(folder)
  })
})

describe('giving a staged file its name', () => {
  it('overwrites nothing; in that case the staged file stays where it is', async () => {
    const folder = temporaryFolder()
    const [staged, target] = [put(path.join(folder, 'staged'), news), put(path.join(folder, 'target'), old)]
    expect(await placeNew(staged, target)).toBe('taken')
    expect([readFileSync(staged), readFileSync(target)]).toEqual([news, old])
  })

  it('does not flush the folder: the caller does', async () => {
    const folder = temporaryFolder()
    const opened = vi.spyOn(fs.promises, 'open')
    await placeNew(put(path.join(folder, 'a'), news), path.join(folder, 'b'), { isDurable: false })
    expect(opened).not.toHaveBeenCalled()
    await placeNew(put(path.join(folder, 'c'), news), path.join(folder, 'd'))
    expect(opened).toHaveBeenCalledTimes(1)
    expect(filesBelow(folder)).toEqual(['b', 'd'])
  })
})
