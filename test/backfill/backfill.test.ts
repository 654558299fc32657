import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { frozenFile } from '../../src/backfill/backfill.ts'
import { coverageOf } from '../../src/backfill/coverage.ts'
import type { PretendChatgpt, TroubleName, Troubles } from '../../src/pretend-chatgpt/server.ts'
import { hashesOf, recordsOf, truthOf } from '../chromium/support.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { startAccount, startBackfill } from './support.ts'

let site: PretendChatgpt
const account = async (count: number, troubles: Troubles = {}) => {
  site = await startAccount(count)
  Object.assign(site.troubles, troubles)
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

/** What a killed run leaves is what was on the disk at that moment: what is written last is copied first. */
function snapshotOf(root: string): string {
  const left = temporaryFolder()
  for (const folder of ['history', 'pending', 'database', 'images'])
    if (existsSync(path.join(root, folder)))
      cpSync(path.join(root, folder), path.join(left, folder), { recursive: true })
  return left
}

const lists = /image_gen|files\/library/

const repeated = (all: readonly string[]) => all.filter((one, at) => all.indexOf(one) !== at)

describe('a backfill', () => {
  it('gets every picture with its facts, asks for nothing twice, and one thing at a time', async () => {
    const run = await startBackfill({ site: await account(120), speed: 2_000 })
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
      site: await account(220),
      scope: { perHour: 60 },
      onAsk(url, body) {
        if (url.pathname.endsWith('/batch')) moments.push(run.now().getTime())
        expect(JSON.parse(body || '{}').conversation_ids?.length ?? 0).toBeLessThanOrEqual(10)
      },
    })
    await run.done()
    expect(moments.length).toBeGreaterThan(2)
    const gaps = moments.slice(1).map((at, n) => at - (moments[n] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000)
    // Ten at once; then one a minute, so ten more take ten minutes.
    expect(gaps[0]).toBeGreaterThanOrEqual(9 * 60_000)
  })
})

describe('an answer that looks right and is not', () => {
  it.each<[string, TroubleName]>([
    ['too many requests, for a time that the site names', 'tooManyFor'],
    ['too many requests', 'tooMany'],
    ['a token that is refused', 'unauthorized'],
    ['a check for people, as an error', 'challenge'],
    ['a check for people, as success', 'challengeAsSuccess'],
    ['an error of the site', 'serverError'],
  ])('is waited out, and everything is there in the end: %s', async (_, name) => {
    const spot = { at: /backend-api\/(?!estuary)/, times: 3, chance: 0.1 }
    const run = await startBackfill({ site: await account(60, { [name]: spot }), speed: 400_000 })
    await run.done()
    expectAll(run.root)
    expect(spot.times).toBeLessThan(3)
  })

  it('a check is one also when it is called JSON', async () => {
    let isFirst = true
    const run = await startBackfill({
      site: await account(10),
      edit({ pathname }, text) {
        if (!pathname.endsWith('/image_gen') || !isFirst) return text
        isFirst = false
        return '\n<!DOCTYPE html><title>Just a moment...</title>'
      },
    })
    await until(() => run.progress().waiting?.reason.includes('check'))
    await run.done()
    expectAll(run.root)
    expect(run.journal.catalogue('generated')?.end).toBe('cursor')
  })

  it('an empty first page is not an empty account', async () => {
    const run = await startBackfill({ site: await account(30, { emptyList: { at: /image_gen/ } }) })
    await run.done()
    expectAll(run.root)
    await run.stop()
    const coverage = await coverageOf(run.root)
    expect(coverage.catalogues).toContainEqual(expect.objectContaining({ name: 'generated', end: 'empty' }))
    expect(coverage.isComplete).toBe(false)
  })

  it('nor is it when it comes but once: it is asked for again', async () => {
    const run = await startBackfill({ site: await account(30, { emptyList: { at: lists, times: 2 } }) })
    await run.done()
    expectAll(run.root)
    expect(run.journal.catalogue('generated')?.end).toBe('cursor')
  })

  it('an empty list of all conversations is told, where pictures name some', async () => {
    const run = await startBackfill({
      site: await account(10, { emptyList: { at: /search/ } }),
      scope: { isAll: true },
    })
    await run.done()
    expect(run.journal.catalogue('conversations')?.end).toBe('empty')
    expect(run.notices).toContain('The list "conversations" was empty, though the account does not say that it is.')
  })

  it('a cursor that goes in circles ends', async () => {
    const run = await startBackfill({ site: await account(60, { loopingCursor: { at: /image_gen/ } }) })
    await run.done()
    expectAll(run.root)
    expect(run.journal.catalogue('generated')?.end).toBe('nothing-new')
  })
})

