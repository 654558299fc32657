import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { until } from '../fakes/until.ts'
import {
  answers,
  archivedIn,
  browserWith,
  build,
  conversationIn,
  endEverything,
  foreignBrowser,
  guardOf,
  kill,
  prepared,
  processesWith,
  run,
  sleep,
  start,
  startHasty,
  steer,
  tabsAt,
} from './faults-support.ts'
import { truthOf } from './support.ts'

beforeAll(build)
afterEach(endEverything)
afterAll(endEverything)

const isReady = (page: Page) => page.evaluate(() => window.ready).then(() => true)

describe('a browser that crashes', () => {
  it('is started again with its tabs, whose new pictures are archived', async () => {
    const { site, archive, folder, port, profile } = await prepared()
    const { add, url } = conversationIn(site, [{}, {}])
    const daemon = start([], folder)
    await daemon.says('Watching')
    const before = await steer(port)
    await (await before.newPage()).goto(url)
    await until(() => archivedIn(archive).length === 2 || undefined)
    kill(browserWith(profile)?.pid ?? 0, 'SIGKILL')
    await daemon.says('The browser crashed; it is started again')
    await until(() => answers(port))
    await until(async () => (await tabsAt(port).catch((): string[] => [])).includes(url) || undefined)
    const after = await steer(port)
    const page = await until(async () => (await after.pages()).find((one) => one.url() === url))
    await page.waitForFunction(() => window.ready !== undefined)
    await isReady(page)
    expect((await tabsAt(port)).toSorted()).toEqual(['https://chatgpt.com/', url])
    const picture = add({}, 2)
    await page.evaluate((id) => window.pretend.openConversation(id), picture.conversationId)
    await until(() => archivedIn(archive).includes(picture.sha256) || undefined)
    await after.disconnect()
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
    expect(archivedIn(archive)).toHaveLength(3)
    expect(processesWith(profile)).toEqual([])
  })

  it('is started again three times within ten minutes, and no more', async () => {
    const { config, profile, port } = await prepared()
    const daemon = startHasty(config, { restartPausesMs: [50, 100, 150] })
    await daemon.says('watching')
    for (let crash = 1; crash <= 4; crash++) {
      const browser = await until(() => browserWith(profile))
      await until(() => answers(port))
      await sleep(300)
      kill(browser.pid, 'SIGKILL')
      await until(() => (browserWith(profile)?.pid !== browser.pid ? true : undefined))
    }
    await daemon.ended
    expect(daemon.said.err).toContain('The browser crashed 4 times within ten minutes.')
    expect(daemon.said.err).toContain('browser-unreachable')
    expect(daemon.said.out.match(/it is started again/g)).toHaveLength(3)
    expect(processesWith(profile)).toEqual([])
  })
})

describe('a browser that may not be started again', () => {
  it('ends the daemon when it crashes: negative control for the new start', async () => {
    const { config, profile } = await prepared()
    const daemon = startHasty(config, { restartPausesMs: [] })
    await daemon.says('watching')
    kill(browserWith(profile)?.pid ?? 0, 'SIGKILL')
    await daemon.ended
    expect(daemon.said.err).toContain('browser-unreachable')
    expect(daemon.said.out).not.toContain('started again')
  })
})

describe('a browser that is closed', () => {
  it('ends the daemon with code 0, even at the very moment of the start', async () => {
    for (let round = 0; round < 5; round++) {
      const { folder, port } = await prepared()
      const daemon = start([], folder)
      const { webSocketDebuggerUrl } = await until(() => answers(port))
      await sleep(round * 30)
      const client = new WebSocket(webSocketDebuggerUrl)
      await new Promise((resolve) => client.once('open', resolve))
      client.send(JSON.stringify({ id: 1, method: 'Browser.close' }))
      expect([round, await daemon.ended, daemon.said.err]).toEqual([round, 0, expect.not.stringContaining('crashed')])
      await endEverything()
    }
  })
})

