import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from '../src/archive/archive.ts'
import { writeMarks } from '../src/archive/mark-files.ts'
import { noMarks } from '../src/archive/marks.ts'
import { openCatalogue } from '../src/catalogue/catalogue.ts'
import { type Change, type Picture, readArchive } from '../src/library.ts'
import { filesBelow, put, temporaryFolder } from './fakes/folder.ts'
import { until } from './fakes/until.ts'
import { archiveOf, idOf, keepAll, nthFacts } from './gallery/support.ts'

async function opened(root: string) {
  const archive = await readArchive(root)
  onTestFinished(() => archive.close())
  return archive
}

async function all(pictures: AsyncIterable<Picture>): Promise<Picture[]> {
  const found: Picture[] = []
  for await (const picture of pictures) found.push(picture)
  return found
}

/** A record's folder and name below `database/`. */
function recordAt(root: string, n: number) {
  const file = filesBelow(path.join(root, 'database')).find((name) => name.includes(idOf(n))) ?? ''
  return [path.posix.dirname(file), path.posix.basename(file)] as const
}

const mark = (root: string, n: number, tag: string) =>
  writeMarks(root, ...recordAt(root, n), { ...noMarks, favourite: true, tags: [tag] })

/** Every file and folder with its times. */
const timesBelow = (root: string) =>
  ['', ...filesBelow(root), ...filesBelow(root).map((file) => path.dirname(file))].map((place) => {
    const { mtimeMs, ctimeMs } = statSync(path.join(root, place))
    return [place, mtimeMs, ctimeMs]
  })

describe('an archive that a program reads', () => {
  it('lists its pictures, newest first: record, marks, and whether the image is there', async () => {
    const { root, records } = await archiveOf(3)
    await mark(root, 1, 'sea')
    const pictures = await all((await opened(root)).list())
    expect(pictures.map(({ id }) => id)).toEqual([idOf(2), idOf(1), idOf(0)])
    expect(pictures[1]).toMatchObject({
      ...{ prompt: records[1]?.prompt, gen_id: records[1]?.gen_id, image: records[1]?.image, date: records[1]?.date },
      ...{ site: 'chatgpt', by: 'dalle', isMissing: false, favourite: true, tags: ['sea'], note: '' },
    })
  })

  it('hands out plain data', async () => {
    const { root } = await archiveOf(1)
    const [picture] = await all((await opened(root)).list())
    expect(JSON.parse(JSON.stringify(picture))).toEqual(picture)
  })

  it('lists all of a hundred pictures, or only as many as are taken', async () => {
    const { root } = await archiveOf(100)
    const archive = await opened(root)
    expect((await all(archive.list())).map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => idOf(99 - n)))
    for await (const { id } of archive.list()) {
      expect(id).toBe(idOf(99))
      break
    }
  })

  it('lists those that are asked for, in the words of export --where', async () => {
    const { root } = await archiveOf(3)
    await mark(root, 2, 'sea')
    const archive = await opened(root)
    expect((await all(archive.list('favourite tag:sea'))).map(({ id }) => id)).toEqual([idOf(2)])
    expect((await all(archive.list('word0'))).map(({ id }) => id)).toEqual([idOf(0)])
    await expect(all(archive.list('tag:'))).rejects.toMatchObject({ code: 'usage' })
  })

  it('finds a picture by its file id, with or without what stands before it', async () => {
    const { root } = await archiveOf(2)
    const archive = await opened(root)
    for (const id of [idOf(1), `file-${idOf(1)}`, `file_${idOf(1)}`])
      expect(await archive.find(id)).toMatchObject({ id: idOf(1), prompt: 'Picture number 1 named word1' })
    expect(await archive.find('NoSuchPicture')).toBeUndefined()
  })

  it('says where an original is, as long as it is there', async () => {
    const { root, records } = await archiveOf(2)
    const archive = await opened(root)
    const place = await archive.pathOf(idOf(0))
    expect(place).toBe(path.join(root, records[0]?.image ?? ''))
    expect(readFileSync(place ?? '')).toHaveLength(records[0]?.bytes ?? 0)
    rmSync(place ?? '')
    expect(await archive.pathOf(idOf(0))).toBeUndefined()
    expect(await archive.pathOf('NoSuchPicture')).toBeUndefined()
  })

  it('names no file that a link in the archive leads to', async () => {
    const { root, records } = await archiveOf(1)
    const place = path.join(root, records[0]?.image ?? '')
    const elsewhere = path.join(temporaryFolder(), 'elsewhere.webp')
    renameSync(place, elsewhere)
    symlinkSync(elsewhere, place)
    expect(await (await opened(root)).pathOf(idOf(0))).toBeUndefined()
  })

  it('reads what the 2023 tool has left', async () => {
    const root = temporaryFolder()
    const record = { gen_id: 'M5QoHjYO7Qe9pl1Z', prompt: 'a man in a red coat', seed: 7, date: 1698615680 }
    const size = { fileId: 'mTlImgNhbMGexJI3DFLJXJlh', width: 1024, height: 1024 }
    put(path.join(root, 'database/2023/10/29/one.json'), JSON.stringify({ ...record, ...size }))
    const image = put(path.join(root, 'images/2023/10/29/1698615680-M5QoHjYO7Qe9pl1Z-a-man.webp'), 'image')
    const archive = await opened(root)
    expect(await archive.find(size.fileId)).toMatchObject({ ...record, image: path.relative(root, image) })
    expect(await archive.pathOf(size.fileId)).toBe(image)
  })

  it('is refused where there is none', async () => {
    const nowhere = path.join(temporaryFolder(), 'nowhere')
    await expect(readArchive(nowhere)).rejects.toMatchObject({ name: 'ArchiverError', code: 'disk' })
    await expect(readArchive(put(nowhere, 'a file'))).rejects.toMatchObject({ code: 'disk' })
  })
})

