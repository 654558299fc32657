import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { gentle, type Pace, type Tab } from '../../src/ask/asker.ts'
import { openAttempts } from '../../src/ask/attempts.ts'
import { createPageAsker } from '../../src/browser/page.ts'
import { startAsking } from '../../src/daemon/asking.ts'
import { createIntake } from '../../src/intake/intake.ts'
import { makePng } from '../../src/pretend-chatgpt/pictures.ts'
import { chatgpt } from '../../src/sites/chatgpt/chatgpt.ts'
import type { ImageFacts } from '../../src/sites/facts.ts'
import type { FileId } from '../../src/sites/ids.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { createFakeWire, soon } from '../fakes/wire.ts'

const quick: Pace = { graceMs: 30, everyMs: 2, betweenMs: [1, 3], tooManyMs: 60_000 }
const [id, other] = [facts().fileId, fileId('file-another')]
const size = { widthPx: 32, heightPx: 24 }
const bytes = makePng(size, 2_000)
const home: Tab = { sessionId: 'S', url: `https://chatgpt.com/c/${facts().conversationId}` }
const bearer = 'Bearer eyJsecret.of.the.page'
const storage = 'https://files.oaiusercontent.com/'

interface Answer {
  readonly status: number
  readonly text?: string
  readonly retryAfter?: string
  /** Not of this moment; whatever it waits for, nothing else may be asked meanwhile. */
  readonly after?: Promise<unknown>
}

/** A page and its site behind a wire, and what was asked of them, in order. */
function pretend(answer: (url: URL, headers: Record<string, string>) => Answer | Error | undefined) {
  const wire = createFakeWire()
  const asked: { url: string; headers: Record<string, string>; sessionId: string | undefined }[] = []
  const streams = new Map<string, Buffer>()
  let [inFlight, mostInFlight] = [0, 0]
  const serve = async (url: string, headers: Record<string, string>, sessionId: string | undefined) => {
    asked.push({ url, headers, sessionId })
    inFlight += 1
    mostInFlight = Math.max(mostInFlight, inFlight)
    await new Promise((resolve) => setTimeout(resolve, 3))
    const given = answer(new URL(url), headers) ?? { status: 404 }
    inFlight -= 1
    return given
  }
  wire.answer('Page.getFrameTree', { frameTree: { frame: { id: 'F' } } })
  wire.answer('Page.createIsolatedWorld', { executionContextId: 7 })
  wire.answer('Runtime.callFunctionOn', async ({ params, sessionId }) => {
    const [url, headers] = (params.arguments as { value: unknown }[]).map(({ value }) => value)
    const given = await serve(String(url), headers as Record<string, string>, sessionId)
    if (given instanceof Error) return { exceptionDetails: { exception: { description: given.message } } }
    return { result: { value: { text: '', ...given } } }
  })
  wire.answer('Network.loadNetworkResource', async ({ params, sessionId }) => {
    const given = await serve(String(params.url), {}, sessionId)
    if (given instanceof Error) return { resource: { success: false, netErrorName: given.message } }
    const { status, retryAfter } = given
    if (status !== 200)
      return { resource: { success: false, httpStatusCode: status, headers: { 'Retry-After': retryAfter } } }
    const stream = String(streams.size + 1)
    streams.set(stream, Buffer.from(given.text ?? '', 'latin1'))
    return { resource: { success: true, httpStatusCode: 200, stream } }
  })
  wire.answer('IO.read', ({ params }) => {
    const left = streams.get(String(params.handle)) ?? Buffer.alloc(0)
    const piece = left.subarray(0, 700)
    streams.set(String(params.handle), left.subarray(piece.length))
    return { data: piece.toString('base64'), base64Encoded: true, eof: piece.length === left.length }
  })
  return {
    wire,
    asked,
    paths: () => asked.map(({ url }) => new URL(url).host + new URL(url).pathname),
    mostInFlight: () => mostInFlight,
  }
}

