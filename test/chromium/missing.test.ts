import { readFileSync } from 'node:fs'
import path from 'node:path'
import puppeteer, { type Page } from 'puppeteer-core'
import { afterEach, describe, expect, it } from 'vitest'
import type { Pace } from '../../src/ask/asker.ts'
import { installedBrowsers } from '../../src/browser/installed.ts'
import { createPageAsker } from '../../src/browser/page.ts'
import { connectWire, type Wire, type WireReply } from '../../src/browser/wire.ts'
import { imageMessage, userMessage } from '../../src/pretend-chatgpt/messages.ts'
import { type PretendChatgpt, type PretendRequest, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import type { PictureWish, PretendPicture } from '../../src/pretend-chatgpt/world.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { hashesOf, machineArgs, startVisit, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit?.stop())

const pace: Pace = { graceMs: 300, everyMs: 20, betweenMs: [5, 20], tooManyMs: 600_000 }
/** After so long a silence, anything that is asked for at this pace would have been: its grace twice over. */
const askedByThenMs = 650

/** A conversation whose page names its pictures and shows none: they lie below the fold. */
function lazyConversation(site: PretendChatgpt, wishes: readonly Partial<PictureWish>[]) {
  const conversation = site.world.addConversation('Below the fold')
  const pictures = wishes.map((wish, index) => {
    const picture = site.world.addPicture({
      era: 'D',
      prompt: `Below the fold ${index}`,
      conversationId: conversation.id,
      ...wish,
    })
    const turn = { era: picture.era, parentId: conversation.current, turnId: `turn-${index}` }
    const asked = site.world.append(conversation, conversation.current, userMessage(turn, `Below the fold ${index}`))
    site.world.append(conversation, asked, imageMessage({ ...turn, parentId: asked }, [picture]))
    return picture
  })
  return { id: conversation.id, url: `https://chatgpt.com/c/${conversation.id}?lazy`, pictures }
}

const hashes = (pictures: readonly PretendPicture[]) => pictures.map((picture) => picture.sha256).sort()

/** Requests for pictures: look-ups and bytes. */
const forPictures = (site: PretendChatgpt) =>
  site.requests.filter(({ url }) => /download|estuary|\/raw$|oaiusercontent/.test(url.host + url.pathname))

/** What the site was asked for; a browser has questions of its own to others. */
const atSite = (requests: readonly PretendRequest[]) =>
  requests.filter(({ url }) => /(^|\.)(chatgpt|oaiusercontent)\.com$/.test(url.host) && url.pathname !== '/favicon.ico')

/** Whether any two were being answered at the same time. */
function overlap(requests: readonly PretendRequest[]): boolean {
  const isOpenAt = (one: PretendRequest, moment: number) => one.began < moment && (one.ended ?? Infinity) > moment
  return requests.some((one) => requests.some((other) => other !== one && isOpenAt(other, one.began)))
}

/** Hosts that were sent the token, in whatever part of a request. */
function hostsWith(secret: string, requests: readonly PretendRequest[]): string[] {
  const hasIt = ({ url, headers }: PretendRequest) => JSON.stringify([url.href, headers]).includes(secret)
  return [...new Set(requests.filter(hasIt).map(({ url }) => url.host))]
}

const attemptsOf = (archivePath: string) => readFileSync(path.join(archivePath, 'pending', 'attempts.ndjson'), 'utf8')

describe('pictures whose bytes the page never asks for', () => {
  it('are archived with one request at a time, whatever their host, with the token for the site alone', async () => {
    visit = await startVisit({ pace })
    const all = Array.from({ length: 3 }, () => [{}, { era: 'A' }, { era: 'C' }, { era: 'B' }] as const).flat()
    const { url, pictures } = lazyConversation(visit.site, all)
    await visit.newPage(url)
    await visit.archived(12)
    await visit.calm(askedByThenMs)
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
    expect(pictures.map((picture) => picture.served)).toEqual(pictures.map(() => 1))
    const asked = forPictures(visit.site)
    expect(asked.filter(({ url }) => url.pathname.startsWith('/backend-api/files/download/'))).toHaveLength(12)
    expect(asked).toHaveLength(24)
    expect(overlap(asked)).toBe(false)
    expect(hostsWith(visit.site.secrets.token, visit.site.requests)).toEqual(['chatgpt.com'])
    expect(new Set(asked.map((one) => one.url.host)).size).toBe(3)
    expect(visit.oddities('picture-missed')).toEqual([])
  })

  it('negative control: the page itself asks for all at once, and the test sees that', async () => {
    visit = await startVisit({ pace })
    const { id } = lazyConversation(visit.site, [{}, {}, { era: 'A' }, { era: 'C' }])
    await visit.newPage(`https://chatgpt.com/c/${id}`)
    await visit.archived(4)
    expect(overlap(forPictures(visit.site))).toBe(true)
  })

  it('are not asked for when the user has switched that off', async () => {
    visit = await startVisit({ pace, config: { fetchMissing: false } })
    const { url } = lazyConversation(visit.site, [{}, { era: 'A' }])
    await visit.newPage(url)
    await until(() => visit.events.find((event) => event.kind === 'counts' && event.waiting === 2))
    const before = atSite(visit.site.requests).length
    await visit.calm(askedByThenMs)
    expect(atSite(visit.site.requests)).toHaveLength(before)
    expect(forPictures(visit.site)).toEqual([])
    expect((await visit.stop()).waiting.facts).toBe(2)
  })

  it('are found by the older routes if the newest does not have them', async () => {
    visit = await startVisit({ pace })
    const { site } = visit
    site.answerInstead(/files\/download\//, { status: 404 })
    const { url, pictures, id } = lazyConversation(site, [{}, { era: 'A' }])
    const [newer, older] = pictures
    site.answerInstead(new RegExp(`attachment/${older?.fileId}/`), { status: 404 })
    await visit.newPage(url)
    await visit.archived(2)
    await visit.stop()
    const ways = (file: PretendPicture | undefined) =>
      forPictures(site).flatMap(({ url }) => (url.pathname.includes(file?.fileId ?? '?') ? [url.pathname] : []))
    expect(ways(newer)).toEqual([
      `/backend-api/files/download/${newer?.fileId}`,
      `/backend-api/conversation/${id}/attachment/${newer?.fileId}/download`,
    ])
    expect(ways(older)).toEqual([
      `/backend-api/files/download/${older?.fileId}`,
      `/backend-api/conversation/${id}/attachment/${older?.fileId}/download`,
      `/backend-api/files/${older?.fileId}/download`,
      `/${older?.fileId}`,
    ])
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
  })

  it('come from hosts that no page may read, and from hosts that need a cookie', async () => {
    visit = await startVisit({ pace })
    const { url, pictures } = lazyConversation(visit.site, [
      { faults: ['no-cors'] },
      { era: 'A', faults: ['no-cors'] },
      { era: 'C', faults: ['no-cors'] },
    ])
    const page = await visit.newPage(url)
    await visit.archived(3)
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
    // The page itself can read neither: the guarantee is not its own.
    const tries = await page.evaluate(
      async (stored, own) => [
        await fetch(`https://files.oaiusercontent.com/${stored}`).then(
          () => 'read',
          () => 'refused',
        ),
        (await fetch(`/backend-api/estuary/content?id=${own}`, { credentials: 'omit' })).status,
      ],
      pictures[1]?.fileId,
      pictures[0]?.fileId,
    )
    expect(tries).toEqual(['refused', 403])
  })
})

describe('a refusal', () => {
  it.each([
    ['of the bytes with 403', /estuary/, { status: 403 }, 'HTTP 403'],
    ['of every look-up with 404', /download/, { status: 404 }, 'HTTP 404'],
    [
      'to look up, by sending elsewhere',
      /download/,
      { status: 302, headers: { location: 'https://evil.example/' } },
      '',
    ],
  ])(
    '%s is reported, remembered across a restart and not followed by more requests',
    async (_, address, answer, reason) => {
      const site = await startPretendChatgpt({ paceMs: 5 })
      try {
        site.answerInstead(address, answer)
        site.answerInstead(/evil\.example/, { status: 200, headers: { 'access-control-allow-origin': '*' } })
        const { url, pictures } = lazyConversation(site, [{}])
        visit = await startVisit({ pace, reuseSite: site })
        await visit.newPage(url)
        await until(() => visit.oddities('picture-missed')[0])
        await visit.calm(askedByThenMs)
        await visit.stop()
        const asked = forPictures(site).length
        expect(hostsWith(site.secrets.token, site.requests)).toEqual(['chatgpt.com'])
        expect(site.requests.filter((one) => one.url.host === 'evil.example')).toEqual([])
        if (reason === '') return
        expect(visit.oddities('picture-missed')).toEqual([`${pictures[0]?.fileId}: ${reason}`])
        expect(attemptsOf(visit.archivePath)).toContain(`"reason":"${reason}"`)

        visit = await startVisit({ pace, reuseSite: site, archivePath: visit.archivePath })
        await visit.newPage(url)
        await visit.calm(askedByThenMs)
        expect(forPictures(site)).toHaveLength(asked)
      } finally {
        await visit.stop()
        await site.close()
      }
    },
  )

  it('with 429 stops our requests as long as it says, even after a restart; then all goes on', async () => {
    const site = await startPretendChatgpt({ paceMs: 5 })
    try {
      site.answerInstead(/files\/download/, { status: 429, headers: { 'retry-after': '3600' } }, 1)
      const { url } = lazyConversation(site, [{}, { era: 'A' }])
      visit = await startVisit({ pace, reuseSite: site })
      await visit.newPage(url)
      await until(() => visit.oddities('picture-missed')[0])
      await visit.calm(askedByThenMs)
      await visit.stop()
      expect(forPictures(site)).toHaveLength(1)
      expect(attemptsOf(visit.archivePath)).toContain('"reason":"HTTP 429')

      visit = await startVisit({ pace, reuseSite: site, archivePath: visit.archivePath })
      await visit.newPage(url)
      await visit.calm(askedByThenMs)
      await visit.stop()
      expect(forPictures(site)).toHaveLength(1)

      // Nobody remembers in a new archive, and this time the site asks for one second.
      site.answerInstead(/oaiusercontent/, { status: 429, headers: { 'retry-after': '1' } }, 1)
      visit = await startVisit({ pace, reuseSite: site })
      await visit.newPage(url)
      await visit.archived(2)
      expect(visit.oddities('picture-missed').map((one) => one.replace(/.*: /, ''))).toEqual(['HTTP 429'])
    } finally {
      await visit.stop()
      await site.close()
    }
  })
})

describe('a tab that was loaded before we connected', () => {
  async function cameLate(
    fetchMissing: boolean,
    before = async (_page: Page, _site: PretendChatgpt): Promise<void> => {},
  ) {
    const site = await startPretendChatgpt({ paceMs: 5 })
    const { url, pictures, id } = lazyConversation(site, [{}, { era: 'A' }])
    const browser = await puppeteer.launch({
      executablePath: installedBrowsers()[0]?.path ?? '',
      args: [...site.chromiumArgs, ...machineArgs],
      userDataDir: temporaryFolder(),
      debuggingPort: 0,
    })
    const page = await browser.newPage()
    await page.goto(url)
    await page.evaluate(() => window.ready)
    await before(page, site)
    const seen = atSite(site.requests).length
    const cdpPort = Number(new URL(browser.wsEndpoint()).port)
    visit = await startVisit({ pace, reuseSite: site, config: { cdpPort, fetchMissing } })
    const asked = () =>
      atSite(site.requests)
        .slice(seen)
        .map(({ url }) => url.pathname)
    const close = async () => {
      await visit.stop()
      await browser.close()
      await site.close()
    }
    return { site, pictures, page, asked, id, close }
  }

  const recordsKept = () => visit.events.flatMap((event) => (event.kind === 'kept' ? [event.record] : []))

  it('has its conversation asked for once, and its pictures come', async () => {
    const { site, pictures, asked, id, close } = await cameLate(true)
    try {
      await visit.archived(2)
      await visit.calm(askedByThenMs)
      expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
      const paths = asked()
      expect(paths.filter((one) => one === `/backend-api/conversation/${id}`)).toHaveLength(1)
      expect(paths.filter((one) => one === '/api/auth/session')).toHaveLength(1)
      expect(paths).toHaveLength(6)
      expect(hostsWith(site.secrets.token, site.requests)).toEqual(['chatgpt.com'])
      expect(visit.oddities('load-unseen')).toEqual([])
    } finally {
      await close()
    }
  })

  it('is read through the socket it had opened before', async () => {
    const send = (page: Page, prompt: string) =>
      page.evaluate((words) => window.pretend.send('async-object', words).then(() => {}), prompt)
    const { page, close } = await cameLate(true, (page) => send(page, 'While nobody listened'))
    try {
      await visit.calm(askedByThenMs)
      await send(page, 'By the old socket')
      const record = await until(() => recordsKept().find(({ prompt }) => prompt === 'By the old socket'))
      expect(record.source.channel).toBe('websocket')
    } finally {
      await close()
    }
  })

  it('has its conversation asked for again when something that was being loaded has arrived', async () => {
    let release = () => {}
    const bodyAfter = new Promise<void>((resolve) => {
      release = resolve
    })
    const begin = (page: Page, site: PretendChatgpt) => {
      site.answerInstead(/\/held$/, { status: 200, bodyAfter })
      return page.evaluate(() => void fetch('/held').then((answer) => answer.text()))
    }
    const { site, asked, id, close } = await cameLate(true, begin)
    const times = () => asked().filter((one) => one === `/backend-api/conversation/${id}`).length
    try {
      await until(() => recordsKept().length === 2 || undefined)
      const conversation = site.world.conversations.get(id)
      if (!conversation) throw new Error('no conversation')
      const picture = site.world.addPicture({ era: 'D', prompt: 'What came of it', conversationId: id })
      const turn = { era: picture.era, parentId: conversation.current, turnId: 'turn-late' }
      site.world.append(conversation, conversation.current, imageMessage(turn, [picture]))
      await visit.calm(askedByThenMs)
      expect(times()).toBe(1)
      release()
      await until(() => recordsKept().length === 3 || undefined)
      expect(times()).toBe(2)
    } finally {
      release()
      await close()
    }
  })

  it('is asked for nothing when the user has switched that off, which is reported once', async () => {
    const { asked, id, close } = await cameLate(false)
    try {
      await visit.calm(askedByThenMs)
      expect(asked()).toEqual([])
      expect(visit.oddities('load-unseen')).toEqual([
        `chatgpt.com/c/${id} was loading before it could be watched; reload it to be sure`,
      ])
    } finally {
      await close()
    }
  })
})

/** What scripts of the page can find of us. */
const watchful = () => {
  const calls: string[] = []
  const own = window.fetch
  window.fetch = (...given) => {
    calls.push(String(given[0]))
    return own(...given)
  }
  Object.assign(window, { pageCalls: calls, before: namesHere().sort() })
  function namesHere() {
    return Object.getOwnPropertyNames(window)
  }
}

/** Names that appeared in the page, the calls it saw, and what it looks like. */
const findings = (page: Page) =>
  page.evaluate(() => {
    const { before, pageCalls } = window as unknown as { before: string[]; pageCalls: string[] }
    const known = new Set([...before, 'before', 'pageCalls'])
    return {
      names: Object.getOwnPropertyNames(window).filter((name) => !known.has(name)),
      lookUps: pageCalls.filter((url) => url.includes('/download')),
      scripts: document.scripts.length,
      frames: frames.length,
    }
  })

/** Asks in the page's own world, as would be wrong. */
const withoutWorld = (wire: Wire): Wire => ({
  ...wire,
  async send(method, params = {}, sessionId = undefined, timeoutMs = undefined): Promise<WireReply> {
    if (method !== 'Runtime.callFunctionOn') return wire.send(method, params, sessionId, timeoutMs)
    const { functionDeclaration, arguments: given } = params as {
      functionDeclaration: string
      arguments: { value: unknown }[]
    }
    const values = given.map(({ value }) => JSON.stringify(value)).join(', ')
    const expression = `(${functionDeclaration})(${values})`
    return wire.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId, timeoutMs)
  },
})

describe('scripts of the page', () => {
  it.each([
    ['see nothing of the isolated world we use, and cannot reach us', false],
    ['negative control: would see it if it were their own world', true],
  ])('%s', async (_, isSabotaged) => {
    const sent = new Set<string>()
    const noting = (wire: Wire): Wire => ({
      ...wire,
      send(method, ...rest) {
        sent.add(method)
        return (isSabotaged ? withoutWorld(wire) : wire).send(method, ...rest)
      },
    })
    visit = await startVisit({ pace: { ...pace, graceMs: 1_500 }, tap: noting })
    const { url, pictures } = lazyConversation(visit.site, [{}, { era: 'A' }])
    const page = await visit.newPage(url)
    const said: string[] = []
    page.on('console', (message) => void said.push(message.text()))
    page.on('pageerror', (error) => void said.push(String(error)))
    await page.evaluate(watchful)
    const before = await findings(page)
    await visit.archived(2)
    const after = await findings(page)
    expect(hashesOf(visit.archivePath)).toEqual(hashes(pictures))
    expect(after.lookUps.length).toBe(isSabotaged ? 2 : 0)
    if (isSabotaged) return
    expect(after).toEqual(before)
    expect(said).toEqual([])
    // Nothing that gives a page a way to speak to us, nor one that leaves something in it.
    expect(
      [...sent].filter((one) => /addBinding|addScript|Runtime\.(enable|evaluate)|Fetch\.|Emulation\./.test(one)),
    ).toEqual([])
    expect(sent).toContain('Page.createIsolatedWorld')
  })
})

describe('a tab that has gone to another site since we looked', () => {
  /** Sends the tab away just before it is asked; `sabotage` is what the page is then made to run. */
  async function askAfterLeaving(sabotage?: string) {
    const site = await startPretendChatgpt({ pages: { '/elsewhere': '<title>Elsewhere</title>' } })
    const browser = await puppeteer.launch({
      executablePath: installedBrowsers()[0]?.path ?? '',
      args: [...site.chromiumArgs, ...machineArgs],
      userDataDir: temporaryFolder(),
    })
    const wire = await connectWire(browser.wsEndpoint())
    try {
      const page = await browser.newPage()
      await page.goto('https://chatgpt.com/')
      await page.goto('https://example.org/elsewhere')
      const { targetInfos } = (await wire.send('Target.getTargets')) as {
        targetInfos: { targetId: string; url: string }[]
      }
      const targetId = targetInfos.find(({ url }) => url.endsWith('/elsewhere'))?.targetId
      const { sessionId } = await wire.send('Target.attachToTarget', { targetId, flatten: true })
      const other: Wire = {
        ...wire,
        send: (method, params, ...rest) =>
          wire.send(
            method,
            method === 'Runtime.callFunctionOn' && sabotage ? { ...params, functionDeclaration: sabotage } : params,
            ...rest,
          ),
      }
      const headers = { authorization: `Bearer ${site.secrets.token}` }
      const outcome = await createPageAsker(other)
        .ask(String(sessionId), { method: 'GET', url: 'https://chatgpt.com/backend-api/files/x/download', headers })
        .then(
          () => 'answered',
          (error: Error) => error.message,
        )
      return { outcome, hosts: hostsWith(site.secrets.token, site.requests) }
    } finally {
      await wire.close()
      await browser.close()
      await site.close()
    }
  }

  it('is not asked, and gets no token', async () => {
    expect(await askAfterLeaving()).toEqual({ outcome: 'Error: the tab is elsewhere by now', hosts: [] })
  })

  it('negative control: without the check it would get the token', async () => {
    const careless = 'async (url, headers) => { await fetch(new URL(url).pathname, { headers }); return {} }'
    expect(await askAfterLeaving(careless)).toEqual({ outcome: 'answered', hosts: ['example.org'] })
  })
})
