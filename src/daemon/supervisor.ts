import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserEnd } from '../browser/browser.ts'
import { launchOrAttach } from '../browser/launch.ts'
import { type Wire, WireError } from '../browser/wire.ts'
import type { Config } from '../config.ts'
import { ArchiverError } from '../errors.ts'
import type { WatchedConnection } from './connection.ts'
import type { OnEvent } from './events.ts'
import { startUrlOf } from './start-url.ts'

export interface LifetimeOptions {
  readonly config: Config
  readonly signal: AbortSignal
  readonly onEvent: OnEvent
  /** Before each new start of a browser that crashed; so many times in ten minutes. */
  readonly restartPausesMs?: readonly number[]
  /** Begins to watch over a new connection. */
  watchConnection(wire: Wire, browser: Browser): Promise<WatchedConnection>
}

/** From being asked to stop until everything received is finished. */
export const stopMs = 5_000
/** Of which these are for closing the browser, and for what is still being written. */
const closeMs = 1_500
const lastWritesMs = 700
const usualRestartPausesMs = [1_000, 5_000, 15_000]
const restartWindowMs = 10 * 60_000
const reconnectPausesMs = [250, 1_000, 3_000, 5_000]
/** From the end of a browser's connections to the end of its process. */
const endingMs = 2_000
const probeEveryMs = 30_000
const probeTimeoutMs = 15_000

/**
 * Watches a browser, over one connection after the other, until it is closed or `signal` is aborted.
 *
 * Shape   a connection that ends while the browser lives is made anew. A browser of ours that crashed is started again
 *         with its tabs, at most three times in ten minutes. At the end a browser of ours is closed, unless it is to be
 *         kept; one that is not ours stays as it is.
 * Errors  ArchiverError "browser-unreachable" when it cannot be started, crashes too often or does not let us back in.
 */
export async function lifetime(options: LifetimeOptions): Promise<void> {
  const { config, signal, onEvent, restartPausesMs = usualRestartPausesMs } = options
  const crashes: number[] = []
  let browser = await launchOrAttach(config)
  let life = await whileItLives(options, browser)
  while (life.end === 'crashed' && !signal.aborted) {
    const moment = performance.now()
    const recent = crashes.filter((at) => moment - at < restartWindowMs).length
    if (recent >= restartPausesMs.length) {
      throw new ArchiverError('browser-unreachable', `The browser crashed ${recent + 1} times within ten minutes.`, {
        hint: 'Everything received is archived. Try another browser ("chromiumPath"), or a new "profilePath".',
      })
    }
    onEvent({ kind: 'notice', text: 'The browser crashed; it is started again, with its tabs.' })
    await rest(restartPausesMs[recent] ?? 0, signal)
    if (signal.aborted) return
    crashes.push(performance.now())
    browser = await launchOrAttach(config, { restores: true })
    life = await whileItLives(options, browser, life.tabs)
  }
}

/** How a browser ended, and which tabs of the site it showed then. */
interface Life {
  readonly end: BrowserEnd
  readonly tabs: readonly string[]
}

async function whileItLives(options: LifetimeOptions, browser: Browser, tabsBefore?: readonly string[]): Promise<Life> {
  const { signal, onEvent } = options
  let tabs = tabsBefore ?? []
  try {
    let isFirst = true
    for (let wire = await firstConnection(browser, signal); wire; wire = await reconnect(browser, options)) {
      if (!isFirst) onEvent({ kind: 'notice', text: 'The connection to the browser was lost and is back.' })
      tabs = (await overOneConnection(options, browser, wire, { isFirst, tabsBefore })) ?? tabs
      isFirst = false
      if (signal.aborted) return { end: 'closed', tabs }
    }
    return { end: signal.aborted ? 'closed' : await endOf(browser), tabs }
  } catch (error) {
    if (!options.config.keepBrowser) browser.terminate()
    throw error
  }
}

/**
 * Undefined when we are asked to stop while a person is asked for leave, and for a browser of ours that ends in the
 * moment we connect, which it tells a little later than its connections do.
 */
async function firstConnection(browser: Browser, signal: AbortSignal): Promise<Wire | undefined> {
  const connecting = browser.connect()
  try {
    const wire = await (browser.asksEachTime ? Promise.race([connecting, aborted(signal)]) : connecting)
    if (!wire) void connecting.then((late) => late.close()).catch(() => {})
    return wire ?? undefined
  } catch (error) {
    await within(browser.ended, endingMs)
    if (browser.kind === 'attached' || (await browser.isAlive())) throw error
    return undefined
  }
}

