import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Pending } from '../../src/archive/pending.ts'
import type { Asker } from '../../src/ask/asker.ts'
import type { Attempts } from '../../src/ask/attempts.ts'
import { Refusal } from '../../src/ask/refusal.ts'
import { frozenFile } from '../../src/backfill/backfill.ts'
import { createBudget } from '../../src/backfill/budget.ts'
import { createConversationReads } from '../../src/backfill/conversations.ts'
import { coverageOf } from '../../src/backfill/coverage.ts'
import { openBackfillJournal } from '../../src/backfill/journal.ts'
import { createPatience } from '../../src/backfill/patience.ts'
import { createByteLadder } from '../../src/daemon/byte-ladder.ts'
import { handOver } from '../../src/daemon/door.ts'
import { createMissingPictures } from '../../src/daemon/missing-pictures.ts'
import type { Intake } from '../../src/intake/intake.ts'
import type { PretendChatgpt, Troubles } from '../../src/pretend-chatgpt/server.ts'
import { thisProcess } from '../../src/process-id.ts'
import { chatgpt } from '../../src/sites/chatgpt/chatgpt.ts'
import { history } from '../../src/sites/chatgpt/history.ts'
import { facts } from '../fakes/facts.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { startAccount, startBackfill } from './support.ts'

let site: PretendChatgpt
const account = async (count: number, troubles: Troubles = {}) => {
  site = await startAccount(count)
  Object.assign(site.troubles, troubles)
  return site
}

const lists = /image_gen|files\/library/
const start = '2026-11-29T08:00:00.000Z'
const tab = { sessionId: 'S', url: 'https://chatgpt.com/' }
const pageOf = (name: string, json: unknown) => history.listNamed(name)?.read(JSON.stringify(json), null)