describe('bytes that one route refuses', () => {
  it('are had by the library, from a storage of its own in another cloud, without cookie or token', async () => {
    const hosts = new Set<string>()
    const lookUps = /\/backend-api\/(?:files\/download|files\/file|conversation\/[^/]+\/attachment)/
    const run = await startBackfill({ site: await account(20, { forbidden: { at: lookUps } }) })
    await run.done()
    expectAll(run.root)
    for (const { url, headers } of site.requests) {
      hosts.add(url.host)
      if (url.host !== 'chatgpt.com') expect([headers.cookie, headers.authorization]).toEqual([undefined, undefined])
    }
    expect(site.requests.filter(({ url }) => lookUps.test(url.pathname)).length).toBeGreaterThan(0)
    expect(hosts).toEqual(new Set(['chatgpt.com', 'oaisdmntprwestus.blob.core.windows.net']))
  })

  it('are asked for at no host but those of the site, whatever an answer says', async () => {
    const elsewhere = 'https://pictures.blob.core.windows.net/file_1'
    const run = await startBackfill({
      site: await account(3),
      edit: ({ pathname }, text) =>
        /download|content_url/.test(pathname) ? JSON.stringify({ download_url: elsewhere }) : text,
    })
    await run.done()
    expect(new Set(site.requests.map(({ url }) => url.host))).toEqual(new Set(['chatgpt.com']))
    await run.stop()
    const { lacking } = await coverageOf(run.root)
    expect(new Set(lacking.map(({ said }) => said))).toEqual(new Set(['no address']))
  })

  it('and by no other either are lacking, with the reason', async () => {
    const run = await startBackfill({ site: await account(20, { notFound: { at: /download|content_url/ } }) })
    await run.done()
    await run.stop()
    const { lacking, isComplete } = await coverageOf(run.root)
    expect(lacking).toHaveLength(due().length)
    expect(new Set(lacking.map(({ reason, said }) => `${reason}: ${said}`))).toEqual(new Set(['not-found: HTTP 404']))
    // By the clock of the run, which began in the morning of that day.
    expect(new Set(lacking.map(({ first }) => first?.slice(0, 10)))).toEqual(new Set(['2026-11-29']))
    expect(isComplete).toBe(false)
  })
})

it('a connection that is made anew asks for nothing that was asked for', async () => {
  const run = await startBackfill({ site: await account(80) })
  await until(() => run.progress().phase === 'conversations')
  await run.reconnect()
  await run.done()
  expectAll(run.root)
  expect(repeated(run.asked).filter((one) => /image_gen|files\/library|batch/.test(one)).length).toBeLessThanOrEqual(1)
})

it('a disk that refuses does not make it ask the same thing in a row', async () => {
  await account(30)
  const moments: number[] = []
  let isFull = true
  const run = await startBackfill({
    site,
    onAsk({ pathname }) {
      if (isFull && pathname.endsWith('/image_gen')) moments.push(run.now().getTime())
    },
  })
  const { put: write } = run.journal
  Object.assign(run.journal, {
    put: (row: Parameters<typeof write>[0]) =>
      isFull && row.kind === 'file' ? Promise.reject(new Error('no space left')) : write(row),
  })
  await until(() => moments.length > 2)
  isFull = false
  await run.done()
  for (const [at, moment] of moments.slice(1).entries()) expect(moment - (moments[at] ?? 0)).toBeGreaterThan(59_000)
  expect(run.notices).toContain('The backfill: no space left')
  expectAll(run.root)
})