/** Every route knows every file, and storage has the same picture for all. */
const generous = (url: URL): Answer => {
  if (url.host !== 'chatgpt.com') return { status: 200, text: bytes.toString('latin1') }
  if (url.pathname === '/api/auth/session')
    return { status: 200, text: JSON.stringify({ accessToken: bearer.slice(7) }) }
  const file = /file[-_]\w+/.exec(url.pathname)?.[0]
  return { status: 200, text: JSON.stringify({ download_url: `${storage}${file}?sig=0` }) }
}

interface Start {
  readonly root?: string
  readonly tabs?: readonly Tab[]
  readonly now?: () => Date
  readonly pace?: Pace
  readonly isQuiet?: () => boolean
  /** Addresses that the page itself has used. */
  readonly addresses?: ReadonlyMap<FileId, { readonly url: string; readonly at: Date }>
}

/** Somebody who asks, over an archive; open the same folder again for the next run. */
async function start(site: ReturnType<typeof pretend>, options: Start = {}) {
  const { root = temporaryFolder(), tabs = [home], now = () => new Date(), pace = quick } = options
  const archive = await openArchive(root, { now })
  const attempts = await openAttempts(path.join(root, 'pending', 'attempts.ndjson'))
  const oddities: string[] = []
  const onOddity = ({ kind, detail }: { kind: string; detail: string }) => void oddities.push(`${kind}: ${detail}`)
  const kept: FileId[] = []
  let looks = 0
  const intake = createIntake({
    archive,
    now,
    maxWaitDays: 1_000,
    onOddity,
    onStored: (record) => void kept.push(fileId(`file-${record.fileId}`)),
  })
  const missing = startAsking({
    site: chatgpt,
    asker: createPageAsker(site.wire),
    intake,
    pending: archive.pending,
    attempts,
    now,
    tabs: () => tabs,
    isQuiet: options.isQuiet ?? (() => true),
    onOddity,
    addressOf: (fileId) => options.addresses?.get(fileId),
    pace,
    async sleep(ms, signal) {
      if (ms === pace.everyMs) looks += 1
      await pause(ms, undefined, { signal }).catch(() => {})
    },
  })
  /** Until it has looked for something to ask so many times more, a grace long: what was to be asked has been. */
  const calm = async () => {
    const enough = looks + 25
    await until(() => looks >= enough)
  }
  const stop = async () => {
    missing.stop()
    await intake.close()
  }
  onTestFinished(() => stop())
  return {
    root,
    intake,
    missing,
    oddities,
    kept,
    attempts,
    stop,
    calm,
    tell: (more?: Partial<ImageFacts>) => intake.learn({ ...facts(), ...more }),
  }
}

async function until(isTrue: () => boolean) {
  for (let tries = 0; tries < 1_000 && !isTrue(); tries++) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(isTrue()).toBe(true)
}

