import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { LaunchOptions } from '../../src/browser/launch.ts'
import { WireError } from '../../src/browser/wire.ts'
import { type Config, configFor } from '../../src/config.ts'
import type { WatchConnection } from '../../src/daemon/one-connection.ts'
import { type SuperviseOptions, supervise } from '../../src/daemon/supervisor.ts'
import { createFakeBrowser, type FakeBrowser } from '../fakes/browser.ts'
import { createFakeClock, idle } from '../fakes/clock.ts'
import { silence } from '../fakes/wire.ts'

const startUrl = 'https://chatgpt.com/'
const [one, two] = ['https://chatgpt.com/c/1', 'https://chatgpt.com/c/2']

interface Setup {
  /** One after the other, as they are started. */
  readonly browsers: readonly FakeBrowser[]
  readonly config?: Partial<Config>
  /** What a connection shows when it begins to be watched: one list for each connection. */
  readonly tabs?: readonly (readonly string[])[]
  readonly finish?: () => Promise<void>
  readonly options?: Partial<SuperviseOptions>
}

/** Everything a supervisor is given, by hand; what it does is noted. */
function setUp({ browsers, config = {}, tabs = [], finish = async () => {}, options = {} }: Setup) {
  const clock = createFakeClock()
  const controller = new AbortController()
  const launched: LaunchOptions[] = []
  const notices: string[] = []
  const opened: string[] = []
  const did = { watched: 0, finished: 0 }
  const watchConnection: WatchConnection = async () => {
    const shown = [...(tabs[did.watched] ?? [])]
    did.watched += 1
    const observer = {
      tabs: () => shown.map((url) => ({ sessionId: url, url })),
      async open(url: string) {
        opened.push(url)
        shown.push(url)
      },
    } as Awaited<ReturnType<WatchConnection>>['observer']
    return {
      observer,
      progress: () => undefined,
      async finish() {
        await finish()
        did.finished += 1
      },
    }
  }
  const outcome: { isOver: boolean; error?: unknown } = { isOver: false }
  const supervised = supervise({
    config: { ...configFor('/nowhere'), startUrl, ...config },
    signal: controller.signal,
    onEvent: (event) => event.kind === 'notice' && notices.push(event.text),
    clock,
    async launch(how) {
      launched.push(how)
      const browser = browsers[launched.length - 1]
      if (!browser) throw new Error('the test has no more browsers')
      return browser
    },
    watchConnection,
    ...options,
  })
  const over = supervised.then(
    () => {
      outcome.isOver = true
    },
    (error: unknown) => {
      outcome.isOver = true
      outcome.error = error
    },
  )
  return { clock, controller, signal: controller.signal, launched, notices, opened, did, outcome, over }
}

/** A new start lasts for a while, with or without tabs that come back. */
const aWhile = 10_000

