import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { coverageOf } from '../../src/backfill/coverage.ts'
import { openBackfillJournal } from '../../src/backfill/journal.ts'
import { fillAccount } from '../../src/pretend-chatgpt/account.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { flipBit } from '../verify/support.ts'
import { build, endEverything, kill, prepared, sleep, start, startHasty } from './faults-support.ts'
import { hashesOf, recordsOf, startVisit, truthOf, type Visit } from './support.ts'

let visit: Visit
beforeAll(build)
afterEach(async () => {
  await visit?.stop().catch(() => {})
  await endEverything()
})
afterAll(endEverything)

const quick = { graceMs: 20, everyMs: 2, betweenMs: [1, 2], conversationGapMs: 5, tooManyMs: 300 } as const

describe('a backfill', () => {
  it('archives all that the account holds, with its facts, and then ends', async () => {
    const site = await startPretendChatgpt({ paceMs: 1 })
    fillAccount(site.world, 60)
    visit = await startVisit({ reuseSite: site, pace: quick, backfill: {} })
    await visit.ended
    const due = [...site.world.pictures.values()].filter(({ role }) => role === 'generated')
    expect(hashesOf(visit.archivePath)).toEqual(truthOf(due))
    const records = [...recordsOf(visit.archivePath).values()]
    for (const { sha256, prompt, genId } of due) {
      const record = records.find((one) => one.sha256 === sha256)
      expect(record).toMatchObject({ source: { origin: 'history' } })
      if (prompt?.startsWith('A paper boat, number')) expect(record).toMatchObject({ prompt, gen_id: genId })
    }
    expect(await coverageOf(visit.archivePath)).toMatchObject({
      counters: { active: due.length, archived: 0 },
      held: due.length,
      lacking: [],
      difference: 0,
      isComplete: true,
    })
  })
})

describe('a site in trouble', () => {
  it('is read to its end all the same, in a real browser', async () => {
    const once = () => ({ at: /backend-api\/(?!estuary)/, times: 1, chance: 0.3 })
    const troubles = {
      tooManyFor: { ...once(), retryAfterS: 1 },
      unauthorized: once(),
      challenge: once(),
      badGateway: { at: /image_gen/, times: 1 },
      newOnTop: { at: /image_gen/, times: 1 },
      removedOnTop: { at: /nodes/, times: 1, rows: 2 },
      loopingCursor: { at: /search/ },
      shortBatch: { times: 1 },
      lyingTotal: {},
      forbidden: { at: /files\/download/ },
    }
    const site = await startPretendChatgpt({ paceMs: 1, troubles })
    onTestFinished(() => site.close())
    fillAccount(site.world, 30)
    visit = await startVisit({ reuseSite: site, pace: quick, backfill: { isAll: true } })
    await visit.ended
    const due = [...site.world.pictures.values()].filter(({ role }) => role === 'generated')
    const there = new Set(hashesOf(visit.archivePath))
    expect(due.filter(({ sha256 }) => !there.has(sha256))).toEqual([])
    // Each that comes a number of times has come so often.
    const left = Object.values(troubles).flatMap((spot) => ('times' in spot ? spot.times : []))
    expect(left).toEqual(Array.from({ length: 7 }, () => 0))
    const journal = await openBackfillJournal(visit.archivePath)
    expect(['generated', 'conversations'].map((name) => journal.catalogue(name)?.end)).toEqual([
      'cursor',
      'nothing-new',
    ])
  })
})

/** One that is damaged, one that is missing, and one that the account has no more. */
async function repairFromAccount({ world }: PretendChatgpt, archive: string, folder: string) {
  const records = [...recordsOf(archive).values()].filter(({ source }) => source.origin === 'history')
  const [damaged, missing, gone] = records.map(({ image }) => path.join(archive, image))
  if (!damaged || !missing || !gone) throw new Error('nothing to damage')
  flipBit(damaged)
  rmSync(missing)
  rmSync(gone)
  for (const { fileId } of world.pictures.values())
    if (fileId.endsWith(String(records[2]?.fileId))) world.pictures.delete(fileId)
  const found = start(['verify'], folder)
  expect(await found.ended).toBe(4)
  const repair = start(['verify', '--repair', 'account', '--json'], folder)
  expect(await repair.ended).toBe(0)
  expect(JSON.parse(repair.said.out)).toMatchObject({ counts: { damaged: 1, missing: 2 }, repaired: 2 })
  expect(repair.said.err).toContain('the account does not give it: HTTP 404')
  const again = start(['verify', '--json'], folder)
  expect(await again.ended).toBe(0)
  expect(JSON.parse(again.said.out)).toMatchObject({ counts: { damaged: 0, missing: 1 } })
}

describe('the program', () => {
  it('is killed again and again, and the last run has everything once', async () => {
    const { site, archive, config } = await prepared()
    fillAccount(site.world, 50)
    const due = [...site.world.pictures.values()].filter(({ role }) => role === 'generated')
    const go = () => startHasty(config, { backfill: {}, pace: quick })
    for (let times = 0; times < 3; times++) {
      const run = go()
      await run.says('"backfill"')
      await sleep(50 + Math.random() * 400)
      kill(run.pid, 'SIGKILL')
      await run.ended
    }
    const last = go()
    expect(await last.ended).toBe(0)
    expect(hashesOf(archive)).toEqual(truthOf(due))
    expect(await coverageOf(archive)).toMatchObject({ held: due.length, lacking: [], isComplete: true })
  })

  it('says that nobody is logged in, and where nobody can log in, ends with 6', async () => {
    const { site, folder } = await prepared()
    site.answerInstead(/\/api\/auth\/session/, { status: 200, body: '{}' })
    const run = start(['backfill'], folder)
    expect(await run.ended).toBe(6)
    expect(run.said.err).toContain('Nobody is logged in')
    expect(run.said.err).not.toContain('    at ')
  })
})

describe('beside a watch', () => {
  it('hands its work to the watch that runs, which goes on afterwards; so does an import', async () => {
    const { site, archive, config, folder } = await prepared()
    fillAccount(site.world, 40)
    const due = [...site.world.pictures.values()].filter(({ role }) => role === 'generated')
    const watching = startHasty(config, { pace: quick })
    await watching.says('"watching"')
    const backfill = start(['backfill', '--json'], folder)
    expect(await backfill.ended).toBe(0)
    expect(JSON.parse(backfill.said.out)).toMatchObject({ event: 'backfill-ended', isDone: true, held: due.length })
    expect(hashesOf(archive)).toEqual(truthOf(due))
    expect(watching.child.exitCode).toBeNull()
    const given = path.resolve('test/field/11-wrapped-conversations/export')
    const imported = start(['import', given, '--json'], folder)
    expect(await imported.ended).toBe(0)
    expect(JSON.parse(imported.said.out)).toMatchObject({ event: 'import-ended', stored: { pictures: 2 } })
    expect(recordsOf(archive).size).toBe(due.length + 2)
    const refused = start(['import', '/nowhere/at/all.zip'], folder)
    expect(await refused.ended).toBe(2)
    expect(refused.said.err).toContain('is not there')
    await repairFromAccount(site, archive, folder)
    // Interrupted, a second one takes its work back; it is not done.
    const second = start(['backfill', '--all'], folder)
    await second.says('This reads')
    await sleep(1_500)
    kill(second.pid, 'SIGINT')
    await second.ended
    kill(watching.pid, 'SIGINT')
    expect(await watching.ended).toBe(0)
  })
})
