import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { readArchive } from '../../src/archive/read-archive.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { storeLive } from '../fakes/archive.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

const bytes = makeWebp({ widthPx: 64, heightPx: 48 }, 2_000)
const kind = inspectImage(bytes)
const waiting = fileId('file-waiting')

/**
 * An archive with a picture, a journal that could be shorter, an orphaned note and a leftover: all that is cleaned up.
 */
async function filled(root = temporaryFolder()) {
  const archive = await openArchive(root)
  if (kind) await storeLive(archive, facts(), bytes, kind, null)
  await archive.pending.keepFacts(facts({ fileId: waiting }))
  await archive.close()
  const journal = path.join(root, 'pending', 'facts.ndjson')
  writeFileSync(journal, `${readFileSync(journal, 'utf8')}{"gone":"file-gone"}\n{"fileId":`)
  put(path.join(root, 'pending', 'file-orphan.origin.json'), '{}')
  put(path.join(root, 'images', '.0123456789abcdef.part'), 'left over')
  return root
}

/** Everything below a folder: its times, its length, what it holds. */
const stateOf = (root: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const found = statSync(path.join(root, name))
      const content = found.isFile() ? readFileSync(path.join(root, name), 'latin1') : ''
      return [name, found.mtimeMs, found.ctimeMs, found.mode, content]
    })

describe('reading an archive', () => {
  it('writes nothing at all', async () => {
    const root = await filled()
    const before = stateOf(root)
    const archive = await readArchive(root)
    expect([archive.count, archive.has(facts().fileId), archive.waiting.count.facts]).toEqual([1, true, 1])
    expect(await archive.factsOf(facts().fileId)).toMatchObject({ prompt: facts().prompt })
    expect(stateOf(root)).toEqual(before)
  })

  it('negative control: opening it for writing does write', async () => {
    const root = await filled()
    const before = stateOf(root)
    await (await openArchive(root)).close()
    expect(stateOf(root)).not.toEqual(before)
  })

  it('works on a disk that cannot be written', async (context) => {
    const folder = temporaryFolder()
    const [inside, shown] = [path.join(folder, 'inside'), path.join(folder, 'shown')]
    mkdirSync(shown)
    await filled(inside)
    try {
      execFileSync('mount', ['--bind', inside, shown], { stdio: 'ignore' })
      onTestFinished(() => void execFileSync('umount', [shown]))
      execFileSync('mount', ['-o', 'remount,ro,bind', shown], { stdio: 'ignore' })
    } catch {
      return context.skip('mounting needs rights')
    }
    expect(() => writeFileSync(path.join(shown, 'x'), '')).toThrow(/EROFS/)
    expect((await readArchive(shown)).count).toBe(1)
  })

  it('beside a process that writes: loses nothing that the process adds', async () => {
    const root = await filled()
    const writer = await openArchive(root, { isLocked: true })
    const noting = Array.from({ length: 40 }, (_, at) =>
      writer.pending.keepFacts(facts({ fileId: fileId(`file-new${at}`) })),
    )
    for (let looks = 0; looks < 10; looks++) await readArchive(root)
    await Promise.all(noting)
    await writer.close()
    expect((await readArchive(root)).waiting.count.facts).toBe(41)
  })

  it('says where an archive was expected, if there is none', async () => {
    await expect(readArchive('/nowhere/at/all')).rejects.toMatchObject({ code: 'disk', message: /no archive at/ })
  })
})