describe('a connection that is lost', () => {
  it('is made again while the browser runs, which is reported, and the start page is opened once', async () => {
    const browser = createFakeBrowser()
    const { clock, notices, did, opened, outcome } = setUp({ browsers: [browser] })
    await clock.pass(0)
    await browser.lose()
    await clock.pass(200)
    expect([browser.wires.length, did.finished, notices]).toEqual([1, 1, []])
    await clock.pass(50)
    expect([browser.wires.length, did.watched, outcome.isOver]).toEqual([2, 2, false])
    expect(notices).toEqual(['The connection to the browser was lost and is back.'])
    expect(opened).toEqual([startUrl])
  })

  it('is tried again with growing pauses when the browser does not answer at once', async () => {
    const browser = createFakeBrowser()
    const { clock, did } = setUp({ browsers: [browser] })
    await clock.pass(0)
    const tries: number[] = []
    browser.connectsBy(async () => {
      tries.push(clock.nowMs())
      throw new Error('not yet')
    })
    await browser.lose()
    await clock.pass(20_000)
    expect(tries).toEqual([250, 1_250, 4_250, 9_250, 14_250, 19_250])
    expect(did.watched).toBe(1)
  })

  it('is not made again if the user would have to allow it each time', async () => {
    const browser = createFakeBrowser({ kind: 'attached', asksEachTime: true })
    const { clock, outcome, over } = setUp({ browsers: [browser] })
    await clock.pass(0)
    await browser.lose()
    await clock.pass(aWhile)
    await over
    expect(outcome.error).toMatchObject({
      code: 'browser-unreachable',
      message: 'The connection to the browser ended.',
    })
    expect(browser.wires).toHaveLength(1)
  })

  it('leaves no listener behind, however often it happens', async () => {
    const browser = createFakeBrowser()
    const { clock, signal, did } = setUp({ browsers: [browser] })
    await clock.pass(0)
    const before = getEventListeners(signal, 'abort').length
    for (let times = 0; times < 20; times++) {
      await browser.lose()
      await clock.pass(300)
    }
    expect(did.watched).toBe(21)
    expect(getEventListeners(signal, 'abort')).toHaveLength(before)
  })

  it('is considered dead and closed when two checks in a row stay unanswered', async () => {
    const browser = createFakeBrowser()
    const { clock, did } = setUp({ browsers: [browser] })
    await clock.pass(0)
    const [wire] = browser.wires
    const unanswered = async () => {
      await clock.sleep(15_000)
      throw new WireError('Browser.getVersion', 'no answer within 15000 ms', true)
    }
    wire?.answer('Browser.getVersion', unanswered)
    await clock.pass(74_000)
    expect([wire?.isClosed, did.watched]).toEqual([false, 1])
    await clock.pass(1_500)
    expect([wire?.isClosed, did.watched]).toEqual([true, 2])
    expect(wire?.sent.map(({ method, timeoutMs }) => [method, timeoutMs])).toEqual([
      ['Browser.getVersion', 15_000],
      ['Browser.getVersion', 15_000],
    ])
  })

  it('stays when one check is answered after one that was not', async () => {
    const browser = createFakeBrowser()
    const { clock, did } = setUp({ browsers: [browser] })
    await clock.pass(0)
    let questions = 0
    browser.wires[0]?.answer('Browser.getVersion', () => {
      questions += 1
      return questions % 2 === 1 ? new WireError('Browser.getVersion', 'no answer', true) : {}
    })
    await clock.pass(10 * 60_000)
    expect([questions, did.watched]).toEqual([20, 1])
  })
})

describe('the window', () => {
  const minimized = (browser: FakeBrowser) =>
    browser.wires.map((wire) => wire.sent.filter(({ method }) => method === 'Browser.setWindowBounds').length)
  const withWindow = (browser: FakeBrowser) => {
    browser.answers('Target.getTargets', { targetInfos: [{ type: 'page', targetId: 'T' }] })
    browser.answers('Browser.getWindowForTarget', { windowId: 1 })
    return browser
  }

  it('of a browser we start is minimised if the settings say so, once', async () => {
    const browser = withWindow(createFakeBrowser())
    const { clock } = setUp({ browsers: [browser], config: { minimized: true } })
    await clock.pass(0)
    await browser.lose()
    await clock.pass(aWhile)
    expect(minimized(browser)).toEqual([1, 0])
  })

  it.each<[string, FakeBrowser['kind'], Partial<Config>]>([
    ['is left alone without that setting', 'launched', { minimized: false }],
    ['of a browser we attach to is never touched', 'attached', { minimized: true }],
    ['of a browser that ran already is never touched', 'adopted', { minimized: true }],
    ['that is none is left alone', 'launched', { minimized: true, headless: true }],
  ])('%s', async (_, kind, config) => {
    const browser = withWindow(createFakeBrowser({ kind }))
    const { clock } = setUp({ browsers: [browser], config })
    await clock.pass(aWhile)
    expect(minimized(browser)).toEqual([0])
  })
})

