import { afterEach, describe, expect, it } from 'vitest'
import { coverageOf } from '../../src/backfill/coverage.ts'
import { fillAccount } from '../../src/pretend-chatgpt/account.ts'
import { startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { hashesOf, recordsOf, startVisit, truthOf, type Visit } from './support.ts'

let visit: Visit
afterEach(async () => {
  await visit?.stop().catch(() => {})
})

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
