import { readFileSync } from 'node:fs'
import path from 'node:path'
import fs from 'fs-extra'
import { afterEach, expect, it, vi } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { storeLive } from '../fakes/archive.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'

afterEach(() => vi.restoreAllMocks())

const bytes = makeWebp({ widthPx: 64, heightPx: 48 }, 2_000)
const kind = inspectImage(bytes)
const prompt = 'A very long prompt that never ends, '.repeat(20)

/** A disk that takes names of so many bytes, as encrypted ones do (eCryptfs: 143). */
function diskTaking(maxBytes: number) {
  const link = fs.link.bind(fs)
  vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
    if (Buffer.byteLength(path.basename(String(to))) > maxBytes)
      throw Object.assign(new Error('ENAMETOOLONG: name too long'), { code: 'ENAMETOOLONG' })
    await link(from, to)
  })
}

it('shortens names on a disk that accepts no long ones, and remembers this', async () => {
  diskTaking(143)
  const archive = await openArchive(temporaryFolder())
  for (const [id, words] of [
    ['file-first', prompt],
    ['file-second', `Another: ${prompt}`],
  ] as const) {
    const known = facts({ fileId: fileId(id), prompt: words })
    const record = kind && (await storeLive(archive, known, bytes, kind, null))
    expect(readFileSync(path.join(archive.root, record?.image ?? ''))).toEqual(bytes)
    expect(Buffer.byteLength(path.basename(record?.image ?? ''))).toBeLessThanOrEqual(139)
  }
  expect(vi.mocked(fs.link).mock.calls.filter(([, to]) => String(to).includes('/images/'))).toHaveLength(3)
})

it('gives up on a disk that does not even accept short ones, instead of trying for ever', async () => {
  diskTaking(20)
  const archive = await openArchive(temporaryFolder())
  const storing = kind && storeLive(archive, facts({ prompt }), bytes, kind, null)
  await expect(storing).rejects.toThrow(/takes no name this long/)
})