describe('a picture whose bytes the page does not ask for', () => {
  it('is asked for once, by the newest route, through the tab that shows its conversation', async () => {
    const site = pretend(generous)
    const elsewhere: Tab = { sessionId: 'T', url: 'https://chatgpt.com/c/other' }
    const one = await start(site, { tabs: [elsewhere, home] })
    one.missing.heard('https://chatgpt.com', { Authorization: bearer, 'OAI-Device-Id': 'device', Cookie: 'no' })
    await one.tell()
    await until(() => one.kept.length === 1)
    await one.calm()
    expect(site.paths()).toEqual([`chatgpt.com/backend-api/files/download/${id}`, `files.oaiusercontent.com/${id}`])
    expect(site.asked.map(({ sessionId }) => sessionId)).toEqual(['S', 'S'])
    expect(site.asked[0]?.headers).toEqual({ Authorization: bearer, 'OAI-Device-Id': 'device' })
    expect(one.oddities).toEqual([])
  })

  it('is asked for without a token by a page that itself uses none for API requests', async () => {
    const [site, otherSite] = [pretend(generous), pretend(generous)]
    const [one, other] = [await start(site), await start(otherSite)]
    one.missing.heard('https://chatgpt.com/backend-api/conversations?limit=28', { accept: 'application/json' })
    await one.tell()
    await until(() => one.kept.length === 1)
    expect(site.paths()).not.toContain('chatgpt.com/api/auth/session')
    expect(site.asked[0]?.headers).toEqual({})
    other.missing.heard('https://chatgpt.com/backend-api/estuary/content?id=x', {})
    await other.tell()
    await until(() => other.kept.length === 1)
    expect(otherSite.paths()[0]).toBe('chatgpt.com/api/auth/session')
  })

  it('is found by the older routes, newest first, when the newer ones do not know it', async () => {
    const site = pretend((url) => (/files\/download|attachment/.test(url.pathname) ? undefined : generous(url)))
    const one = await start(site)
    one.missing.heard('https://chatgpt.com', { authorization: bearer })
    await one.tell()
    await until(() => one.kept.length === 1)
    expect(site.paths()).toEqual([
      `chatgpt.com/backend-api/files/download/${id}`,
      `chatgpt.com/backend-api/conversation/${facts().conversationId}/attachment/${id}/download`,
      `chatgpt.com/backend-api/files/${id}/download`,
      `files.oaiusercontent.com/${id}`,
    ])
  })

  it('is had from the address that the page has just used, without a look-up; one that refuses is looked up', async () => {
    const used = (path: string, at = new Date()) => new Map([[id, { url: `${storage}${path}`, at }]])
    const site = pretend(generous)
    const one = await start(site, { addresses: used('of-the-page') })
    await one.tell()
    await until(() => one.kept.length === 1)
    expect(site.paths()).toEqual(['files.oaiusercontent.com/of-the-page'])
    const refusing = pretend((url) => (url.pathname === '/of-the-page' ? { status: 403 } : generous(url)))
    const second = await start(refusing, { addresses: used('of-the-page') })
    second.missing.heard('https://chatgpt.com', { authorization: bearer })
    await second.tell()
    await until(() => second.kept.length === 1)
    expect(refusing.paths()).toEqual([
      'files.oaiusercontent.com/of-the-page',
      `chatgpt.com/backend-api/files/download/${id}`,
      `files.oaiusercontent.com/${id}`,
    ])
    // One that has run out by now is not tried.
    const late = pretend(generous)
    const third = await start(late, { addresses: used('of-the-page', new Date(Date.now() - 3 * 60_000)) })
    await third.tell()
    await until(() => third.kept.length === 1)
    expect(late.paths()).not.toContain('files.oaiusercontent.com/of-the-page')
  })

  it('is had by another route when the address that one names is refused', async () => {
    const byAttachment = (url: URL): Answer =>
      url.pathname.includes('/attachment/')
        ? { status: 200, text: JSON.stringify({ download_url: `${storage}by-attachment` }) }
        : generous(url)
    const site = pretend((url) => (url.pathname === `/${id}` ? { status: 403 } : byAttachment(url)))
    const one = await start(site)
    await one.tell()
    await until(() => one.kept.length === 1)
    expect(site.paths().at(-1)).toBe('files.oaiusercontent.com/by-attachment')
  })

  it('is one of many that are asked for one at a time, and the token goes to the site alone', async () => {
    const site = pretend(generous)
    const one = await start(site)
    for (let at = 0; at < 12; at++) await one.tell({ fileId: fileId(`file-number${at}`), genId: null })
    await until(() => one.kept.length === 12)
    expect(site.mostInFlight()).toBe(1)
    // Nobody told a token, so the site was asked for it once, as the page does.
    expect(site.paths().filter((one) => one.endsWith('/api/auth/session'))).toHaveLength(1)
    for (const { url, headers } of site.asked) {
      const mayHaveToken = url.startsWith('https://chatgpt.com/backend-api/')
      expect(Object.values(headers)).toEqual(mayHaveToken ? [bearer] : [])
    }
  })

  it('negative control: two requests made at once would be seen as two in flight', async () => {
    const site = pretend(generous)
    const [one, two] = [await start(site), await start(site)]
    for (const run of [one, two])
      for (let at = 0; at < 5; at++) await run.tell({ fileId: fileId(`file-number${at}`), genId: null })
    await until(() => one.kept.length === 5 && two.kept.length === 5)
    expect(site.mostInFlight()).toBeGreaterThan(1)
  })

  it('is not asked for while the page is loading, nor during the grace period', async () => {
    const site = pretend(generous)
    let isQuiet = false
    const busy = await start(site, { isQuiet: () => isQuiet })
    const patient = await start(site, { pace: { ...quick, graceMs: 1e9 } })
    await busy.tell()
    await patient.tell()
    await Promise.all([busy.calm(), patient.calm()])
    expect(site.asked).toEqual([])
    isQuiet = true
    await until(() => busy.kept.length === 1)
    expect(patient.kept).toEqual([])
  })

  it('is asked for by a page of the site, never by one that only shows a stored file', async () => {
    const site = pretend(generous)
    const shown: Tab = { sessionId: 'T', url: `${storage}file-abc?sig=0` }
    const one = await start(site, { tabs: [shown] })
    await one.tell()
    await one.calm()
    expect(site.asked).toEqual([])
    const two = await start(site, { tabs: [shown, home] })
    await two.tell()
    await until(() => two.kept.length === 1)
    expect(new Set(site.asked.map(({ sessionId }) => sessionId))).toEqual(new Set(['S']))
  })

  it('is asked for although truncated bytes of it came', async () => {
    const site = pretend(generous)
    const one = await start(site)
    await one.tell()
    await one.intake.receive({ fileId: id, bytes: bytes.subarray(0, 900), host: null, receivedAt: new Date() })
    await until(() => one.kept.length === 1)
  })

  it('does not count as a failure while its prompt may still come', async () => {
    const site = pretend(generous)
    const one = await start(site)
    await one.tell({ prompt: null, promptSource: null, channel: 'websocket' })
    await until(() => one.kept.length === 1)
    expect(one.oddities).toEqual([])
    expect(one.attempts.reasonOf(id)).toBeUndefined()
  })

  it('is asked for no more when we stop', async () => {
    const site = pretend(generous)
    const one = await start(site, { pace: { ...quick, graceMs: 60 } })
    await one.tell()
    await one.stop()
    await soon(120)
    expect(site.asked).toEqual([])
  })
})