describe('the next run', () => {
  it('goes on where one was stopped in the middle, at any moment', async () => {
    await account(150)
    let from = new Date('2026-11-29T08:00:00Z')
    let root: string | undefined
    const asked: string[] = []
    for (let runs = 0; runs < 7; runs++) {
      const run = await startBackfill({ site, from, ...(root && { root }) })
      root = run.root
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150))
      const left = snapshotOf(root)
      asked.push(...run.asked)
      from = run.now()
      await run.stop()
      root = left
    }
    const last = await startBackfill({ site, from, ...(root && { root }) })
    await last.done()
    asked.push(...last.asked)
    expectAll(last.root)
    // A step that was under way is taken again, and nothing else.
    const conversations = repeated(asked.filter((one) => one.includes('/batch')))
    expect(conversations.length).toBeLessThanOrEqual(7)
  })

  it('reads only what is new, with --until-known', async () => {
    const first = await startBackfill({ site: await account(60) })
    await first.done()
    await first.stop()
    const next = await startBackfill({ site, root: first.root, from: first.now(), scope: { isUntilKnown: true } })
    await next.done()
    expect(next.asked.filter((one) => /image_gen|files\/library/.test(one))).toHaveLength(3)
    expect(next.asked.filter((one) => one.includes('batch'))).toEqual([])
  })
})

describe('a list that moves', () => {
  it('loses nothing when pictures are made and deleted while it is read', async () => {
    // Two of the first page go, so that what follows moves up; and one more is made.
    const spot = { at: /image_gen/, times: 1 }
    const [removedOnTop, newOnTop] = [{ ...spot, rows: 2 }, { ...spot }]
    const run = await startBackfill({ site: await account(120, { removedOnTop, newOnTop }) })
    await run.done()
    expect([removedOnTop.times, newOnTop.times]).toEqual([0, 0])
    expect(run.asked.filter((one) => one.endsWith('image_gen?limit=25')).length).toBeGreaterThan(1)
    const there = new Set(hashesOf(run.root))
    expect(due().filter(({ sha256 }) => !there.has(sha256))).toEqual([])
  })
})

describe('silence', () => {
  it('is kept when the page itself is refused, and lasts an hour the second time', async () => {
    const run = await startBackfill({ site: await account(30), speed: 300 })
    await until(() => run.asked.length > 2)
    const url = 'https://chatgpt.com/backend-api/conversations?limit=20'
    const refuse = (requestId: string) => {
      const request = { url, method: 'GET' }
      run.emit(
        'Network.requestWillBeSent',
        { requestId, documentURL: 'https://chatgpt.com/', frameId: 'F', request },
        'S',
      )
      run.emit(
        'Network.responseReceived',
        { requestId, response: { url, status: 429, mimeType: 'application/json' } },
        'S',
      )
      run.emit('Network.loadingFinished', { requestId, encodedDataLength: 2 }, 'S')
    }
    refuse('r1')
    await until(() => run.progress().waiting?.reason.includes('429'))
    const quietMs = () => (run.progress().waiting?.until?.getTime() ?? 0) - run.now().getTime()
    expect(quietMs()).toBeGreaterThan(12 * 60_000)
    expect(quietMs()).toBeLessThanOrEqual(15 * 60_000)
    const { length } = run.asked
    await until(() => run.asked.length > length)
    refuse('r2')
    await until(() => run.progress().waiting?.reason.includes('429'))
    expect(quietMs()).toBeGreaterThan(45 * 60_000)
  })

  it('is kept while it is frozen', async () => {
    const run = await startBackfill({ site: await account(30) })
    await until(() => run.asked.length > 2)
    put(frozenFile(run.root), '')
    await until(() => run.progress().waiting?.reason.startsWith('frozen'))
    rmSync(frozenFile(run.root))
    await run.done()
    expectAll(run.root)
  })
})

describe('every conversation, with --all', () => {
  it('is found in the search, among the archived ones and in projects, and pictures that no list names with it', async () => {
    await account(50)
    const all = [...site.world.conversations.values()]
    const [archived, inProject] = [all[3], all[4]]
    if (archived) archived.isArchived = true
    if (inProject) inProject.projectId = 'g-p-0123abc'
    site.troubles.onlyFolders = { at: /image_gen|files\/library/ }
    site.troubles.lyingTotal = {}
    const run = await startBackfill({ site, scope: { isAll: true } })
    await run.done()
    const there = new Set(hashesOf(run.root))
    const { fileId: ofDeletedChat } = site.history.libraryOnly
    expect(due().filter(({ sha256, fileId }) => fileId !== ofDeletedChat && !there.has(sha256))).toEqual([])
    expect(run.journal.conversation(archived?.id ?? '')?.state).toBe('read')
    expect(run.journal.conversation(inProject?.id ?? '')?.state).toBe('read')
  })
})

