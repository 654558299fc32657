import type { Browser, BrowserEnd } from '../browser/browser.ts'
import type { LaunchOptions } from '../browser/launch.ts'
import { type Wire, WireError } from '../browser/wire.ts'
import type { Config } from '../config.ts'
import { ArchiverError } from '../errors.ts'
import type { WatchedConnection } from './connection.ts'
import type { OnEvent } from './events.ts'
import { keepProbing } from './probe.ts'
import { firstOf, rest, within } from './races.ts'
import { openFirstPages, tabsOf } from './start-pages.ts'

export interface SuperviseOptions {
  readonly config: Config
  readonly signal: AbortSignal
  readonly onEvent: OnEvent
  /** Starts a browser, or finds one that is there. */
  launch(config: Config, options?: LaunchOptions): Promise<Browser>
  /** Begins to watch over a new connection. */
  watchConnection(wire: Wire, browser: Browser): Promise<WatchedConnection>
  readonly pauses?: Partial<Pauses>
}

/** Units milliseconds. */
export interface Pauses {
  /** Before each new start of a browser that crashed; so many times in ten minutes. */
  readonly restartMs: readonly number[]
  /** Before each attempt to connect anew. */
  readonly reconnectMs: readonly number[]
  /** From the end of a browser's connections to the end of its process. */
  readonly endingMs: number
  /** Between two looks at how a browser ended that was not started by this run. */
  readonly lookMs: number
}

/** From being asked to stop until everything received is finished. */
export const stopMs = 5_000
/** Of which these are for closing the browser, and for what is still being written. */
const closeMs = 1_500
const lastWritesMs = 700
const restartWindowMs = 10 * 60_000
const usualPauses: Pauses = {
  restartMs: [1_000, 5_000, 15_000],
  reconnectMs: [250, 1_000, 3_000, 5_000],
  endingMs: 2_000,
  lookMs: 300,
}

/**
 * Watches a browser, over one connection after the other, until it is closed or `signal` is aborted.
 *
 * Shape   a connection that ends while the browser lives is made anew. A browser of ours that crashed is started again
 *         with its tabs, at most three times in ten minutes. At the end a browser of ours is closed, unless it is to be
 *         kept; one that is not ours stays as it is.
 * Errors  ArchiverError "browser-unreachable" when it cannot be started, crashes too often or does not let us back in.
 */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { config, signal, onEvent, launch } = options
  const restartMs = options.pauses?.restartMs ?? usualPauses.restartMs
  const crashes: number[] = []
  let browser = await launch(config)
  let ended = await whileItRuns(options, browser)
  while (ended.how === 'crashed' && !signal.aborted) {
    const moment = performance.now()
    const recent = crashes.filter((at) => moment - at < restartWindowMs).length
    if (recent >= restartMs.length) throw crashedTooOften(recent + 1)
    onEvent({ kind: 'notice', text: 'The browser crashed; it is started again, with its tabs.' })
    await rest(restartMs[recent] ?? 0, signal)
    if (signal.aborted) return
    crashes.push(performance.now())
    browser = await launch(config, { restores: true })
    ended = await whileItRuns(options, browser, ended.tabs)
  }
}

const crashedTooOften = (times: number) =>
  new ArchiverError('browser-unreachable', `The browser crashed ${times} times within ten minutes.`, {
    hint: 'Everything received is archived. Try another browser ("chromiumPath"), or a new "profilePath".',
  })

/** How a browser ended, and which tabs of the site it showed then. */
interface Ended {
  readonly how: BrowserEnd
  readonly tabs: readonly string[]
}

async function whileItRuns(
  options: SuperviseOptions,
  browser: Browser,
  tabsBefore?: readonly string[],
): Promise<Ended> {
  const { signal, onEvent } = options
  const pauses = { ...usualPauses, ...options.pauses }
  let tabs = tabsBefore ?? []
  try {
    let isFirst = true
    for (
      let wire = await firstConnection(browser, signal, pauses);
      wire;
      wire = await reconnect(browser, signal, pauses)
    ) {
      if (!isFirst) onEvent({ kind: 'notice', text: 'The connection to the browser was lost and is back.' })
      tabs = (await overOneConnection(options, browser, wire, { isFirst, tabsBefore })) ?? tabs
      isFirst = false
      if (signal.aborted) return { how: 'closed', tabs }
    }
    return { how: signal.aborted ? 'closed' : await endOf(browser, pauses), tabs }
  } catch (error) {
    if (!options.config.keepBrowser) browser.terminate()
    throw error
  }
}