describe('a picture that cannot be fetched', () => {
  const refusing = (status: number) => (url: URL) =>
    url.pathname.startsWith('/backend-api/') ? { status } : generous(url)

  it.each([
    ['whose look-ups answer 404', refusing(404), 'HTTP 404'],
    ['whose look-ups answer 403', refusing(403), 'HTTP 403'],
    [
      'whose bytes answer 403',
      (url: URL) => (url.host === 'chatgpt.com' ? generous(url) : { status: 403 }),
      'HTTP 403',
    ],
    [
      'whose look-ups name no address',
      (url: URL) =>
        url.pathname.startsWith('/backend-api/') ? { status: 200, text: '{"status":"error"}' } : generous(url),
      'no address',
    ],
    [
      'whose bytes are something else',
      (url: URL) => (url.host === 'chatgpt.com' ? generous(url) : { status: 200, text: '<html>' }),
      'no image',
    ],
    [
      'whose bytes are cut',
      (url: URL) =>
        url.host === 'chatgpt.com' ? generous(url) : { status: 200, text: bytes.subarray(0, 900).toString('latin1') },
      'a png file that was cut at 900 bytes',
    ],
    [
      'whose bytes are not reached',
      (url: URL) => (url.host === 'chatgpt.com' ? generous(url) : new Error('net::ERR_NAME_NOT_RESOLVED')),
      'net::ERR_NAME_NOT_RESOLVED',
    ],
  ])(
    '%s is reported with its reason and not asked for again, across restarts and for longer each time',
    async (_, answer, reason) => {
      const site = pretend(answer)
      let hours = 0
      const now = () => new Date(Date.UTC(2026, 4, 7) + hours * 3_600_000)
      const one = await start(site, { now })
      await one.tell()
      await until(() => one.attempts.reasonOf(id) !== undefined)
      await one.calm()
      const first = site.asked.length
      expect(one.attempts.reasonOf(id)).toBe(reason)
      expect(one.oddities.filter((oddity) => oddity.startsWith('picture-missed'))).toEqual([
        `picture-missed: ${id}: ${reason}`,
      ])
      await one.stop()

      const asksAt = async (hour: number, count: number) => {
        hours = hour
        const before = site.asked.length
        const run = await start(site, { now, root: one.root })
        if (count > 0) await until(() => run.oddities.some((oddity) => oddity.startsWith('picture-missed')))
        else await run.calm()
        await run.stop()
        expect(site.asked.length - before).toBe(count)
      }
      await asksAt(0.9, 0)
      await asksAt(1.1, first)
      await asksAt(24, 0)
      await asksAt(25.2, first)
      await asksAt(24 * 7, 0)
      // A clock that was set back does not silence us for good.
      await asksAt(-48, first)
    },
  )

  it('is not asked for again while its prompt may still come and its bytes are those of something else', async () => {
    const site = pretend(generous)
    const one = await start(site)
    await one.tell({ prompt: null, promptSource: null, channel: 'websocket', sizeBytes: bytes.length + 1 })
    await until(() => one.attempts.reasonOf(id) !== undefined)
    await one.calm()
    expect(one.attempts.reasonOf(id)).toBe(`${bytes.length} bytes where ${bytes.length + 1} were stated`)
    // Each route once: another may still have the picture itself.
    const lookUps = site.paths().filter((one) => one.includes(id) && one.includes('download'))
    expect(new Set(lookUps).size).toBe(lookUps.length)
  })

  it('does not prevent us from asking for the others', async () => {
    const site = pretend((url) => (url.pathname.includes(other) ? { status: 404 } : generous(url)))
    const one = await start(site)
    await one.tell({ fileId: other })
    await one.tell()
    await until(() => one.kept.length === 1)
    expect(one.attempts.reasonOf(other)).toContain('HTTP 404')
  })

  it('is forgotten as a failure once it has been received', async () => {
    let isThere = false
    const site = pretend((url) => (isThere || url.pathname.startsWith('/api/') ? generous(url) : { status: 404 }))
    let hours = 0
    const now = () => new Date(Date.UTC(2026, 4, 7) + hours * 3_600_000)
    const one = await start(site, { now })
    await one.tell()
    await until(() => one.attempts.reasonOf(id) !== undefined)
    isThere = true
    hours = 2
    await until(() => one.kept.length === 1)
    await until(() => one.attempts.reasonOf(id) === undefined)
    await until(() => !existsSync(path.join(one.root, 'pending', 'attempts.ndjson')))
  })

  it('is not charged with a failure when the tab went away during the request', async () => {
    let isGone = true
    const site = pretend((url) => {
      if (!isGone) return generous(url)
      isGone = false
      return new Error('Error: the tab is elsewhere by now')
    })
    const one = await start(site)
    await one.tell()
    await until(() => one.kept.length === 1)
    expect(one.oddities).toEqual([`picture-missed: ${id}: Error: the tab is elsewhere by now`])
    expect(one.attempts.reasonOf(id)).toBeUndefined()
  })
})

