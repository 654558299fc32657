import { spawn } from 'node:child_process'
import puppeteer from 'puppeteer-core'
import { afterEach, describe, expect, it } from 'vitest'
import { installedBrowsers } from '../../src/browser/installed.ts'
import { type Wire, WireError } from '../../src/browser/wire.ts'
import { startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { until } from '../fakes/until.ts'
import { hashesOf, machineArgs, startVisit, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit?.stop())

/** Notes every command that is sent, and can refuse some as an older browser would. */
function spy(refused: RegExp = /^$/) {
  const sent: { method: string; sessionId: string | undefined }[] = []
  const tap = (wire: Wire): Wire => ({
    ...wire,
    send(method, params, sessionId, timeoutMs) {
      sent.push({ method, sessionId })
      if (refused.test(method)) return Promise.reject(new WireError(method, 'refused by the test'))
      return wire.send(method, params, sessionId, timeoutMs)
    },
  })
  return { sent, tap }
}

/** What the probe sees in a browser that nobody is connected to and that offers no port. */
async function reportOfUnwatched(): Promise<string> {
  const site = await startPretendChatgpt({ pages: { '/probe': probePage } })
  const args = [
    ...site.chromiumArgs,
    ...machineArgs,
    '--headless=new',
    '--no-first-run',
    `--user-data-dir=${temporaryFolder()}`,
  ]
  const browser = spawn(installedBrowsers()[0]?.path ?? '', [...args, 'https://chatgpt.com/probe'], { stdio: 'ignore' })
  try {
    return await until(() => site.reports[0])
  } finally {
    const ended = new Promise((resolve) => browser.once('exit', resolve))
    browser.kill()
    await ended
    await site.close()
  }
}

/** What a suspicious page may ask; it posts what it sees. */
const probePage = `<!doctype html><script>
const seen = []
const error = new Error('probe')
Object.defineProperty(error, 'stack', { get() { seen.push('stack was read'); return '' } })
console.debug(error)
const own = class extends Error { get message() { seen.push('message was read'); return '' } }
console.log(new own())
const before = performance.now(); debugger; const pausedMs = performance.now() - before
setTimeout(() => fetch('/pretend/report', { method: 'POST', body: JSON.stringify({
  webdriver: navigator.webdriver, seen, paused: pausedMs > 100,
  automation: Object.keys(window).filter((key) => /cdc_|selenium|puppeteer|playwright|__pw/i.test(key)),
  width: innerWidth > 0, languages: navigator.languages.length > 0,
}) }), 300)
</script>`

describe('the page is not disturbed', () => {
  it('cannot tell that it is watched', async () => {
    visit = await startVisit({
      site: { pages: { '/probe': probePage } },
      startUrl: 'https://chatgpt.com/probe',
      isAlone: true,
    })
    const watched = await until(() => visit.site.reports[0])
    await visit.stop()
    expect(JSON.parse(watched)).toEqual(JSON.parse(await reportOfUnwatched()))
    expect(JSON.parse(watched).webdriver).toBe(false)
  })

  it('negative control: would notice a browser that says it is automated', async () => {
    const site = await startPretendChatgpt({ pages: { '/probe': probePage } })
    const browser = await puppeteer.launch({
      executablePath: installedBrowsers()[0]?.path ?? '',
      args: [...site.chromiumArgs, ...machineArgs],
    })
    try {
      await (await browser.newPage()).goto('https://chatgpt.com/probe')
      expect(JSON.parse(await until(() => site.reports[0])).webdriver).toBe(true)
    } finally {
      await browser.close()
      await site.close()
    }
  })

  it('is sent only commands that observe', async () => {
    const { sent, tap } = spy()
    const config = { fetchMissing: false }
    visit = await startVisit({ tap, config, startUrl: 'https://chat.openai.com/#tour', isAlone: true })
    await visit.site.tourEnded
    await visit.calm()
    await visit.stop()
    const listening = [
      'Browser.close',
      'Network.configureDurableMessages',
      'Network.disable',
      'Network.enable',
      'Network.getResponseBody',
      'Network.streamResourceContent',
      'Page.navigate',
      'Runtime.runIfWaitingForDebugger',
      'Target.attachToTarget',
      'Target.setAutoAttach',
      'Target.setDiscoverTargets',
    ]
    expect(visit.oddities('body-missed')).toEqual([])
    expect([...new Set(sent.map(({ method }) => method))].filter((method) => !listening.includes(method))).toEqual([])
    // The one navigation is the first address of the first tab.
    expect(sent.filter(({ method }) => method === 'Page.navigate')).toHaveLength(1)
  })

  it('gets a streamed answer piece by piece, as without us', async () => {
    visit = await startVisit({ site: { paceMs: 120 } })
    const page = await visit.page()
    await page.evaluate(() => window.pretend.send('refusal', 'Draw something you must not'))
    const [first = 0, whole = 0] = await page.evaluate(() => [window.firstEventAfterMs ?? 0, window.streamMs ?? 0])
    expect(whole).toBeGreaterThan(400)
    expect(first).toBeLessThan(whole / 2)
  })

  it('is asked for nothing a second time', async () => {
    visit = await startVisit()
    const page = await visit.page()
    await page.evaluate((id) => window.pretend.openConversation(id), visit.site.history.conversation.id)
    await visit.archived(5)
    await visit.calm()
    for (const picture of visit.site.world.pictures.values()) expect(picture.served).toBeLessThanOrEqual(1)
  })
})

describe('only what concerns us', () => {
  it('reads nothing of what a foreign tab asks for, even from ChatGPT', async () => {
    const { sent, tap } = spy()
    visit = await startVisit({ tap })
    await visit.page()
    const page = await visit.newPage('https://example.org/')
    const quiet = sent.length
    await page.evaluate(
      (id) => fetch(`/backend-api/conversation/${id}`).then((answer) => answer.text()),
      visit.site.history.conversation.id,
    )
    await visit.calm()
    expect(sent.slice(quiet).filter(({ method }) => method === 'Network.getResponseBody')).toEqual([])
    expect(hashesOf(visit.archivePath)).toEqual([])
  })

  it('sees a tab’s first request when it comes to ChatGPT from another site, as after logging in', async () => {
    visit = await startVisit()
    await visit.page()
    const page = await visit.newPage('https://auth.openai.com/')
    await page.goto(`https://chatgpt.com/c/${visit.site.history.conversation.id}`)
    await visit.archived(5)
    expect(visit.oddities('load-unseen')).toEqual([])
  })

  it('archives the pictures of a tab that was open before we connected, without asking for them again', async () => {
    const site = await startPretendChatgpt({})
    const browser = await puppeteer.launch({
      executablePath: installedBrowsers()[0]?.path ?? '',
      args: [...site.chromiumArgs, ...machineArgs],
      userDataDir: temporaryFolder(),
      debuggingPort: 0,
    })
    try {
      const page = await browser.newPage()
      await page.goto(`https://chatgpt.com/c/${site.history.shared.id}`)
      const old = [...site.world.pictures.values()].filter((picture) => picture.era === 'A')
      for (const { fileId } of old)
        await page.evaluate((id) => window.pretend.show(id, 'x', 'A', document.body), fileId)
      const port = Number(new URL(browser.wsEndpoint()).port)
      visit = await startVisit({ reuseSite: site, config: { cdpPort: port } })
      await until(() => visit.events.find((event) => event.kind === 'counts' && event.waiting >= old.length))
      await page.evaluate(
        (id) => fetch(`/backend-api/conversation/${id}`).then((answer) => answer.text()),
        site.history.conversation.id,
      )
      await visit.archived(old.length)
      await visit.stop()
      expect(hashesOf(visit.archivePath)).toEqual(old.map((picture) => picture.sha256).sort())
      expect(old.map((picture) => picture.served)).toEqual(old.map(() => 1))
      // A browser we found is left as it was.
      expect(await page.evaluate(() => document.title)).toBe('Pretend ChatGPT')
    } finally {
      await browser.close()
      await site.close()
    }
  })
})

describe('a connection that is lost while the browser runs', () => {
  it('is made again, and what is shown after that is archived', async () => {
    const wires: Wire[] = []
    visit = await startVisit({
      tap(wire) {
        wires.push(wire)
        return wire
      },
    })
    const page = await visit.page()
    await wires[0]?.close()
    await until(() => visit.events.find((event) => event.kind === 'notice'))
    await page.goto(`https://chatgpt.com/c/${visit.site.history.conversation.id}`)
    await visit.archived(5)
    expect(wires).toHaveLength(2)
  })
})

describe('a stream that is left in the middle', () => {
  it('keeps what came before the page aborted its request', async () => {
    visit = await startVisit()
    const page = await visit.page()
    await page.evaluate(() => {
      window.abortAfterComplete = true
    })
    await page.evaluate(() => window.pretend.send('preview-2025', 'A boat of an aborted stream'))
    await visit.archived(1)
    expect(visit.events.find((event) => event.kind === 'kept')).toMatchObject({
      record: { prompt: 'A boat of an aborted stream' },
    })
  })

  it('negative control: keeps nothing of it when streams are not followed', async () => {
    const { tap } = spy(/streamResourceContent|attachToTarget/)
    visit = await startVisit({ tap })
    const page = await visit.page()
    await page.evaluate(() => {
      window.abortAfterComplete = true
    })
    await page.evaluate(() => window.pretend.send('preview-2025', 'A boat of an aborted stream'))
    await visit.calm()
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual([])
    expect(visit.oddities('body-missed').length).toBeGreaterThan(0)
  })
})
