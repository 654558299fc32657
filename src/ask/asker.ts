import { setTimeout as pause } from 'node:timers/promises'
import pLimit from 'p-limit'

import { addBounded } from '../bounded-map.ts'
import type { PageAnswer, PageAsker, PageFile } from '../browser/page.ts'
import { messageOf } from '../errors.ts'
import type { Questions } from '../sites/site.ts'
import type { Attempts } from './attempts.ts'
import { createCredentials } from './credentials.ts'
import { Refusal } from './refusal.ts'

/** What is asked of a site: a path of its own, and for some a body, which is sent as JSON. */
export interface Question {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** In place of the page's own of these names. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A tab of a site through which may be asked. */
export interface Tab {
  readonly sessionId: string
  readonly url: string
}

/** Units milliseconds. */
export interface Pace {
  /** How long a page may take to load a picture by itself. */
  readonly graceMs: number
  readonly everyMs: number
  readonly betweenMs: readonly [least: number, most: number]
  /** From one conversation of the past to the next, at least; half as much again at most. */
  readonly conversationGapMs?: number
  /** After "too many requests" when the site names no time, and while nobody is logged in. */
  readonly tooManyMs: number
}

export const gentle = {
  graceMs: 15_000,
  everyMs: 1_000,
  betweenMs: [1_500, 4_000],
  conversationGapMs: 5_000,
  tooManyMs: 15 * 60_000,
} as const satisfies Pace

/** Waits so long, or until the signal is aborted; never rejects. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

/** Somebody with questions. Customers are asked in order which has something to do; a job may ask several of them. */
export interface Customer {
  /** The most urgent job, if there is one now; it must not throw. */
  next(): (() => Promise<void>) | undefined
}

/** Asks a site through its own logged-in page: one request at a time, seconds apart, and hands the answer back. */
export interface Asker {
  /** Headers with which the page asks its own site; the newest are used. They stay in memory. */
  heard(url: string, headers: Readonly<Record<string, unknown>>): void
  /** Begins to serve its customers, whenever the page loads nothing itself. */
  serve(customers: readonly Customer[]): void
  /** Only within a job; from the second question on after a pause. Errors: `Refusal`. */
  ask(tab: Tab, question: Question): Promise<PageAnswer>
  /** Only within a job; at once, for a file's address does not hold for long. Errors: `Refusal`, or the network's. */
  getFile(tab: Tab, url: string, maxBytes: number): Promise<PageFile>
  /**
   * The page itself was refused as it asked too much: we, who share its allowance, are silent too; so where something
   * else says that the site has had enough, as `reason` tells. False where that was known.
   */
  refused(retryAfterS: number | null, reason?: string): boolean
  readonly isSilent: boolean
  readonly isStopped: boolean
  stop(): void
}

export interface AskerOptions {
  readonly site: Questions
  readonly pages: PageAsker
  readonly attempts: Attempts
  readonly now: () => Date
  readonly pace: Pace
  /** The person's pages are loading nothing. */
  isQuiet(): boolean
  /** What is asked now is answered truly only to whoever says all of who asks. */
  isForAccount?(): boolean
  readonly sleep?: Sleep
}

const maxNotTheirs = 1_000

/** Why nothing is asked: it ends as soon as the page itself asks as somebody. */
export const notLoggedIn = 'nobody is logged in'

/** Why nothing is asked until the page asks with another token, or a while has passed. */
const tokenRefused = 'HTTP 401'

/** The second silence in a row is so many times as long. */
const timesAgain = 4

const sleepByClock: Sleep = (ms, signal) => pause(ms, undefined, { signal, ref: false }).catch(() => {})

/**
 * Makes the asker of one connection.
 *
 * Errors  "too many requests", a token that is refused and a page where nobody is logged in silence everything, as long
 *         as the site says; that is kept, so that neither a restart nor a new connection makes us ask sooner.
 * State   the page's own headers, until they are refused; ends with `stop`.
 */
export function createAsker(options: AskerOptions): Asker {
  const { site, pages, attempts, now, pace, isQuiet, sleep = sleepByClock } = options
  const stopping = new AbortController()
  const credentials = createCredentials(site)
  const pauseBetween = () => sleep(between(pace.betweenMs), stopping.signal)
  const oneAtATime = pLimit(1)
  /** Addresses that were asked for with headers that are not the page's own, which we hear like all it sends. */
  const notTheirs = new Set<string>()
  /** Origins whose sessions have said what their pages leave out. */
  const completed = new Set<string>()
  let isFirstOfJob = true
  let refusedToken: string | undefined

  const work = async (customers: readonly Customer[]) => {
    while (!stopping.signal.aborted) {
      await sleep(pace.everyMs, stopping.signal)
      if (stopping.signal.aborted || attempts.isSilent(now()) || !isQuiet()) continue
      const job = firstJob(customers)
      if (!job) continue
      isFirstOfJob = true
      await job()
      await pauseBetween()
    }
  }

  /** Whatever a job does: one question at a time, and none after the site has had enough, or we were stopped. */
  const inTurn = <Answer>(question: () => Promise<Answer>): Promise<Answer> =>
    oneAtATime(() => {
      refuseWhenOver()
      return question()
    })

  const refuseWhenOver = () => {
    if (stopping.signal.aborted) throw new Refusal('stopped', 'tab')
    if (attempts.isSilent(now())) throw new Refusal('the site wants to be left alone', 'silence')
  }

  const askPage = async (
    tab: Tab,
    { method = 'GET', path, body, headers: others }: Question,
    own: Record<string, string>,
  ): Promise<PageAnswer> => {
    if (!isFirstOfJob) await pauseBetween()
    isFirstOfJob = false
    refuseWhenOver()
    const url = new URL(tab.url).origin + path
    if (others) addBounded(notTheirs, url, maxNotTheirs)
    const answer = await pages
      .ask(tab.sessionId, { method, url, headers: inPlaceOf(own, others), body })
      .catch((error: unknown) => {
        throw new Refusal(messageOf(error), 'tab')
      })
    await heed(answer.status, answer.retryAfterS)
    // No JSON begins like that, whatever it is called.
    await heedCheck(/^\s*<(?:!doctype|html)/i.test(answer.text) ? { ...answer, mimeType: 'text/html' } : answer)
    return answer
  }

  const heedCheck = async (answer: Pick<PageAnswer, 'status' | 'mimeType'>) => {
    if (isCheck(answer)) await beSilent(null, 'the site shows a check instead of an answer')
  }

  const heed = async (status: number, retryAfterS: number | null) => {
    if (status === 429) await beSilent(retryAfterS, 'HTTP 429')
  }

  /** Nothing at all is asked for a while, and for longer if it has happened lately. */
  const keepSilence = async (seconds: number | null, reason: string) => {
    const usualMs = attempts.wasSilentLately(now()) ? timesAgain * pace.tooManyMs : pace.tooManyMs
    const ms = Math.max(1_000, seconds === null ? usualMs : seconds * 1_000)
    const before = attempts.silentUntil(now())
    const leftMs = before ? before.until.getTime() - now().getTime() : 0
    // The page may have been refused while our own question was under way: the longer silence holds.
    if (before && before.reason !== notLoggedIn && leftMs >= ms) return
    await attempts.silence(Math.max(ms, leftMs), reason, now())
  }

  const beSilent = async (seconds: number | null, reason: string): Promise<never> => {
    await keepSilence(seconds, reason)
    throw new Refusal(reason, 'silence')
  }

  /** A page that sits still has sent no token; it asks its site for one in just this way. */
  const askForToken = async (tab: Tab, origin: string): Promise<Record<string, string>> => {
    const { text } = await askPage(tab, { path: site.tokenPath }, {})
    const found = site.headersIn(text)
    if (!found) return beSilent(null, notLoggedIn)
    credentials.learn(origin, found)
    return found
  }

  /** What the page's own requests leave out, its session names; that is asked once for each token. */
  const headersOf = async (tab: Tab, origin: string): Promise<Record<string, string>> => {
    const own = credentials.of(origin)
    if (!own) return askForToken(tab, origin)
    if (site.isWhole(own) || completed.has(origin) || !options.isForAccount?.()) return own
    const whole = inPlaceOf(await askForToken(tab, origin), own)
    credentials.learn(origin, whole)
    completed.add(origin)
    return whole
  }

  const ask = async (tab: Tab, question: Question): Promise<PageAnswer> => {
    const { origin } = new URL(tab.url)
    const own = await headersOf(tab, origin)
    const answer = await askPage(tab, question, own)
    // What the page told us, or its site, is no longer good; the page itself has to find that out.
    if (answer.status === 401) {
      refusedToken = tokenIn(own)
      credentials.forget(origin)
      completed.delete(origin)
      await beSilent(null, tokenRefused)
    }
    return answer
  }

  const getFile = async (tab: Tab, url: string, maxBytes: number): Promise<PageFile> => {
    isFirstOfJob = false
    const file = await pages.getFile(tab.sessionId, url, maxBytes)
    await heed(file.status, file.retryAfterS)
    // Storage answers with pages of its own; a check stands in front of the site alone.
    if (site.mayAsk(url)) await heedCheck(file)
    return file
  }

  return {
    heard(url, headers) {
      if (notTheirs.has(url)) return
      credentials.heard(url, headers)
      const own = credentials.of(new URL(url).origin)
      const token = own && tokenIn(own)
      // A page where nobody is logged in asks, too, without a token.
      const isSomebody = own !== undefined && (token !== undefined || !options.isForAccount?.())
      const isNew = token !== undefined && token !== refusedToken
      const reason = attempts.silentUntil(now())?.reason
      const isOver = (reason === notLoggedIn && isSomebody) || (reason === tokenRefused && isNew)
      if (isOver) void attempts.speak().catch(() => {})
    },
    serve: (customers) => void work(customers),
    ask: (tab, question) => inTurn(() => ask(tab, question)),
    getFile: (tab, url, maxBytes) => inTurn(() => getFile(tab, url, maxBytes)),
    refused(retryAfterS, reason = 'HTTP 429 to the page itself') {
      // Its further refusals say nothing new, unless they name a time.
      const isNews = retryAfterS !== null || attempts.silentUntil(now())?.reason === notLoggedIn
      if (!isNews && attempts.isSilent(now())) return false
      void keepSilence(retryAfterS, reason).catch(() => {})
      return true
    },
    get isSilent() {
      return attempts.isSilent(now())
    },
    get isStopped() {
      return stopping.signal.aborted
    },
    stop: () => stopping.abort(),
  }
}

const tokenIn = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1]

/** Names of headers are the same in capitals. */
function inPlaceOf(own: Record<string, string>, others: Question['headers'] = {}): Record<string, string> {
  const replaced = new Set(Object.keys(others).map((name) => name.toLowerCase()))
  const kept = Object.entries(own).filter(([name]) => !replaced.has(name.toLowerCase()))
  return { ...Object.fromEntries(kept), ...others }
}

/** A page for people where JSON was asked for: whether the account is well is not known, nor that anything is gone. */
const isCheck = ({ status, mimeType }: Pick<PageAnswer, 'status' | 'mimeType'>) =>
  mimeType === 'text/html' && [200, 403, 503].includes(status)

function firstJob(customers: readonly Customer[]): (() => Promise<void>) | undefined {
  for (const customer of customers) {
    const job = customer.next()
    if (job) return job
  }
  return undefined
}

const between = ([least, most]: readonly [number, number]) => least + Math.random() * (most - least)