describe('a site that wants to be left alone', () => {
  const tooMany = { status: 429, retryAfter: '7200' }

  it.each([
    ['when looking up', (url: URL) => (url.pathname.startsWith('/backend-api/') ? tooMany : generous(url)), 2],
    ['when fetching', (url: URL) => (url.host === 'chatgpt.com' ? generous(url) : tooMany), 3],
    ['when asking for the token', () => tooMany, 1],
  ])('is asked for nothing as long as it says, across restarts: %s', async (_, answer, count) => {
    const site = pretend(answer)
    let hours = 0
    const now = () => new Date(Date.UTC(2026, 4, 7) + hours * 3_600_000)
    const one = await start(site, { now })
    for (const file of [id, other]) await one.tell({ fileId: file })
    await until(() => one.attempts.isSilent(now()))
    await one.calm()
    expect(site.asked).toHaveLength(count)
    expect(one.attempts.reasonOf(id)).toBeUndefined()
    await one.stop()
    expect(readFileSync(path.join(one.root, 'pending', 'attempts.ndjson'), 'utf8')).toContain('HTTP 429')

    hours = 1.9
    const early = await start(site, { now, root: one.root })
    await early.calm()
    await early.stop()
    expect(site.asked).toHaveLength(count)

    hours = 2.1
    const due = await start(site, { now, root: one.root })
    await until(() => site.asked.length > count)
    await due.stop()
  })

  it.each([
    ['401', (url: URL) => (url.pathname.startsWith('/backend-api/') ? { status: 401 } : generous(url))],
    [
      'a session without a token',
      (url: URL) => (url.pathname.startsWith('/api/') ? { status: 200, text: '{}' } : generous(url)),
    ],
  ])(
    'because nobody is logged in (%s) is not asked further, and no picture is charged with a failure',
    async (_, answer) => {
      const site = pretend(answer)
      const one = await start(site)
      for (const file of [id, other]) await one.tell({ fileId: file })
      await until(() => one.attempts.isSilent(new Date()))
      await one.calm()
      expect(site.asked.length).toBeLessThanOrEqual(2)
      expect([one.attempts.reasonOf(id), one.attempts.reasonOf(other)]).toEqual([undefined, undefined])
    },
  )
})

