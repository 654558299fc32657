import { readFileSync } from 'node:fs'
import path from 'node:path'
import fs from 'fs-extra'
import { afterEach, expect, it, vi } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import type { PictureRecord } from '../../src/archive/records.ts'
import { makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { facts } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'

afterEach(() => vi.restoreAllMocks())

const bytes = makeWebp({ widthPx: 64, heightPx: 48 }, 2_000)
const unsaid = { prompt: null, promptSource: null, seed: null, conversationTitle: null, editOp: null }
const record = 'database/2023/10/29/M5QoHjYO7Qe9pl1Z-mTlImgNhbMGexJI3DFLJXJlh.json'

/** An archived picture of which little is known, on a disk that can be made to refuse what replaces a file. */
async function archived() {
  const archive = await openArchive(temporaryFolder())
  const now = () => new Date()
  const intake = quietIntake(archive, { now, memory: { pausesMs: [1e9] } })
  await intake.learn({ ...facts(unsaid), channel: 'conversation' })
  await intake.receive({ fileId: facts().fileId, bytes, host: null, receivedAt: now() })
  const rename = fs.rename.bind(fs)
  const disk = { isFull: false }
  vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
    if (disk.isFull) throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' })
    await rename(from, to)
  })
  const recorded = () => JSON.parse(readFileSync(path.join(archive.root, record), 'utf8')) as PictureRecord
  return { intake, disk, recorded }
}

it('two updates that the disk refuses are both in the record in the end', async () => {
  const { intake, disk, recorded } = await archived()
  disk.isFull = true
  expect(await intake.learn(facts({ ...unsaid, seed: 7, prompt: 'A kite', promptSource: 'dalle' }))).toEqual({
    kind: 'waiting',
  })
  await intake.learn(facts({ ...unsaid, conversationTitle: 'Kites' }))
  expect(recorded()).toMatchObject({ seed: null, prompt: null, conversationTitle: null })
  disk.isFull = false
  expect(await intake.close()).toBe(0)
  expect(recorded()).toMatchObject({ seed: 7, prompt: 'A kite', conversationTitle: 'Kites' })
})

it('an older update that was refused does not replace a newer one that was written', async () => {
  const { intake, disk, recorded } = await archived()
  disk.isFull = true
  await intake.learn(facts({ ...unsaid, conversationTitle: 'Old', seed: 7 }))
  disk.isFull = false
  await intake.learn(facts({ ...unsaid, conversationTitle: 'New' }))
  expect(await intake.close()).toBe(0)
  expect(recorded()).toMatchObject({ conversationTitle: 'New', seed: 7 })
})
