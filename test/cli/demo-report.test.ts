import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { contentInMemory } from '../../src/archive/content.ts'
import type { Origin } from '../../src/archive/origins.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { reportDemo } from '../../src/cli/demo-report.ts'
import { createOutput } from '../../src/cli/output.ts'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { compareVisit } from '../../src/doctor/compare.ts'
import { fillAccount } from '../../src/pretend-chatgpt/account.ts'
import { createWorld } from '../../src/pretend-chatgpt/world.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { createFakeIo } from '../fakes/io.ts'

/** A demo that has shown two pictures and holds two older ones, archived in these ways; null is not at all. */
async function demo(ways: readonly (Origin | null)[]) {
  const pictures = fillAccount(createWorld(), 4)
  const archive = await openArchive(temporaryFolder())
  const records = new Map<string, PictureRecord>()
  for (const [n, picture] of pictures.entries()) {
    const [origin, image] = [ways[n], inspectImage(picture.bytes)]
    if (!origin || !image) continue
    const said = facts({ fileId: fileId(picture.fileId), prompt: picture.prompt })
    const content = contentInMemory(picture.bytes, image)
    const record = await archive.store(said, content, { origin, channel: 'stream', host: null })
    records.set(record.fileId, record)
  }
  await archive.close()
  const io = createFakeIo()
  const outcome = {
    shown: pictures.slice(0, 2),
    older: pictures.slice(2),
    olderDue: 2,
    archivePath: archive.root,
    records,
  }
  const report = async (more: Partial<typeof outcome> = {}) => {
    const compared = await compareVisit({ ...outcome, ...more })
    const code = reportDemo(compared, outcome.archivePath, io, createOutput(io, {}))
    return { code, out: io.out }
  }
  return { outcome, report }
}

it('is well when all was archived byte for byte, live what was shown and by the backfill what was not', async () => {
  const { code, out } = await (await demo(['live', 'live', 'history', 'history'])).report()
  expect(out).toMatch(/^2 of 2 pictures archived, byte for byte, in .*\nand 2 of 2 older pictures by a backfill$/m)
  expect(code).toBe(0)
})

it.each<[string, (Origin | null)[], string, string]>([
  ['an older one is not there', ['live', 'live', 'history', null], '2 of 2 pictures', '1 of 2 older'],
  ['the page has shown an older one', ['live', 'live', 'history', 'live'], '2 of 2 pictures', '1 of 2 older'],
  ['only the backfill got one that was shown', ['live', 'history', 'history', 'history'], '1 of 2 pictures', '2 of 2'],
])('fails when %s', async (_, ways, shown, older) => {
  const { code, out } = await (await demo(ways)).report()
  expect(out).toContain(`${shown} archived`)
  expect(out).toContain(`and ${older}`)
  expect(code).toBe(3)
})

it('fails when an older one has other bytes, and when the visit never came to them', async () => {
  const { outcome, report } = await demo(['live', 'live', 'history', 'history'])
  const [record] = [...outcome.records.values()].slice(-1)
  writeFileSync(path.join(outcome.archivePath, record?.image ?? ''), 'something else')
  expect(await report()).toMatchObject({ code: 3, out: expect.stringContaining('and 1 of 2 older') })
  const { report: early } = await demo(['live', 'live', null, null])
  expect(await early({ older: [] })).toMatchObject({ code: 3, out: expect.stringContaining('and 0 of 2 older') })
})