/** An archive whose journal holds these rows already. */
function rootWith(...rows: readonly object[]): string {
  const root = temporaryFolder()
  put(path.join(root, 'history/journal.ndjson'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return root
}

describe('a page of a list', () => {
  it('knows its pictures apart, also those of one conversation', () => {
    const item = (n: number) => ({ asset_pointer: `file-service://file-${'A'.repeat(20)}${n}xy`, conversation_id: 'c' })
    const page = pageOf('generated', { items: [item(10), item(11), item(12)], cursor: null })
    expect(new Set(page?.rowIds).size).toBe(3)
  })

  it.each([['x'.repeat(9_000)], [{ after: 'x' }], [true]])('is none when its cursor cannot be read', (cursor) => {
    expect(pageOf('generated', { items: [], cursor })).toBeUndefined()
  })

  it('of the library leaves out what is no image or of others, and reads when the rest was made', () => {
    const file = (n: number, more: object) => ({ id: `libfile_${n}`, file_id: `file-${'A'.repeat(20)}${n}`, ...more })
    const page = pageOf('library', {
      items: [
        file(1, { mime_type: 'application/pdf' }),
        file(2, { id: 'external-gdrive:2', library_file_category: 'image' }),
        file(3, { mime_type: 'image/png', record_creation_time: start }),
        file(4, { library_file_category: 'image', file_upload_time: Date.parse(start) / 1_000 }),
      ],
    })
    expect(page?.items.map(({ libraryId }) => libraryId)).toEqual(['libfile_3', 'libfile_4'])
    expect(page?.items.map(({ createdAt }) => createdAt?.toISOString())).toEqual([start, start])
    expect(page?.rowIds).toHaveLength(4)
  })

  it('that repeats the one before it, since the list grew, ends nothing', async () => {
    const newOnTop = { at: /image_gen/, times: 1, rows: 25 }
    const run = await startBackfill({ site: await account(120, { newOnTop }) })
    await run.done()
    expect(newOnTop.times).toBe(0)
    // The walk that met it went on; the second one is since the list has moved.
    expect(run.asked.filter((one) => one.endsWith('after=75'))).toHaveLength(2)
    expect(run.journal.catalogue('generated')?.end).toBe('cursor')
  })
})

describe('a walk', () => {
  it('goes on behind what is known, with --until-known, while its end was never seen', async () => {
    const first = await startBackfill({ site: await account(150, { notFound: { at: /after=50/ } }) })
    await first.done()
    expect(first.journal.catalogue('generated')?.end).toBe('refused')
    await first.stop()
    delete site.troubles.notFound
    const next = await startBackfill({ site, root: first.root, from: first.now(), scope: { isUntilKnown: true } })
    await next.done()
    expect(next.journal.catalogue('generated')?.end).toBe('cursor')
  })

  it('that was left in the middle a week ago is begun anew', async () => {
    const at = '2026-11-20T08:00:00.000Z'
    const state = { name: 'generated', walk: at, cursor: '50', pages: 2, end: null, reason: null, at }
    const run = await startBackfill({ site: await account(100), root: rootWith({ kind: 'catalogue', ...state }) })
    await run.done()
    expect(run.asked).toContain('GET /backend-api/my/recent/image_gen?limit=25')
    await run.stop()
    expect((await coverageOf(run.root)).isComplete).toBe(true)
  })
})

it('a budget that a person gives holds for the first hour, too', async () => {
  const journal = await openBackfillJournal(temporaryFolder(), async () => {})
  const now = () => new Date(start)
  const budget = createBudget(journal, now, 20)
  expect(budget.dueAt(10)).toEqual(now())
  await budget.spend(10).catch(() => {})
  expect(budget.dueAt(10).getTime() - now().getTime()).toBe(30 * 60_000)
})

it('bytes that a tab did not get as it was closed do not count against the picture', async () => {
  const one = facts()
  let tabs = [tab]
  const failed: string[] = []
  const asker = {
    ask: async () => ({
      ...{ status: 200, mimeType: 'application/json', retryAfterS: null },
      text: '{"download_url":"https://x.oaiusercontent.com/a"}',
    }),
    getFile: () => {
      tabs = []
      return Promise.reject(new Error('the session is gone'))
    },
  } as Partial<Asker> as Asker
  const now = () => new Date(start)
  const missing = createMissingPictures({
    ...{ asker, site: chatgpt.questions, siteName: 'chatgpt', graceMs: 0, now },
    ladder: createByteLadder({ asker, site: chatgpt.questions, now, tabs: () => tabs }),
    intake: { wantsBytes: () => true } as Partial<Intake> as Intake,
    pending: { withoutBytes: () => [one], facts: () => one } as Partial<Pending> as Pending,
    attempts: { isDue: () => true, failed: async (key) => void failed.push(key) } as Partial<Attempts> as Attempts,
    tabs: () => tabs,
    onOddity: () => {},
  })
  await missing.next()?.()
  expect([tabs, failed, missing.left()]).toEqual([[], [], 1])
})

it('a profile asks for its own pictures, and for those of which nobody knows whose they are', () => {
  const all = [facts({ profiles: ['home'] }), facts({ profiles: ['work', 'home'] }), facts()]
  const left = (profile: string | null) =>
    createMissingPictures({
      ...{ asker: {} as Asker, site: chatgpt.questions, siteName: 'chatgpt', graceMs: 0, now: () => new Date(start) },
      ...{ profile, ladder: { get: async () => {} }, tabs: () => [tab], onOddity: () => {} },
      intake: { wantsBytes: () => true } as Partial<Intake> as Intake,
      pending: { withoutBytes: () => all, facts: () => undefined } as Partial<Pending> as Pending,
      attempts: { isDue: () => true } as Partial<Attempts> as Attempts,
    }).left()
  expect([left('work'), left('home'), left('other'), left(null)]).toEqual([2, 3, 1, 3])
})

describe('bytes', () => {
  const one = facts()
  const missingWith = (getFile: Asker['getFile'], verdict: object) => {
    const failed: string[] = []
    const asked: string[] = []
    const asker = {
      ask: async (_, { path }) => {
        asked.push(path)
        const text = `{"download_url":"https://files.oaiusercontent.com/${asked.length}"}`
        return { ...{ status: 200, mimeType: 'application/json', retryAfterS: null }, text }
      },
      getFile,
    } as Partial<Asker> as Asker
    const now = () => new Date(start)
    const missing = createMissingPictures({
      ...{ asker, site: chatgpt.questions, siteName: 'chatgpt', graceMs: 0, now },
      ladder: createByteLadder({ asker, site: chatgpt.questions, now, tabs: () => [tab] }),
      intake: { wantsBytes: () => true, receive: async () => verdict } as Partial<Intake> as Intake,
      pending: {
        ...{ withoutBytes: () => [one], facts: () => one, hasBytes: () => false },
      } as Partial<Pending> as Pending,
      attempts: {
        ...{ isDue: () => failed.length === 0, succeeded: async () => {} },
        failed: async (_, reason) => void failed.push(reason),
      } as Partial<Attempts> as Attempts,
      tabs: () => [tab],
      onOddity: () => {},
    })
    return { missing, failed, asked }
  }
  const file = { status: 200, mimeType: 'image/png', bytes: Buffer.alloc(9), retryAfterS: null }

  it('that are kept as those of another file are not asked for again and again', async () => {
    const { missing, failed } = missingWith(async () => file, { kind: 'waiting' })
    await missing.next()?.()
    expect(failed).toEqual(['its bytes are known as those of another file'])
    expect(missing.next()).toBeUndefined()
  })

  it.each([
    ['are not those of the picture', async () => file],
    ['are on a host that is out of reach', () => Promise.reject(new Error('net::ERR_NAME_NOT_RESOLVED'))],
  ])('that %s are asked for by the next route', async (_, getFile) => {
    const { missing, failed, asked } = missingWith(getFile, { kind: 'unfit', reason: 'too short' })
    await missing.next()?.()
    expect(new Set(asked).size).toBe(chatgpt.questions.lookUpPaths(one.fileId, one.conversationId).length)
    expect(failed).toHaveLength(1)
  })
})

describe('a conversation', () => {
  it.each([
    ['answered by nothing we know', 200, 'failed'],
    ['not found', 404, 'gone'],
  ])('is not read when it is %s', async (_, status, state) => {
    await account(10, { serverError: { at: /\/conversations\// } })
    site.answerInstead(/\/backend-api\/conversation\/[^/]+$/, { status })
    const run = await startBackfill({ site })
    await run.done()
    const [one] = site.world.conversations.keys()
    expect(run.journal.conversation([...site.world.conversations.keys()].at(-1) ?? one ?? '')?.state).toBe(state)
  })

  it('is asked for again in the same run when all its routes have failed for a while', async () => {
    const serverError = { at: /\/conversations?\/(?!search)/, times: 3 }
    const run = await startBackfill({ site: await account(10, { serverError }) })
    await run.done()
    expect(serverError.times).toBe(0)
    expect(run.journal.conversations().map(({ state }) => state)).not.toContain('failed')
  })

  it('that fails in the middle is gone on with by the next run, and begun anew when that is not taken', async () => {
    await account(20, { unprocessable: { at: /batch/ } })
    site.troubles.serverError = { at: /before=|\/conversation\/[\w-]+$/ }
    const first = await startBackfill({ site })
    await first.done()
    await first.stop()
    const begun = first.journal.conversations().filter(({ state, before }) => state === 'failed' && before !== null)
    expect(begun.length).toBeGreaterThan(1)
    delete site.troubles.serverError
    site.troubles.notFound = { at: /before=/, times: 1 }
    const next = await startBackfill({ site, root: first.root, from: first.now() })
    await next.done()
    expect(next.journal.conversations().map(({ state }) => state)).not.toContain('failed')
    const anew = next.asked.filter((one) => one.includes('num_turns') && !one.includes('before='))
    expect(anew.filter((one) => begun.some(({ id }) => one.includes(id)))).toEqual([])
  })

  it('is asked for whole when its pages are not found', async () => {
    const run = await startBackfill({ site: await account(10, { notFound: { at: /\/conversations\// } }) })
    await run.done()
    expect(run.journal.conversation([...site.world.conversations.keys()].at(-1) ?? '')?.state).toBe('read')
  })

  it('goes on, with --all, when it was being read as the last run ended', async () => {
    await account(10, { onlyFolders: { at: lists } })
    const id = [...site.world.conversations.keys()].at(-1) ?? ''
    const at = new Date(Date.now() + 1e9).toISOString()
    const root = rootWith({ kind: 'conversation', id, state: 'reading', before: null, reason: null, at })
    const run = await startBackfill({ site, root, scope: { isAll: true } })
    await run.done()
    expect(run.journal.conversation(id)?.state).toBe('read')
  })

  it('has no end where something is older and nothing says how to ask for it', () => {
    const page = (page_info?: object) => history.olderIn(JSON.stringify({ messages: [], page_info }))
    expect(page({ has_previous_page: true, start_cursor: null })).toBeUndefined()
    expect(page()).toBeUndefined()
    expect(page({ has_previous_page: false, start_cursor: 'x' })).toEqual({ before: null })
  })

  it('is read five seconds after the end of the last one, also after a restart', async () => {
    let ms = Date.parse(start)
    const now = () => new Date(ms)
    const journal = await openBackfillJournal(temporaryFolder())
    const asker = {
      async ask() {
        ms += 4_000
        return { status: 500, text: '', mimeType: '', retryAfterS: null }
      },
    }
    const common = { asker, history, journal, now, learn: async () => [], onNotice: () => {} }
    const make = () => {
      const budget = createBudget(journal, now)
      const joining = { join: async () => {} }
      const options = { budget, joining, treePath: String, gapMs: 5_000, onTooMuch: () => {} }
      const reads = createConversationReads(common, options)
      reads.want(['a', 'b'])
      return reads
    }
    const reads = make()
    await reads.next()?.(tab)
    ms += 4_900
    expect(reads.next()).toBeUndefined()
    await journal.put({ kind: 'budget', tokens: 50, capacity: 100, at: now().toISOString() }).catch(() => {})
    expect(make().next()).toBeUndefined()
  })
})

describe('silence', () => {
  it('tells that the site answers short, which is no refusal of the page', async () => {
    const run = await startBackfill({ site: await account(220, { shortBatch: { at: /batch/ } }), speed: 2_000 })
    const said = 'the site answers short, as it does before it refuses'
    await until(
      () => run.progress().waiting?.reason === said,
      () => JSON.stringify(run.progress()),
    )
  })

  it('is as long as the site told the page, though our own refusal names no time', async () => {
    let times = 0
    const run = await startBackfill({
      site: await account(10, { tooMany: { at: lists, times: 1 } }),
      speed: 100,
      onAsk(url) {
        if (!lists.test(url.pathname) || times++ > 0) return
        const address = 'https://chatgpt.com/backend-api/conversations'
        const request = { url: address, method: 'GET' }
        const response = { url: address, status: 429, mimeType: 'application/json', headers: { 'retry-after': '7200' } }
        run.emit('Network.requestWillBeSent', { requestId: 'r', documentURL: tab.url, frameId: 'F', request }, 'S')
        run.emit('Network.responseReceived', { requestId: 'r', response }, 'S')
        run.emit('Network.loadingFinished', { requestId: 'r', encodedDataLength: 2 }, 'S')
      },
    })
    await until(() => times > 0 && run.progress().waiting?.until)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const leftMs = (run.progress().waiting?.until?.getTime() ?? 0) - run.now().getTime()
    expect(leftMs).toBeGreaterThan(90 * 60_000)
  })

  it('is told of from the start', async () => {
    const root = temporaryFolder()
    const silence = { key: '*', silentUntil: '2026-11-29T09:00:00.000Z', reason: 'HTTP 429' }
    put(path.join(root, 'pending/attempts.ndjson'), `${JSON.stringify(silence)}\n`)
    const run = await startBackfill({ site: await account(10), root, speed: 1 })
    expect(run.progress()).toMatchObject({ phase: 'lists', waiting: { reason: 'HTTP 429' } })
    expect(run.asked).toEqual([])
  })

  it('is kept for pictures, too, while it is frozen', async () => {
    const run = await startBackfill({
      site: await account(60),
      onAsk(url) {
        if (url.pathname.includes('/files/download/')) put(frozenFile(run.root), '')
      },
    })
    await until(() => run.progress().waiting?.reason.startsWith('frozen'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(run.asked.filter((one) => one.includes('/download'))).toHaveLength(1)
  })
})

it('pictures that only a conversation names are lacking when their bytes are refused', async () => {
  const run = await startBackfill({
    site: await account(10, { onlyFolders: { at: lists }, notFound: { at: /download|content_url/ } }),
    scope: { isAll: true },
  })
  await run.done()
  await run.stop()
  const { lacking, isComplete } = await coverageOf(run.root)
  expect([lacking.length > 0, isComplete]).toEqual([true, false])
})

describe('a question that never comes to an answer', () => {
  const absent = new Refusal('Failed to fetch', 'tab')

  it('is given up after a while, and waited for when the page can ask nothing', async () => {
    let isPageThere = true
    const isAnswered = (at: string) => at === '/probe' && isPageThere
    const answer = { status: 200, text: '', mimeType: '', retryAfterS: null }
    const asker = { ask: async (_: object, { path: at }: { path: string }) => (isAnswered(at) ? answer : fail()) }
    const fail = () => Promise.reject(absent)
    const ask = createPatience(asker, { path: '/probe' })
    const outcomes = async () => {
      const all: unknown[] = []
      for (let n = 0; n < 5; n++) all.push(await ask(tab, { path: '/odd' }).then(({ status }) => status, String))
      return all
    }
    expect((await outcomes()).at(-1)).toBe(408)
    isPageThere = false
    expect(new Set(await outcomes())).toEqual(new Set([String(absent)]))
  })
})

it('a command that waits for a watch ends when that is killed', async () => {
  const root = temporaryFolder()
  const stopping = AbortSignal.timeout(8_000)
  const waiting = handOver(root, { kind: 'backfill', work: {}, signal: stopping, onNews: () => {} })
  const request = await until(() => {
    try {
      return JSON.parse(readFileSync(path.join(root, 'requests/backfill.json'), 'utf8')) as { id: string }
    } catch {
      return undefined
    }
  })
  const by = { ...thisProcess(), pid: 2 ** 30 }
  put(
    path.join(root, 'requests/backfill.answer.json'),
    JSON.stringify({ id: request.id, by, isDone: false, news: null }),
  )
  expect(await waiting).toBe(false)
})

it('work is not taken by whoever holds the archive and watches nothing', async () => {
  const root = temporaryFolder()
  const given = { kind: 'import' as const, work: {}, signal: AbortSignal.timeout(5_000), onNews: () => {} }
  expect(await handOver(root, { ...given, patienceMs: 50 })).toBe(false)
  expect(readdirSync(path.join(root, 'requests'))).toEqual([])
})

it('goes on as soon as somebody has logged in, in the open window', async () => {
  const run = await startBackfill({ site: await account(10, { loggedOut: {} }), speed: 1 })
  await until(() => run.progress().waiting?.reason === 'nobody is logged in')
  const { length } = run.asked
  // The page itself asks as somebody: minutes before the silence would end.
  delete site.troubles.loggedOut
  const headers = { Authorization: `Bearer ${site.secrets.token}`, 'ChatGPT-Account-Id': site.secrets.account }
  const request = { url: 'https://chatgpt.com/backend-api/me', method: 'GET', headers }
  run.emit('Network.requestWillBeSent', { requestId: 'r', documentURL: tab.url, frameId: 'F', request }, 'S')
  run.emit('Network.loadingFailed', { requestId: 'r', errorText: 'x' }, 'S')
  await until(() => run.asked.length > length)
  expect(run.progress().waiting).toBeNull()
})

/** The page asks its site for something of its own. */
function hear(run: Awaited<ReturnType<typeof startBackfill>>, headers: Record<string, string>) {
  const request = { url: 'https://chatgpt.com/backend-api/me', method: 'GET', headers }
  run.emit('Network.requestWillBeSent', { requestId: 'r', documentURL: tab.url, frameId: 'F', request }, 'S')
  run.emit('Network.loadingFailed', { requestId: 'r', errorText: 'x' }, 'S')
}

it('goes on as soon as the page has another token than the one that was refused, and not before', async () => {
  const run = await startBackfill({ site: await account(10, { unauthorized: { at: lists, times: 1 } }), speed: 1 })
  await until(() => run.progress().waiting?.reason === 'HTTP 401')
  const { length } = run.asked
  hear(run, { authorization: `Bearer ${site.secrets.token}` })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(run.asked).toHaveLength(length)
  hear(run, { authorization: 'Bearer of another login' })
  await until(() => run.asked.length > length)
})

it('a page where nobody is logged in does not become somebody by asking without a token', async () => {
  const run = await startBackfill({ site: await account(10, { loggedOut: {} }), speed: 1 })
  await until(() => run.progress().waiting?.reason === 'nobody is logged in')
  const { length } = run.asked
  for (let times = 0; times < 5; times++) {
    hear(run, { 'oai-language': 'en' })
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  expect(run.asked).toHaveLength(length)
  expect(run.progress().waiting?.reason).toBe('nobody is logged in')
})

it('what the site has put up with is known to the next run', async () => {
  const root = temporaryFolder()
  const now = () => new Date(start)
  const journal = await openBackfillJournal(
    root,
    async (folder) => void mkdirSync(path.join(root, folder), { recursive: true }),
  )
  const budget = createBudget(journal, now)
  await budget.spend(50)
  await budget.exhausted()
  const next = createBudget(await openBackfillJournal(root), now)
  // Nothing is left of it, and of fifty that were too many it dares four fifths.
  expect(next.dueAt(1).getTime()).toBeGreaterThan(now().getTime())
  expect((await openBackfillJournal(root)).budget).toMatchObject({ tokens: 0, capacity: 40 })
})
