import { describe, expect, it } from 'vitest'
import { intakeFor } from '../../src/intake/for-profile.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import { unsaidFacts } from '../../src/sites/facts.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { openRun } from '../fakes/intake.ts'

const now = () => new Date('2026-11-29T12:00:00Z')
const size = { widthPx: 32, heightPx: 24 }
const bytes = makePng(size, 2_000)
const id = facts().fileId
const told = facts({ sizeBytes: bytes.length })
const image = { fileId: id, bytes, host: null, receivedAt: now() }

const run = async (root = temporaryFolder()) => {
  const one = await openRun(root, { now, maxWaitDays: 30 })
  return { ...one, work: intakeFor('work', one.intake), home: intakeFor('home', one.intake) }
}

describe('two profiles', () => {
  it('that show the same picture keep one file with both labels, in the order in which they came', async () => {
    const { archive, work, home, images, kept, close } = await run()
    await home.learn(told)
    await work.receive(image)
    await work.learn(told)
    await home.receive(image)
    expect(images()).toHaveLength(1)
    expect(kept).toHaveLength(1)
    expect(await archive.readRecord(id)).toMatchObject({ profiles: ['home', 'work'] })
    await close()
  })

  it('bring halves together where the id is the same, and the label of who said it outlives a restart', async () => {
    const first = await run()
    await first.home.learn(told)
    await first.close()
    const second = await run(first.root)
    expect(second.archive.pending.facts(id)?.profiles).toEqual(['home'])
    await second.work.receive(image)
    // The bytes alone say nothing of an account.
    expect(await second.archive.readRecord(id)).toMatchObject({ profiles: ['home'] })
    await second.close()
  })

  it('never take the length of a picture for one of another’s', async () => {
    const { intake, work, home, close } = await run()
    await home.learn(told)
    const { length } = bytes
    expect(home.fileOfLength(length)).toBe(id)
    expect([work.fileOfLength(length), intake.fileOfLength(length)]).toEqual([undefined, undefined])
    await work.learn({ ...unsaidFacts(fileId('file-another'), 'stream'), sizeBytes: length })
    // One of each is like that: neither is the only one.
    expect([work.fileOfLength(length), home.fileOfLength(length)]).toEqual([undefined, undefined])
    await close()
  })
})

it('without a profile nothing is labelled, and an older picture gets the label of who shows it later', async () => {
  const { root, archive, intake, work, close } = await run()
  expect(intakeFor(null, intake)).toBe(intake)
  await intake.learn(told)
  expect(intake.fileOfLength(bytes.length)).toBe(id)
  await intake.receive(image)
  expect(Object.keys((await archive.readRecord(id)) ?? {})).not.toContain('profiles')
  await work.learn(told)
  expect(await archive.readRecord(id)).toMatchObject({ profiles: ['work'] })
  expect(root).toBe(archive.root)
  await close()
})