describe('a part of an account', () => {
  it('ends where it is older than wanted, with --since', async () => {
    await account(200)
    // The pretend lists date everything now, so these are the newest.
    const run = await startBackfill({ site, scope: { since: new Date(Date.now() + 60_000) } })
    await run.done()
    expect(run.asked.filter((one) => /image_gen|files\/library/.test(one))).toHaveLength(3)
    const pictures = run.journal.catalogues().filter(({ name }) => name !== 'uploads')
    expect(pictures.map(({ end }) => end)).toEqual(['since', 'since', 'since'])
  })

  it('is counted only, with --dry-run', async () => {
    await account(60)
    const run = await startBackfill({ site, scope: { isDryRun: true } })
    await run.done()
    expect(run.progress()).toMatchObject({ listed: due().length + 1, held: 0, conversationsLeft: 0 })
    expect(run.asked.filter((one) => /conversation|download/.test(one))).toEqual([])
    expect(run.archive.pending.count).toEqual({ facts: 0, bytes: 0 })
  })

  it('is the lists and their pictures, with --only-library', async () => {
    const run = await startBackfill({ site: await account(40), scope: { isOnlyLibrary: true } })
    await run.done()
    expect(hashesOf(run.root)).toEqual(truthOf(due()))
    expect(run.asked.filter((one) => /batch|num_turns|conversation\/[^/?]+$/.test(one))).toEqual([])
  })
})

it('neither token nor cookie nor person stands in the archive, its journals or what is said', async () => {
  const run = await startBackfill({ site: await account(30) })
  await run.done()
  await run.stop()
  const texts = filesBelow(run.root)
    .filter((file) => /json$/.test(file))
    .map((file) => readFileSync(path.join(run.root, file), 'utf8'))
  expect(texts.length).toBeGreaterThan(30)
  for (const secret of Object.values(site.secrets)) expect([...texts, ...run.notices].join('\n')).not.toContain(secret)
})

/** More with `BACKFILL_PICTURES=5000`, which takes some minutes. */
const pictures = Number(process.env.BACKFILL_PICTURES ?? 150)
const stops = Math.ceil(pictures / 100)

const passing = ['tooMany', 'tooManyFor', 'challenge', 'challengeAsSuccess', 'serverError', 'badGateway'] as const

it(`${pictures} pictures, every trouble at random and ${stops} kills: all that can be had is there, with its facts`, async () => {
  await account(pictures)
  // These the site refuses to everybody.
  const refused = due().filter((_, at) => at % 97 === 50)
  const libraryIds = refused.map(({ storageId }) => storageId.replaceAll('-', ''))
  site.troubles.notFound = { at: new RegExp(`/libfile_(?:${libraryIds.join('|')})/`) }
  site.troubles.forbidden = { at: new RegExp(`/(?:${refused.map(({ fileId }) => fileId).join('|')})(?:/|$|\\?)`) }
  for (const name of passing) site.troubles[name] = { at: /backend-api\/(?!estuary)/, chance: 0.004 / passing.length }
  site.troubles.shortBatch = { at: /batch/, chance: 0.1 }
  const common = { site, speed: 400_000, scope: { perHour: 600 } }
  let [root, from] = [temporaryFolder(), new Date('2026-11-29T08:00:00Z')]
  for (let times = 0; times < stops; times++) {
    const run = await startBackfill({ ...common, root, from })
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 400))
    const left = snapshotOf(run.root)
    from = run.now()
    await run.stop()
    root = left
  }
  const last = await startBackfill({ ...common, root, from })
  await until(
    () => last.progress().phase === 'done',
    () => JSON.stringify(last.progress()),
    600_000,
  )
  await last.stop()
  const coverage = await coverageOf(last.root)
  expect(coverage.lacking.map(({ fileId }) => fileId).sort()).toEqual(refused.map(({ fileId }) => fileId).sort())
  expect(new Set(coverage.lacking.map(({ reason }) => reason))).toEqual(new Set(['refused']))
  const records = new Map([...recordsOf(last.root).values()].map((record) => [record.sha256, record]))
  for (const picture of due().filter((one) => !refused.includes(one))) {
    expect(records.has(picture.sha256)).toBe(true)
    if (picture.prompt?.startsWith('A paper boat, number'))
      expect(records.get(picture.sha256)).toMatchObject({ prompt: picture.prompt, gen_id: picture.genId })
  }
}, 900_000)