describe('a tab that was open before we connected', () => {
  it('has its conversation asked for once, however often it is reported, and again a grace period later', async () => {
    const site = pretend(generous)
    const one = await start(site)
    one.missing.heard('https://chatgpt.com', { authorization: bearer })
    for (let at = 0; at < 3; at++) one.missing.late(home)
    one.missing.late({ sessionId: 'T', url: 'https://chatgpt.com/library' })
    await until(() => site.asked.length > 0)
    await one.calm()
    const path = `chatgpt.com/backend-api/conversation/${facts().conversationId}`
    expect(site.paths()).toEqual([path])
    for (let at = 0; at < 10; at++) {
      one.missing.late(home)
      await one.calm()
    }
    // A turn that was under way may have ended, but a site is not asked for ever.
    expect(site.paths().length).toBeGreaterThan(1)
    expect(site.paths().length).toBeLessThanOrEqual(4)
    expect(new Set(site.paths())).toEqual(new Set([path]))
    expect(one.missing.late({ sessionId: 'T', url: 'https://chatgpt.com/library' })).toBe(false)
  })

  it('is not used for a request when it has been closed by then', async () => {
    const site = pretend(generous)
    const one = await start(site, { tabs: [] })
    one.missing.late(home)
    await one.calm()
    expect(site.asked).toEqual([])
  })

  it('is asked again after the site was busy', async () => {
    let isBusy = true
    const site = pretend((url) => {
      if (!isBusy) return generous(url)
      isBusy = false
      return { status: 429, retryAfter: '3600' }
    })
    let hours = 0
    const one = await start(site, { now: () => new Date(Date.UTC(2026, 4, 7) + hours * 3_600_000) })
    one.missing.heard('https://chatgpt.com', { authorization: bearer })
    one.missing.late(home)
    await until(() => one.oddities.length === 1)
    await one.calm()
    expect(site.asked).toHaveLength(1)
    hours = 2
    await until(() => site.asked.length === 2)
  })
})

it('asks slowly by default', () => {
  expect(gentle.graceMs).toBeGreaterThanOrEqual(10_000)
  expect(gentle.betweenMs[0]).toBeGreaterThanOrEqual(1_000)
  expect(gentle.betweenMs[1]).toBeGreaterThan(gentle.betweenMs[0])
  expect(gentle.tooManyMs).toBeGreaterThanOrEqual(5 * 60_000)
})