describe('a program that reads', () => {
  it('hears what others add, change and delete, once each, until it has heard enough', async () => {
    const { root, records } = await archiveOf(2)
    const archive = await opened(root)
    const changes: Change[] = []
    const unsubscribe = archive.subscribe((change) => changes.push(change))
    const heard = (key: keyof Change) => changes.flatMap((change) => change[key])

    await keepAll(root, [nthFacts(5)])
    await until(() => heard('added').length > 0)
    expect(await archive.find(idOf(5))).toMatchObject({ id: idOf(5) })
    await mark(root, 1, 'sea')
    await until(() => heard('changed').length > 0)
    rmSync(path.join(root, 'database', ...recordAt(root, 0)))
    rmSync(path.join(root, records[0]?.image ?? ''))
    await until(() => heard('removed').length > 0)
    expect(changes).toEqual([
      { added: [idOf(5)], changed: [], removed: [] },
      { added: [], changed: [idOf(1)], removed: [] },
      { added: [], changed: [], removed: [idOf(0)] },
    ])

    unsubscribe()
    const others: Change[] = []
    archive.subscribe((change) => others.push(change))
    await keepAll(root, [nthFacts(6)])
    await until(() => others.length > 0)
    expect(heard('added')).toEqual([idOf(5)])
  })

  it('does not hear that all was deleted when the disk is gone', async () => {
    const { root } = await archiveOf(2)
    const archive = await opened(root)
    const changes: Change[] = []
    archive.subscribe((change) => changes.push(change))
    renameSync(root, `${root}-away`)
    await until(async () => (await all(archive.list())).length === 0)
    renameSync(`${root}-away`, root)
    await keepAll(root, [nthFacts(5)])
    await until(() => changes.length > 0)
    expect(changes.flatMap(({ added, removed }) => [...added, ...removed])).toEqual([idOf(5)])
  })

  it('may do so beside a watch that holds the lock, and holds none itself', async () => {
    const { root } = await archiveOf(1)
    const watch = await openArchive(root)
    onTestFinished(() => watch.close())
    const archive = await opened(root)
    const changes: Change[] = []
    archive.subscribe((change) => changes.push(change))
    await watch.close()
    // Only whoever gets the lock can add one.
    await keepAll(root, [nthFacts(3)])
    await until(() => changes.length > 0)
    expect(changes[0]?.added).toEqual([idOf(3)])
  })

  it('writes nothing', async () => {
    const { root } = await archiveOf(3)
    const before = timesBelow(root)
    const archive = await readArchive(root)
    await all(archive.list())
    archive.subscribe(() => {})
    await archive.find(idOf(1))
    await archive.close()
    expect(timesBelow(root)).toEqual(before)
  })

  it('negative control: others who look leave their cache, and that would be noticed', async () => {
    const { root } = await archiveOf(3)
    const before = timesBelow(root)
    const catalogue = await openCatalogue(root)
    await catalogue.examined
    await catalogue.close()
    expect(timesBelow(root)).not.toEqual(before)
  })
})

describe('docs/library.md', () => {
  const text = readFileSync('docs/library.md', 'utf8')
  const example = /```js\n(.*?)```/s.exec(text)?.[1] ?? ''

  /** A folder where the package is installed, as far as node can tell. */
  function folderWithPackage() {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'node_modules'))
    symlinkSync(path.resolve('.'), path.join(folder, 'node_modules', 'dalle-archiver'), 'junction')
    return folder
  }

  it('has an example that does what it says', async () => {
    const { root } = await archiveOf(2, () => ({ createdAt: new Date(2026, 4, 6) }))
    await mark(root, 1, 'sea')
    const script = put(path.join(folderWithPackage(), 'example.mjs'), example)
    const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
    const ended = once(child, 'exit')
    await until(() => /Picture number 1 named word1 .*\.webp\n/.test(printed))
    expect(printed).not.toContain('word0')
    await keepAll(root, [nthFacts(7)])
    await until(() => /^new Picture number 7 named word7 .*\.webp\n/m.test(printed))
    child.kill('SIGINT')
    expect(await ended).toEqual([0, null])
  })

  it('has an example that says in one line what is wrong', () => {
    const script = put(path.join(folderWithPackage(), 'example.mjs'), example)
    const run = () => execFileSync(process.execPath, [script, '/no/such/archive'], { stdio: 'pipe', encoding: 'utf8' })
    expect(run).toThrow('There is no archive at /no/such/archive.')
    expect(run).not.toThrow('    at ')
  })

  it('names all that the package gives, and nothing else', async () => {
    const { root } = await archiveOf(0)
    const archive = await opened(root)
    const named = [...text.matchAll(/^\| `(?:await )?(?:archive\.)?(\w+)[(`?]/gm)].map(([, name]) => name)
    expect(named.slice(0, 7).sort()).toEqual(['readArchive', ...Object.keys(archive)].sort())
    const face = (await import('../src/library.ts')) as object
    expect(Object.keys(face).sort()).toEqual(['ArchiverError', 'readArchive'])
  })
})