describe('a browser that ends', () => {
  it('ends the watch when the person closed it', async () => {
    const browser = createFakeBrowser()
    const { clock, did, outcome, launched } = setUp({ browsers: [browser] })
    await clock.pass(0)
    browser.end('closed')
    await clock.pass(aWhile)
    expect(outcome).toEqual({ isOver: true })
    expect([did.finished, launched.length, browser.isTerminated]).toEqual([1, 1, false])
  })

  it.each(['adopted', 'attached'] as const)(
    'is given time to report that it was closed when it is %s',
    async (kind) => {
      const browser = createFakeBrowser({ kind })
      const { clock, outcome, launched } = setUp({ browsers: [browser] })
      await clock.pass(0)
      browser.end('closed')
      await clock.pass(1_000)
      expect(outcome.isOver).toBe(false)
      await clock.pass(aWhile)
      expect([outcome, launched]).toEqual([{ isOver: true }, [{}]])
    },
  )

  it('is started again after a crash, with its tabs, after a pause', async () => {
    const [first, second] = [createFakeBrowser(), createFakeBrowser()]
    const tabs = [[one, two], [one]]
    const { clock, launched, opened, notices, did } = setUp({ browsers: [first, second], tabs })
    await clock.pass(0)
    first.end('crashed')
    await clock.pass(999)
    expect(launched).toEqual([{}])
    expect(notices).toEqual(['The browser crashed; it is started again, with its tabs.'])
    await clock.pass(aWhile)
    expect(launched).toEqual([{}, { restores: true }])
    // The one the browser did not bring back by itself, and no start page.
    expect([did.watched, opened]).toEqual([2, [two]])
  })

  it('shows the start page after a crash when there was no tab of the site', async () => {
    const [first, second] = [createFakeBrowser(), createFakeBrowser()]
    const { clock, opened } = setUp({ browsers: [first, second] })
    await clock.pass(0)
    expect(opened).toEqual([startUrl])
    opened.length = 0
    first.end('crashed')
    await clock.pass(aWhile)
    expect(opened).toEqual([startUrl])
  })

  it('is not started a fourth time within ten minutes', async () => {
    const browsers = Array.from({ length: 4 }, () => createFakeBrowser())
    const { clock, launched, outcome } = setUp({ browsers })
    for (const browser of browsers) {
      await clock.pass(30_000)
      browser.end('crashed')
    }
    await clock.pass(30_000)
    expect(launched).toHaveLength(4)
    expect(outcome.error).toMatchObject({
      code: 'browser-unreachable',
      message: 'The browser crashed 4 times within ten minutes.',
    })
  })

  it('is started after every crash if crashes are rare', async () => {
    const browsers = Array.from({ length: 8 }, () => createFakeBrowser())
    const { clock, launched, outcome } = setUp({ browsers })
    for (const browser of browsers.slice(0, 7)) {
      await clock.pass(4 * 60_000)
      browser.end('crashed')
    }
    await clock.pass(4 * 60_000)
    expect([launched.length, outcome.isOver]).toEqual([8, false])
  })

  it('is started after a longer pause each time it crashes soon', async () => {
    const browsers = Array.from({ length: 3 }, () => createFakeBrowser())
    const { clock, launched } = setUp({ browsers, options: { restartPausesMs: [1_000, 60_000] } })
    await clock.pass(0)
    browsers[0]?.end('crashed')
    await clock.pass(5_000)
    expect(launched).toHaveLength(2)
    browsers[1]?.end('crashed')
    await clock.pass(50_000)
    expect(launched).toHaveLength(2)
    await clock.pass(20_000)
    expect(launched).toHaveLength(3)
  })

  it('counts as a crash, not an error, when it ends at the moment we connect', async () => {
    const [first, second] = [createFakeBrowser(), createFakeBrowser()]
    first.connectsBy(async () => {
      first.end('crashed')
      throw new Error('socket hang up')
    })
    const { clock, launched, did } = setUp({ browsers: [first, second] })
    await clock.pass(aWhile)
    expect([launched.length, did.watched]).toEqual([2, 1])
  })

  it('is closed when it runs but does not accept a connection', async () => {
    const browser = createFakeBrowser()
    browser.connectsBy(() => Promise.reject(new Error('refused')))
    const { clock, outcome } = setUp({ browsers: [browser] })
    await clock.pass(aWhile)
    expect(outcome.error).toMatchObject({ message: 'refused' })
    expect(browser.isTerminated).toBe(true)
  })
})

