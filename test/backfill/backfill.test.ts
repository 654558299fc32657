import { afterEach, describe, expect, it } from 'vitest'
import { coverageOf } from '../../src/backfill/coverage.ts'
import { fillAccount } from '../../src/pretend-chatgpt/account.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { hashesOf, recordsOf, truthOf } from '../chromium/support.ts'
import { startBackfill, type Trouble } from './support.ts'

let site: PretendChatgpt
afterEach(() => site?.close())

/** A site whose account holds so many pictures. */
async function account(count: number): Promise<PretendChatgpt> {
  site = await startPretendChatgpt({ paceMs: 0 })
  fillAccount(site.world, count)
  return site
}

const due = () => [...site.world.pictures.values()].filter(({ role }) => role === 'generated')

/** Everything that can be had is there, byte for byte, with what its conversation says. */
function expectAll(root: string) {
  expect(hashesOf(root)).toEqual(truthOf(due()))
  const records = new Map([...recordsOf(root).values()].map((record) => [record.sha256, record]))
  for (const { sha256, prompt, genId } of due())
    if (prompt?.startsWith('A paper boat, number')) expect(records.get(sha256)).toMatchObject({ prompt, gen_id: genId })
}

const repeated = (all: readonly string[]) => all.filter((one, at) => all.indexOf(one) !== at)

describe('a backfill', () => {
  it('gets every picture with its facts, asks for nothing twice, and one thing at a time', async () => {
    const run = await startBackfill({ site: await account(200) })
    await run.done()
    expectAll(run.root)
    // The counters are asked for before and after the lists, to see whether these have moved.
    expect(repeated(run.asked)).toEqual(['GET /backend-api/images/bootstrap'])
    expect(run.mostUnderWay()).toBe(1)
    await run.stop()
    expect(await coverageOf(run.root)).toMatchObject({ lacking: [], difference: 0, isComplete: true })
  })

  it('reads conversations at a pace: never more than the budget has, and five seconds apart', async () => {
    const moments: number[] = []
    const run = await startBackfill({
      site: await account(400),
      wishes: { perHour: 60 },
      trouble(url, body) {
        if (url.pathname.endsWith('/batch')) moments.push(run.now().getTime())
        expect(JSON.parse(body || '{}').conversation_ids?.length ?? 0).toBeLessThanOrEqual(10)
        return undefined
      },
    })
    await run.done()
    expect(moments.length).toBeGreaterThan(3)
    const gaps = moments.slice(1).map((at, n) => at - (moments[n] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000)
  })
})

describe('an answer that looks right and is not', () => {
  it.each<[string, Trouble]>([
    ['too many requests, for a time that the site names', { status: 429, retryAfter: '120' }],
    ['too many requests', { status: 429 }],
    ['a check for people, as an error', { status: 403, type: 'text/html', text: '<title>Just a moment...</title>' }],
    ['a check for people, as success', { status: 200, type: 'text/html; charset=utf-8', text: '<html></html>' }],
    ['an error of the site', { status: 500 }],
  ])('is waited out, and everything is there in the end: %s', async (_, trouble) => {
    let left = 3
    const run = await startBackfill({
      site: await account(60),
      speed: 400_000,
      trouble: (url) =>
        url.pathname.startsWith('/backend-api/') && Math.random() < 0.1 && left-- > 0 ? trouble : undefined,
    })
    await run.done()
    expectAll(run.root)
  })

  it('an empty first page is not an empty account', async () => {
    const run = await startBackfill({
      site: await account(30),
      edit: (url, text) => (url.pathname.endsWith('/image_gen') ? '{"items":[],"cursor":null}' : text),
    })
    await run.done()
    expectAll(run.root)
    await run.stop()
    const coverage = await coverageOf(run.root)
    expect(coverage.catalogues).toContainEqual(expect.objectContaining({ name: 'generated', end: 'empty' }))
    expect(coverage.isComplete).toBe(false)
  })

  it('a cursor that goes in circles ends', async () => {
    const run = await startBackfill({
      site: await account(60),
      edit: (url, text) =>
        url.pathname.endsWith('/image_gen') ? JSON.stringify({ ...JSON.parse(text), cursor: '0' }) : text,
    })
    await run.done()
    expectAll(run.root)
    expect(run.journal.catalogue('generated')?.end).toBe('nothing-new')
  })
})