describe('a connection that is cut while the browser lives', () => {
  it('is made again, and what was shown meanwhile is archived once', async () => {
    const { site, archive, config, port, profile } = await prepared()
    const daemon = startHasty(config)
    await daemon.says('watching')
    const browser = browserWith(profile)
    const person = await steer(port)
    const first = conversationIn(site, [{ era: 'A' }, {}])
    const page = await person.newPage()
    await page.goto(first.url)
    await until(() => archivedIn(archive).length === 2 || undefined)
    const second = conversationIn(site, [{ era: 'A' }, { era: 'C' }, {}, {}])
    for (let cut = 1; cut <= 2; cut++) {
      kill(guardOf(daemon.pid)?.pid ?? 0, 'SIGKILL')
      if (cut === 1) {
        await page.goto(second.url)
        await isReady(page)
      }
      await until(() => (daemon.said.out.match(/was lost and is back/g)?.length ?? 0) >= cut || undefined)
    }
    await until(
      () => archivedIn(archive).length === 6 || undefined,
      () => daemon.said.out,
    )
    const third = conversationIn(site, [{}])
    await page.goto(third.url)
    await until(() => archivedIn(archive).length === 7 || undefined)
    const due = [first, second, third].flatMap(({ pictures }) => pictures)
    expect(archivedIn(archive)).toEqual(truthOf(due))
    expect(browserWith(profile)?.pid).toBe(browser?.pid)
    await person.disconnect()
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
  })
})

/** The process that a page runs in: the one that works when the page does. */
async function rendererOf(page: Page, profile: string): Promise<number> {
  const renderers = processesWith(profile).filter(({ args }) => args.includes('--type=renderer'))
  const before = new Map(renderers.map(({ pid }) => [pid, ticksOf(pid)]))
  await page.evaluate(() => {
    for (const end = performance.now() + 400; performance.now() < end; );
  })
  const worked = ({ pid }: { pid: number }) => ticksOf(pid) - (before.get(pid) ?? 0)
  return renderers.toSorted((one, other) => worked(other) - worked(one))[0]?.pid ?? 0
}

/** Processor time a process has used. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

describe('a tab that hangs', () => {
  const hangs = {
    'in an endless loop': async (page: Page) => void page.evaluate('for (;;);').catch(() => {}),
    'since its process is stopped': async (page: Page, profile: string) =>
      kill(await rendererOf(page, profile), 'SIGSTOP'),
    'since its process was killed': async (page: Page, profile: string) =>
      kill(await rendererOf(page, profile), 'SIGKILL'),
  }

  it.each(Object.entries(hangs))('%s delays no other tab, no start and no end', async (_, hang) => {
    const { site, archive, folder, profile, port } = await prepared()
    mkdirSync(profile, { mode: 0o700 })
    await foreignBrowser(site, profile, port)
    const person = await steer(port)
    const hung = await person.newPage()
    // Another site is another process.
    await hung.goto('https://chat.openai.com/')
    await isReady(hung)
    await hang(hung, profile)
    await sleep(300)
    const beganAt = performance.now()
    const daemon = start(['--attach', String(port)], folder)
    await daemon.says('Watching')
    expect(performance.now() - beganAt).toBeLessThan(8_000)
    const { url, pictures } = conversationIn(site, [{}, { era: 'A' }, {}])
    const page = await person.newPage()
    await page.goto(url)
    await until(
      () => archivedIn(archive).length === 3 || undefined,
      () => daemon.said.err,
    )
    expect(archivedIn(archive)).toEqual(truthOf(pictures))
    const askedAt = performance.now()
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
    expect(performance.now() - askedAt).toBeLessThan(8_000)
    expect(await answers(port)).toBeDefined()
  })

  it('while it loads pictures delays none of the others, and delivers its own when it continues', async () => {
    const { site, archive, config, profile, port } = await prepared()
    const daemon = startHasty(config)
    await daemon.says('watching')
    const person = await steer(port)
    const hanging = conversationIn(
      site,
      Array.from({ length: 8 }, () => ({ era: 'A' as const, lengthBytes: 2_000_000, faults: ['slow' as const] })),
    )
    const hung = await person.newPage()
    await hung.goto('https://chat.openai.com/')
    await isReady(hung)
    const renderer = await rendererOf(hung, profile)
    await hung.evaluate((id) => void window.pretend.openConversation(id), hanging.conversation.id)
    await until(() => hanging.pictures.some(({ served }) => served > 0) || undefined)
    await sleep(300)
    kill(renderer, 'SIGSTOP')
    const shown = conversationIn(site, [{}, { era: 'A' }, {}])
    const page = await person.newPage()
    await page.goto(shown.url)
    await until(
      () => archivedIn(archive).length >= 3 || undefined,
      () => daemon.said.out,
    )
    expect(archivedIn(archive)).toEqual(expect.arrayContaining(truthOf(shown.pictures)))
    kill(renderer, 'SIGCONT')
    await until(() => hanging.pictures.every(({ sha256 }) => archivedIn(archive).includes(sha256)) || undefined)
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
  })
})

/** Has the first page of a site open another one, as a click on a link does. */
async function popUp(port: number, url: string): Promise<void> {
  const opener = await until(async () => {
    const list = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as Record<string, string>[]
    return list.find((one) => one.type === 'page' && one.url?.startsWith('https:') && one.webSocketDebuggerUrl)
  })
  const client = new WebSocket(opener.webSocketDebuggerUrl ?? '')
  await new Promise((resolve) => client.once('open', resolve))
  const link = `Object.assign(document.createElement('a'), { href: ${JSON.stringify(url)}, target: '_blank' })`
  const params = { expression: `${link}.click()`, userGesture: true }
  client.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }))
  await new Promise((resolve) => client.once('message', resolve))
  client.close()
}

