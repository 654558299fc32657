import type { Browser } from '../browser/browser.ts'
import { minimizeWindows } from '../browser/minimize.ts'
import { type Wire, WireError } from '../browser/wire.ts'
import type { Config } from '../config.ts'
import type { WatchedConnection } from './connection.ts'
import { startUrlOf } from './start-url.ts'
import { type Clock, orAborted, within } from './waiting.ts'

/** From being asked to stop until everything received is finished. */
const stopMs = 5_000
/** Of which these are for closing the browser, and for what is still being written. */
const closeMs = 1_500
const lastWritesMs = 700
const probeEveryMs = 30_000
const probeTimeoutMs = 15_000

/** Begins to watch over a new connection. */
export type WatchConnection = (wire: Wire, browser: Browser) => Promise<WatchedConnection>

/** What one connection of a browser is for. */
export interface ConnectionOptions {
  readonly config: Config
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly watchConnection: WatchConnection
  /** The first of this browser: a start page is opened over it. */
  readonly isFirst: boolean
  /** The tabs of a browser that crashed and was started again. */
  readonly tabsBefore: readonly string[] | undefined
}

/**
 * Watches until the connection ends, the browser ends, or we are asked to stop; what was received is finished in any
 * case.
 *
 * Returns the addresses of the tabs of the site, as they were last; undefined when that was never known.
 */
export async function watchOneConnection(
  browser: Browser,
  wire: Wire,
  options: ConnectionOptions,
): Promise<readonly string[] | undefined> {
  const { config, signal, clock } = options
  const deadline = deadlineFrom(signal, clock)
  try {
    const tabs = await watchUntilItEnds(browser, wire, options, deadline)
    if (signal.aborted && browser.kind !== 'attached' && !config.keepBrowser)
      await closeBrowser(browser, wire, deadline.leftMs(lastWritesMs), clock)
    await wire.close()
    return tabs
  } finally {
    deadline.dispose()
  }
}

async function watchUntilItEnds(browser: Browser, wire: Wire, options: ConnectionOptions, deadline: Deadline) {
  const { signal, clock } = options
  const stopProbing = keepProbing(wire, clock)
  let tabs: readonly string[] | undefined
  try {
    const watched = await options.watchConnection(wire, browser)
    if (options.isFirst && isToBeMinimized(browser, options.config)) await minimizeWindows(wire)
    if (options.isFirst) await openStartPage(watched, browser, options)
    await orAborted<unknown>(signal, wire.closed, browser.ended)
    tabs = addressesOf(watched)
    await within(watched.finish(), deadline.leftMs(closeMs + lastWritesMs), clock)
  } catch (error) {
    // What cannot be done over a connection that has ended is no error of its own.
    if (!(error instanceof WireError)) throw error
  } finally {
    stopProbing()
  }
  return tabs
}

/** Only a window that we opened; without one, `headless`, the page would be told that it is hidden, for nothing. */
const isToBeMinimized = ({ kind }: Browser, { minimized, headless }: Config) =>
  minimized && !headless && kind === 'launched'

/**
 * A new browser shows the start page; one that had tabs already shows it only if none of them is of the site. After a
 * crash, tabs of the site that the browser does not bring back by itself are opened anew.
 */
async function openStartPage(
  watched: WatchedConnection,
  browser: Browser,
  { config, clock, tabsBefore }: ConnectionOptions,
): Promise<void> {
  if (browser.kind === 'attached') return
  const isNew = browser.kind === 'launched' && tabsBefore === undefined
  const missing = () => (tabsBefore ?? []).filter((address) => !addressesOf(watched).includes(address))
  const hasNone = () => addressesOf(watched).length === 0
  if (!isNew) await waitFor(clock, () => !hasNone() && missing().length === 0)
  for (const address of missing()) {
    await watched.observer.open(address)
    await waitFor(clock, () => !missing().includes(address))
  }
  if (hasNone()) await watched.observer.open(startUrlOf(config))
}

/** Waits for something that comes soon, or not at all. */
async function waitFor(clock: Clock, isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 20 && !isSo(); tries++) await clock.sleep(100)
}

const addressesOf = ({ observer }: WatchedConnection) => observer.tabs().map(({ url }) => url)

async function closeBrowser(browser: Browser, wire: Wire, timeoutMs: number, clock: Clock): Promise<void> {
  const closing = wire.send('Browser.close', {}, undefined, timeoutMs).catch(() => {})
  const gone = browser.kind === 'launched' ? browser.ended : closing.then(() => wire.closed)
  const isGone = gone.then(() => true)
  if (!(await within(isGone, timeoutMs, clock))) browser.terminate()
}

/**
 * Finds out about connections that are dead without saying so, as after the computer slept: two questions unanswered,
 * and the connection is closed, so that a new one is made.
 */
function keepProbing(wire: Wire, clock: Clock): () => void {
  const over = new AbortController()
  let strikes = 0
  const probe = async () => {
    const answer = await wire.send('Browser.getVersion', {}, undefined, probeTimeoutMs).catch(() => undefined)
    strikes = answer ? 0 : strikes + 1
    if (strikes >= 2) await wire.close()
  }
  const keepOn = async () => {
    for (;;) {
      await clock.sleep(probeEveryMs, over.signal)
      if (over.signal.aborted) return
      void probe()
    }
  }
  void keepOn()
  return () => over.abort()
}

interface Deadline {
  /** What is left once so much is set aside; a tenth of a second at least. */
  leftMs(reservedMs: number): number
  dispose(): void
}

/** The time that is left once we were asked to stop; before that, all of it. */
function deadlineFrom(signal: AbortSignal, clock: Clock): Deadline {
  let endsAt: number | undefined
  const begin = () => {
    endsAt = clock.nowMs() + stopMs
  }
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin, { once: true })
  return {
    leftMs: (reservedMs) => Math.max(100, (endsAt ?? clock.nowMs() + stopMs) - clock.nowMs() - reservedMs),
    dispose: () => signal.removeEventListener('abort', begin),
  }
}