describe('being asked to stop', () => {
  it('finishes what was received and closes a browser of ours', async () => {
    const browser = createFakeBrowser()
    const { clock, controller, did, outcome } = setUp({ browsers: [browser] })
    await clock.pass(0)
    controller.abort()
    await clock.pass(0)
    expect([outcome, did.finished, browser.isTerminated]).toEqual([{ isOver: true }, 1, false])
    expect(browser.wires[0]?.methodsFor(undefined)).toEqual(['Browser.close'])
  })

  it('closes one that an earlier run of ours has left', async () => {
    const browser = createFakeBrowser({ kind: 'adopted' })
    const { clock, controller } = setUp({ browsers: [browser], tabs: [[one]] })
    await clock.pass(0)
    controller.abort()
    await clock.pass(0)
    expect(browser.wires[0]?.methodsFor(undefined)).toEqual(['Browser.close'])
  })

  it.each([
    ['that we attached to', { kind: 'attached' as const }, {}],
    ['that is to be kept', {}, { keepBrowser: true }],
  ])('leaves a browser %s as it is', async (_, how, config) => {
    const browser = createFakeBrowser(how)
    const { clock, controller, did, outcome } = setUp({ browsers: [browser], config, tabs: [[one]] })
    await clock.pass(0)
    controller.abort()
    await clock.pass(aWhile)
    expect([outcome, did.finished, browser.isTerminated]).toEqual([{ isOver: true }, 1, false])
    expect([await browser.isAlive(), browser.wires[0]?.isClosed]).toEqual([true, true])
    expect(browser.wires[0]?.sent).toEqual([])
  })

  it('never opens a page in a browser that is not ours', async () => {
    const browser = createFakeBrowser({ kind: 'attached' })
    const { clock, opened, did } = setUp({ browsers: [browser] })
    await clock.pass(aWhile)
    expect([opened, did.watched]).toEqual([[], 1])
  })

  it('waits only a limited time for what never ends, and ends a browser that does not close', async () => {
    const browser = createFakeBrowser({ isDeaf: true })
    const { clock, controller, did, outcome } = setUp({ browsers: [browser], finish: silence as () => Promise<never> })
    await clock.pass(0)
    controller.abort()
    await clock.pass(2_799)
    expect(browser.wires[0]?.sent).toEqual([])
    await clock.pass(1)
    expect(browser.wires[0]?.sent).toMatchObject([{ method: 'Browser.close', timeoutMs: 1_500 }])
    await clock.pass(1_499)
    expect([browser.isTerminated, outcome.isOver]).toEqual([false, false])
    await clock.pass(1)
    expect([browser.isTerminated, outcome.isOver, did.finished]).toEqual([true, true, 0])
  })

  it('does not wait for a user who is asked whether to allow us; a connection allowed late is closed', async () => {
    const browser = createFakeBrowser({ kind: 'attached', asksEachTime: true })
    let allow = () => {}
    const allowed = new Promise<void>((resolve) => {
      allow = resolve
    })
    const late = createFakeBrowser()
    browser.connectsBy(() => allowed.then(() => late.connect()))
    const { clock, controller, outcome, did } = setUp({ browsers: [browser] })
    await clock.pass(0)
    controller.abort()
    await clock.pass(0)
    expect(outcome).toEqual({ isOver: true })
    allow()
    await idle()
    expect([did.watched, late.wires[0]?.isClosed]).toEqual([0, true])
  })

  it('ends at once while a crashed browser waits to be started again', async () => {
    const browser = createFakeBrowser()
    const { clock, controller, launched, outcome } = setUp({ browsers: [browser] })
    await clock.pass(0)
    browser.end('crashed')
    await clock.pass(500)
    controller.abort()
    await clock.pass(0)
    expect([outcome, launched]).toEqual([{ isOver: true }, [{}]])
  })

  it('ends at once while a lost connection waits to be made again', async () => {
    const browser = createFakeBrowser()
    const { clock, controller, outcome } = setUp({ browsers: [browser] })
    await clock.pass(0)
    await browser.lose()
    await clock.pass(100)
    controller.abort()
    await clock.pass(0)
    expect([outcome, browser.wires.length]).toEqual([{ isOver: true }, 1])
  })
})

describe('what goes wrong on the way', () => {
  it('is not an extra error when the connection ended meanwhile', async () => {
    const browser = createFakeBrowser()
    let times = 0
    const { clock, outcome } = setUp({
      browsers: [browser],
      finish() {
        times += 1
        return Promise.reject(new WireError('Network.getResponseBody', 'the connection is closed'))
      },
    })
    await clock.pass(0)
    await browser.lose()
    await clock.pass(aWhile)
    expect([times, browser.wires.length, outcome.isOver]).toEqual([1, 2, false])
  })

  it.each([false, true])(
    'otherwise ends the watch, and a browser of ours unless it is to be kept (%s)',
    async (kept) => {
      const browser = createFakeBrowser()
      const { clock, outcome } = setUp({
        browsers: [browser],
        config: { keepBrowser: kept },
        options: { watchConnection: () => Promise.reject(new Error('too old')) },
      })
      await clock.pass(0)
      expect(outcome.error).toMatchObject({ message: 'too old' })
      expect(browser.isTerminated).toBe(!kept)
    },
  )
})
