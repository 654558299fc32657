import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { tableOf } from '../../../src/openai-export/read/job.ts'
import { createReaders, type Readers } from '../../../src/openai-export/read/readers.ts'
import { createStager, type StageOptions } from '../../../src/openai-export/read/stage.ts'
import { temporaryFolder } from '../../fakes/folder.ts'
import { sha256Of } from '../../fakes/sha256.ts'
import { fileOf } from '../fakes.ts'

const open: Readers[] = []
afterEach(async () => {
  for (const readers of open.splice(0)) await readers.close()
})

/** Threads, as many as a machine of one core has, or more. */
const threads = (count = 2, known?: SharedArrayBuffer, file?: string) => {
  const readers = createReaders(known, { count, ...(file && { threadFile: file }) })
  open.push(readers)
  return readers
}

/** Files on the disk, each with a text of its own. */
function filesIn(folder: string, count: number) {
  return Array.from({ length: count }, (_, at) => {
    const name = `${at}.bin`
    const bytes = `what number ${at} holds`
    writeFileSync(path.join(folder, name), bytes)
    const place = { file: path.join(folder, name), start: 0, entry: null }
    return { ...fileOf(name, bytes), place: () => place }
  })
}

const stager = (readers: Readers, options: Partial<StageOptions> = {}) =>
  createStager({ folder: null, readers, onBytes() {}, onAsset() {}, signal: undefined, ...options })

/** A thread that ends when it is to read a file whose name ends so, and else says what the right one would. */
function deadlyThread(folder: string, ending: string): string {
  const file = path.join(folder, 'deadly.mjs')
  const text = `
    import { parentPort } from 'node:worker_threads'
    parentPort.postMessage(0)
    parentPort.on('message', (jobs) => {
      if (jobs.some(({ place }) => place.file.endsWith('${ending}'))) throw new Error('out of luck')
      const content = (at) => ({ sha256: String(at), bytes: 1 })
      parentPort.postMessage({ outcomes: jobs.map(({ at }) => ({ at, content: content(at) })), bytes: jobs.length })
    })`
  writeFileSync(file, text)
  return file
}

describe('threads that read', () => {
  it.each([1, 4])('read every file once and write it, %d at a time', async (count) => {
    const [from, folder] = [temporaryFolder(), temporaryFolder()]
    const files = filesIn(from, 60)
    let bytes = 0
    const one = stager(threads(count), { folder, onBytes: (more) => (bytes += more) })
    await one.read(files)
    for (const [at, file] of files.entries()) {
      const read = one.of(file)
      expect(read).toMatchObject({ content: { sha256: sha256Of(`what number ${at} holds`) } })
      expect(read && 'content' in read && readFileSync(read.content.staged ?? '', 'utf8')).toBe(
        `what number ${at} holds`,
      )
    }
    expect(bytes).toBe(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
  })

  it('write nothing that is known, until it is wanted after all', async () => {
    const [from, folder] = [temporaryFolder(), temporaryFolder()]
    const files = filesIn(from, 3)
    const sha256 = sha256Of('what number 1 holds')
    const one = stager(threads(1, tableOf([sha256, sha256Of('what nobody has')])), { folder })
    await one.read(files)
    const [, known] = files
    expect(known && one.of(known)).toMatchObject({ content: { sha256, staged: null } })
    expect(readdirSync(folder)).toHaveLength(2)
    const again = known && (await one.again(known, sha256))
    expect(readFileSync(again ?? '', 'utf8')).toBe('what number 1 holds')
  })

  it('say of a file that is gone that it cannot be read, and go on', async () => {
    const from = temporaryFolder()
    const [first, second] = filesIn(from, 2)
    const gone = {
      ...fileOf('gone'),
      place: () => ({ file: path.join(from, 'gone'), start: 0, entry: null }),
    }
    const one = stager(threads())
    await one.read([first, gone, second].filter((file) => file !== undefined))
    expect(one.of(gone)).toMatchObject({ flaw: expect.stringContaining('ENOENT') })
    expect(second && one.of(second)).toMatchObject({ content: { bytes: 19 } })
  })

  it('end the import when the disk refuses', async () => {
    const from = temporaryFolder()
    const one = stager(threads(), { folder: path.join(from, 'not there') })
    await expect(one.read(filesIn(from, 40))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('end at once when they are stopped', async () => {
    const stop = new AbortController()
    const one = stager(threads(), { signal: stop.signal, onAsset: () => stop.abort(new Error('stopped')) })
    await expect(one.read(filesIn(temporaryFolder(), 400))).rejects.toThrow('stopped')
  })

  it('leave nobody waiting when they are closed', async () => {
    const readers = threads()
    const reading = stager(readers).read(filesIn(temporaryFolder(), 400))
    const outcome = expect(reading).rejects.toThrow('the import has ended')
    await readers.close()
    await outcome
  })
})

describe('a thread that dies', () => {
  it('is a flaw of the file it died of; all others are read', async () => {
    const from = temporaryFolder()
    const files = filesIn(from, 100)
    const one = stager(threads(2, undefined, deadlyThread(from, '/42.bin')))
    await one.read(files)
    const flawed = files.filter((file) => 'flaw' in (one.of(file) ?? {}))
    expect(flawed.map(({ path }) => path)).toEqual(['42.bin'])
    expect(flawed[0] && one.of(flawed[0])).toEqual({ flaw: 'cannot be read: out of luck' })
  })

  it('before it could begin is a clear end', async () => {
    const readers = threads(2, undefined, path.join(temporaryFolder(), 'missing.mjs'))
    await expect(stager(readers).read(filesIn(temporaryFolder(), 3))).rejects.toThrow('no thread can be started')
  })
})