interface Turn {
  readonly isFirst: boolean
  /** The tabs of a browser that crashed and was started again. */
  readonly tabsBefore: readonly string[] | undefined
}

/** Until the connection ends, the browser ends, or we are asked to stop; what was received is finished in any case. */
async function overOneConnection(options: LifetimeOptions, browser: Browser, wire: Wire, turn: Turn) {
  const { config, signal, watchConnection } = options
  const stopProbing = keepProbing(wire)
  const overdue = deadlineFrom(signal)
  let tabs: readonly string[] | undefined
  try {
    const connection = await watchConnection(wire, browser)
    if (turn.isFirst) await openStartPage(connection, browser, config, turn.tabsBefore)
    await Promise.race([wire.closed, browser.ended, aborted(signal)])
    tabs = addressesOf(connection)
    await within(connection.finish(), overdue.leftMs(closeMs + lastWritesMs))
  } catch (error) {
    // What cannot be done over a connection that has ended is no error of its own.
    if (!(error instanceof WireError)) throw error
  } finally {
    stopProbing()
  }
  if (signal.aborted && browser.kind !== 'attached' && !config.keepBrowser)
    await closeBrowser(browser, wire, overdue.leftMs(lastWritesMs))
  await wire.close()
  return tabs
}

/**
 * A new browser shows the start page; one that had tabs already shows it only if none of them is of the site. After a
 * crash, tabs of the site that the browser does not bring back by itself are opened anew.
 */
async function openStartPage(
  connection: WatchedConnection,
  browser: Browser,
  { startUrl }: Config,
  tabsBefore: readonly string[] | undefined,
): Promise<void> {
  if (browser.kind === 'attached') return
  const isNew = browser.kind === 'launched' && tabsBefore === undefined
  const missing = () => (tabsBefore ?? []).filter((address) => !addressesOf(connection).includes(address))
  const hasNone = () => addressesOf(connection).length === 0
  if (!isNew) await until(() => !hasNone() && missing().length === 0)
  for (const address of missing()) {
    await connection.observer.open(address)
    await until(() => !missing().includes(address))
  }
  if (hasNone()) await connection.observer.open(startUrlOf({ startUrl }))
}

/** Waits for something that comes soon, or not at all. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 20 && !isSo(); tries++) await pause(100)
}

const addressesOf = ({ observer }: WatchedConnection) => observer.tabs().map(({ url }) => url)

/** Undefined when the browser is gone, or the watch is over. */
async function reconnect(browser: Browser, { signal }: LifetimeOptions): Promise<Wire | undefined> {
  let absences = 0
  for (let turn = 0; absences < 2 && !signal.aborted; turn++) {
    const pauseMs = reconnectPausesMs[Math.min(turn, reconnectPausesMs.length - 1)] ?? 0
    await Promise.race([browser.ended, rest(pauseMs, signal)])
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
async function endOf(browser: Browser): Promise<BrowserEnd> {
  if (browser.kind === 'launched') return browser.ended
  for (let tries = 0; tries < 10 && browser.lastEnd() === 'crashed'; tries++) await pause(300)
  return browser.lastEnd()
}

async function closeBrowser(browser: Browser, wire: Wire, timeoutMs: number): Promise<void> {
  const closing = wire.send('Browser.close', {}, undefined, timeoutMs).catch(() => {})
  const gone = browser.kind === 'launched' ? browser.ended : closing.then(() => wire.closed)
  if (
    (await within(
      gone.then(() => true),
      timeoutMs,
    )) === undefined
  )
    browser.terminate()
}

/**
 * Finds out about connections that are dead without saying so, as after the computer slept: two questions unanswered,
 * and the connection is closed, so that a new one is made.
 */
function keepProbing(wire: Wire): () => void {
  let strikes = 0
  const probe = async () => {
    const answer = await wire.send('Browser.getVersion', {}, undefined, probeTimeoutMs).catch(() => undefined)
    strikes = answer ? 0 : strikes + 1
    if (strikes >= 2) await wire.close()
  }
  const timer = setInterval(() => void probe(), probeEveryMs)
  timer.unref()
  return () => clearInterval(timer)
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
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Ends early when we are asked to stop. */
const rest = (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal }).catch(() => {})

/** The outcome, or undefined when it takes too long. */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