/**
 * Undefined when we are asked to stop while the browser asks the person for permission, and for a browser of ours that
 * exits while we connect: its exit is reported a little later than the end of its connections.
 */
async function firstConnection(browser: Browser, signal: AbortSignal, pauses: Pauses): Promise<Wire | undefined> {
  const connecting = browser.connect()
  try {
    const wire = await (browser.asksEachTime ? firstOf(signal, [connecting]) : connecting)
    if (!wire) void connecting.then((late) => late.close()).catch(() => {})
    return wire
  } catch (error) {
    await within(browser.ended, pauses.endingMs)
    if (browser.kind === 'attached' || (await browser.isAlive())) throw error
    return undefined
  }
}

interface Connecting {
  readonly isFirst: boolean
  /** The tabs of a browser that crashed and was started again. */
  readonly tabsBefore: readonly string[] | undefined
}

/** Until the connection ends, the browser ends, or we are asked to stop; what was received is finished in any case. */
async function overOneConnection(options: SuperviseOptions, browser: Browser, wire: Wire, how: Connecting) {
  const { config, signal, watchConnection } = options
  const stopProbing = keepProbing(wire)
  const deadline = deadlineFrom(signal)
  let tabs: readonly string[] | undefined
  try {
    const connection = await watchConnection(wire, browser)
    if (how.isFirst) await openFirstPages(connection, browser, config, how.tabsBefore)
    await firstOf<unknown>(signal, [wire.closed, browser.ended])
    tabs = tabsOf(connection)
    await within(connection.finish(), deadline.leftMs(closeMs + lastWritesMs))
  } catch (error) {
    // What cannot be done over a connection that has ended is no error of its own.
    if (!(error instanceof WireError)) throw error
  } finally {
    stopProbing()
    deadline.dispose()
  }
  if (signal.aborted && browser.kind !== 'attached' && !config.keepBrowser)
    await closeBrowser(browser, wire, deadline.leftMs(lastWritesMs))
  await wire.close()
  return tabs
}

/** Undefined when the browser is gone, or the watch is over. */
async function reconnect(browser: Browser, signal: AbortSignal, { reconnectMs }: Pauses): Promise<Wire | undefined> {
  let absences = 0
  for (let tries = 0; absences < 2 && !signal.aborted; tries++) {
    const pauseMs = reconnectMs[Math.min(tries, reconnectMs.length - 1)] ?? 0
    await firstOf<unknown>(signal, [browser.ended, rest(pauseMs, signal)])
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
async function endOf(browser: Browser, { lookMs }: Pauses): Promise<BrowserEnd> {
  if (browser.kind === 'launched') return browser.ended
  const never = new AbortController().signal
  for (let tries = 0; tries < 10 && browser.lastEnd() === 'crashed'; tries++) await rest(lookMs, never)
  return browser.lastEnd()
}

async function closeBrowser(browser: Browser, wire: Wire, timeoutMs: number): Promise<void> {
  const closing = wire.send('Browser.close', {}, undefined, timeoutMs).catch(() => {})
  const gone = browser.kind === 'launched' ? browser.ended : closing.then(() => wire.closed)
  const isGone = await within(
    gone.then(() => true),
    timeoutMs,
  )
  if (isGone === undefined) browser.terminate()
}

/** The time that is left once we were asked to stop; before that, all of it. */
function deadlineFrom(signal: AbortSignal) {
  let endsAt: number | undefined
  const begin = () => {
    endsAt = performance.now() + stopMs
  }
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin, { once: true })
  return {
    leftMs: (reservedMs: number) =>
      Math.max(100, (endsAt ?? performance.now() + stopMs) - performance.now() - reservedMs),
    dispose: () => signal.removeEventListener('abort', begin),
  }
}
