import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserEnd } from '../browser/browser.ts'
import { launchOrAttach } from '../browser/launch.ts'
import { type Wire, WireError } from '../browser/wire.ts'
import type { Config } from '../config.ts'
import { ArchiverError } from '../errors.ts'
import type { Attendance } from './attend.ts'
import type { OnEvent } from './events.ts'

export interface LifetimeOptions {
  readonly config: Config
  readonly signal: AbortSignal
  readonly onEvent: OnEvent
  /** Begins to watch over a new connection. */
  attend(wire: Wire, browser: Browser): Promise<Attendance>
}

/** From being asked to stop until everything received is finished. */
export const stopMs = 5_000
/** Of which these are for closing the browser, and for what is still being written. */
const closeMs = 1_500
const lastWritesMs = 700
const restartPausesMs = [1_000, 5_000, 15_000]
const restartWindowMs = 10 * 60_000
const reconnectPausesMs = [250, 1_000, 3_000, 5_000]
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
  const { config, signal, onEvent } = options
  const crashes: number[] = []
  let browser = await launchOrAttach(config)
  while ((await whileItLives(options, browser, crashes.length > 0)) === 'crashed' && !signal.aborted) {
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
  }
}

async function whileItLives(options: LifetimeOptions, browser: Browser, isRestarted: boolean): Promise<BrowserEnd> {
  const { signal, onEvent } = options
  try {
    let isFirst = true
    for (let wire = await firstConnection(browser); wire; wire = await reconnect(browser, options)) {
      if (!isFirst) onEvent({ kind: 'notice', text: 'The connection to the browser was lost and is back.' })
      await overOneConnection(options, browser, wire, { isFirst, isRestarted })
      isFirst = false
      if (signal.aborted) return 'closed'
    }
    return await endOf(browser)
  } catch (error) {
    if (!options.config.keepBrowser) browser.terminate()
    throw error
  }
}

/** A browser that ends in the moment we connect has ended; everything else is an error. */
const firstConnection = (browser: Browser) =>
  browser.connect().catch(async (error: unknown) => {
    if (await browser.isAlive()) throw error
    return undefined
  })

interface Turn {
  readonly isFirst: boolean
  readonly isRestarted: boolean
}

/** Until the connection ends, the browser ends, or we are asked to stop; what was received is finished in any case. */
async function overOneConnection(options: LifetimeOptions, browser: Browser, wire: Wire, turn: Turn): Promise<void> {
  const { config, signal, attend } = options
  const stopProbing = keepProbing(wire)
  const overdue = deadlineFrom(signal)
  try {
    const attendance = await attend(wire, browser)
    if (turn.isFirst) await openStartPage(attendance, browser, config, turn.isRestarted)
    await Promise.race([wire.closed, browser.ended, aborted(signal)])
    await within(attendance.finish(), overdue.leftMs(closeMs + lastWritesMs))
  } catch (error) {
    // What cannot be done over a connection that has ended is no error of its own.
    if (!(error instanceof WireError)) throw error
  } finally {
    stopProbing()
  }
  if (signal.aborted && browser.kind !== 'attached' && !config.keepBrowser)
    await closeBrowser(browser, wire, overdue.leftMs(lastWritesMs))
  await wire.close()
}

/** A new browser shows the start page; one that had tabs already shows it only if none of them is of the site. */
async function openStartPage(
  { observer }: Attendance,
  browser: Browser,
  { startUrl }: Config,
  isRestarted: boolean,
): Promise<void> {
  if (browser.kind === 'attached') return
  const isNew = browser.kind === 'launched' && !isRestarted
  for (let tries = 0; !isNew && tries < 20; tries++) {
    if (observer.tabs().length > 0) return
    await pause(100)
  }
  await observer.open(startUrl)
}

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
 * Finds out about connections that are dead without saying so, as after the computer slept: two questions unanswered, and
 * the connection is closed, so that a new one is made.
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