describe('a daemon that stands still', () => {
  it('lets pages run after a few seconds, and goes on archiving when it runs again', async () => {
    const { site, archive, config, port } = await prepared()
    const daemon = startHasty(config)
    await daemon.says('watching')
    await until(async () => (await tabsAt(port)).includes('https://chatgpt.com/') || undefined)
    const { url, pictures } = conversationIn(site, [{}, { era: 'A' }])
    kill(daemon.pid, 'SIGSTOP')
    const beganAt = performance.now()
    await popUp(port, url)
    await until(() => pictures.every(({ served }) => served > 0) || undefined)
    expect(performance.now() - beganAt).toBeLessThan(10_000)
    expect(archivedIn(archive)).toEqual([])
    kill(daemon.pid, 'SIGCONT')
    await daemon.says('was lost and is back')
    const later = conversationIn(site, [{}])
    await popUp(port, later.url)
    const due = truthOf([...pictures, ...later.pictures])
    await until(
      () => archivedIn(archive).length === due.length || undefined,
      () => daemon.said.out,
    )
    expect(archivedIn(archive)).toEqual(due)
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
  })

  it.each([
    [true, 'is let go by the guard between us'],
    [false, 'waits as long as we stand still when there is no guard'],
  ])('guarded: %s – a new tab %s', async (isGuarded) => {
    const { site, folder, profile, port } = await prepared()
    mkdirSync(profile)
    await foreignBrowser(site, profile, port, 'https://chatgpt.com/')
    const { webSocketDebuggerUrl = '' } = (await answers(port)) ?? {}
    const script = `
      import { connectWire } from ${JSON.stringify(path.resolve('dist/browser/wire.js'))}
      const wire = await connectWire(${JSON.stringify(webSocketDebuggerUrl)}, { isGuarded: ${isGuarded} })
      wire.onEvent(({ method, params }) => method === 'Target.attachedToTarget' &&
        wire.send('Runtime.runIfWaitingForDebugger', {}, params.sessionId))
      await wire.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
      console.log('attached')`
    const client = run(process.execPath, ['--input-type=module', '-e', script], folder)
    await client.says('attached')
    await until(async () => (await tabsAt(port)).includes('https://chatgpt.com/') || undefined)
    kill(client.pid, 'SIGSTOP')
    await popUp(port, 'https://chatgpt.com/pretend/done')
    const isLoaded = Promise.race([
      site.tourEnded.then(() => true),
      sleep(isGuarded ? 15_000 : 7_000).then(() => false),
    ])
    expect(await isLoaded).toBe(isGuarded)
    kill(client.pid, 'SIGKILL')
    await site.tourEnded
  })
})

describe('a profile that another browser has open', () => {
  it('is left alone at once, with a message on what to do', async () => {
    const { site, folder, profile, port } = await prepared()
    mkdirSync(profile)
    const otherPort = port
    await foreignBrowser(site, profile, otherPort)
    const tabs = await tabsAt(otherPort)
    const own = await prepared({ profilePath: profile })
    const beganAt = performance.now()
    const daemon = start([], own.folder)
    expect(await daemon.ended).toBe(5)
    expect(performance.now() - beganAt).toBeLessThan(4_000)
    expect(daemon.said.err).toContain(`The profile ${profile} is in use by another browser.`)
    expect(daemon.said.err).toMatch(/Close that browser, or attach to it with --attach/)
    await sleep(500)
    expect(await tabsAt(otherPort)).toEqual(tabs)
    expect(folder).not.toBe(own.folder)
  })
})
