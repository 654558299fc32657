import type { Browser, BrowserEnd } from '../browser/browser.ts'
import type { LaunchOptions } from '../browser/launch.ts'
import type { Wire } from '../browser/wire.ts'
import type { Config } from '../config.ts'
import { ArchiverError } from '../errors.ts'
import type { OnEvent } from './events.ts'
import { type WatchConnection, watchOneConnection } from './one-connection.ts'
import { type Clock, orAborted, realClock, within } from './waiting.ts'

/** What a browser is watched with. */
export interface SuperviseOptions {
  readonly config: Config
  readonly signal: AbortSignal
  readonly onEvent: OnEvent
  /** Before each new start of a browser that crashed; so many times in ten minutes. */
  readonly restartPausesMs?: readonly number[]
  readonly clock?: Clock
  /** Starts the browser, or finds it. */
  launch(options: LaunchOptions): Promise<Browser>
  /** Begins to watch over a new connection. */
  readonly watchConnection: WatchConnection
}

const usualRestartPausesMs = [1_000, 5_000, 15_000]
const restartWindowMs = 10 * 60_000
const reconnectPausesMs = [250, 1_000, 3_000, 5_000]
/** From the end of a browser's connections to the end of its process. */
const endingMs = 2_000

/**
 * Watches a browser, over one connection after the other, until it is closed or `signal` is aborted.
 *
 * Shape   a connection that ends while the browser lives is made anew. A browser of ours that crashed is started again
 *         with its tabs, at most three times in ten minutes. At the end a browser of ours is closed, unless it is to be
 *         kept; one that is not ours stays as it is.
 * Errors  ArchiverError "browser-unreachable" when it cannot be started, crashes too often or does not let us back in.
 */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { signal, onEvent, launch, restartPausesMs = usualRestartPausesMs, clock = realClock } = options
  const crashes: number[] = []
  let browser = await launch({})
  let last = await watchBrowser({ ...options, clock }, browser)
  while (last.end === 'crashed' && !signal.aborted) {
    const moment = clock.nowMs()
    const recent = crashes.filter((at) => moment - at < restartWindowMs).length
    if (recent >= restartPausesMs.length) throw crashedTooOften(recent + 1)
    onEvent({ kind: 'notice', text: 'The browser crashed; it is started again, with its tabs.' })
    await clock.sleep(restartPausesMs[recent] ?? 0, signal)
    if (signal.aborted) return
    crashes.push(clock.nowMs())
    browser = await launch({ restores: true })
    last = await watchBrowser({ ...options, clock }, browser, last.tabs)
  }
}

const crashedTooOften = (times: number) =>
  new ArchiverError('browser-unreachable', `The browser crashed ${times} times within ten minutes.`, {
    hint: 'Everything received is archived. Try another browser ("chromiumPath"), or a new "profilePath".',
  })

type Options = SuperviseOptions & { readonly clock: Clock }

/** How a browser ended, and which tabs of the site it showed then. */
interface LastSeen {
  readonly end: BrowserEnd
  readonly tabs: readonly string[]
}

/** Watches one browser, over one connection after the other; `tabsBefore` are those of a browser that crashed. */
async function watchBrowser(options: Options, browser: Browser, tabsBefore?: readonly string[]): Promise<LastSeen> {
  const { signal, onEvent } = options
  let tabs = tabsBefore ?? []
  try {
    let isFirst = true
    for (let wire = await firstConnection(browser, options); wire; wire = await reconnect(browser, options)) {
      if (!isFirst) onEvent({ kind: 'notice', text: 'The connection to the browser was lost and is back.' })
      tabs = (await watchOneConnection(browser, wire, { ...options, isFirst, tabsBefore })) ?? tabs
      isFirst = false
      if (signal.aborted) return { end: 'closed', tabs }
    }
    return { end: signal.aborted ? 'closed' : await endOf(browser, options), tabs }
  } catch (error) {
    if (!options.config.keepBrowser) browser.terminate()
    throw error
  }
}

/**
 * Undefined when we are asked to stop while the browser asks the person whether to allow us, or when a browser of ours
 * exits while we connect: its exit is reported after the end of its connections.
 */
async function firstConnection(browser: Browser, { signal, clock }: Options): Promise<Wire | undefined> {
  const connecting = browser.connect()
  try {
    const wire = await (browser.asksEachTime ? orAborted(signal, connecting) : connecting)
    if (!wire) void connecting.then((late) => late.close()).catch(() => {})
    return wire
  } catch (error) {
    await within(browser.ended, endingMs, clock)
    if (browser.kind === 'attached' || (await browser.isAlive())) throw error
    return undefined
  }
}

/** Undefined when the browser is gone, or the watch is over. */
async function reconnect(browser: Browser, { signal, clock }: Options): Promise<Wire | undefined> {
  let absences = 0
  for (let tries = 0; absences < 2 && !signal.aborted; tries++) {
    const pauseMs = reconnectPausesMs[Math.min(tries, reconnectPausesMs.length - 1)] ?? 0
    await Promise.race([browser.ended, clock.sleep(pauseMs, signal)])
    if (signal.aborted) return undefined
    if (!(await browser.isAlive())) {
      absences += 1
      continue
    }
    absences = 0
    if (browser.asksEachTime) throw connectionLost()
    const wire = await browser.connect().catch(() => undefined)
    if (wire) return wire
  }
  return undefined
}

const connectionLost = () =>
  new ArchiverError('browser-unreachable', 'The connection to the browser ended.', {
    hint: 'This browser asks at each connection whether you allow it: start again when you are there to answer.',
  })

/** How a browser ended. One that was not started by this run says so in its profile, some moments later. */
async function endOf(browser: Browser, { clock }: Options): Promise<BrowserEnd> {
  if (browser.kind === 'launched') return browser.ended
  for (let tries = 0; tries < 10 && browser.lastEnd() === 'crashed'; tries++) await clock.sleep(300)
  return browser.lastEnd()
}
