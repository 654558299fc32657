import { setTimeout as pause } from 'node:timers/promises'
import type { Pending } from '../archive/pending.ts'
import type { Attempts } from '../ask/attempts.ts'
import type { PageAnswer, PageAsker } from '../browser/page.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import { maxBodyBytes } from '../decode/limits.ts'
import type { Oddity } from '../decode/oddity.ts'
import { messageOf } from '../errors.ts'
import type { Intake } from '../intake/intake.ts'
import type { ImageFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { mismatch } from '../sites/mismatch.ts'
import type { Questions } from '../sites/site.ts'

/** A tab of ours through which may be asked. */
export interface Tab {
  readonly sessionId: string
  readonly url: string
}

/** Asks for what an opened conversation names and the page never loads. */
export interface Missing {
  /** Headers with which the page asks its own site; the newest are used. They stay in memory. */
  heard(url: string, headers: Readonly<Record<string, unknown>>): void
  /**
   * A tab was loading before we could listen: what its conversation said was not heard. False when nothing can be asked.
   */
  late(tab: Tab): boolean
  stop(): void
}

export interface MissingOptions {
  readonly site: Questions
  readonly asker: PageAsker
  readonly intake: Intake
  readonly pending: Pending
  readonly attempts: Attempts
  readonly now: () => Date
  /** Tabs of the site, and whether the person's pages are loading nothing. */
  tabs(): readonly Tab[]
  isQuiet(): boolean
  onOddity(oddity: Oddity): void
  readonly pace?: Pace
}

/** Units milliseconds. */
export interface Pace {
  /** How long a page may take to load a picture by itself. */
  readonly graceMs: number
  readonly everyMs: number
  readonly betweenMs: readonly [least: number, most: number]
  /** After "too many requests" when the site names no time, and while nobody is logged in. */
  readonly tooManyMs: number
}

export const gentle: Pace = { graceMs: 15_000, everyMs: 1_000, betweenMs: [1_500, 4_000], tooManyMs: 15 * 60_000 }

/** A page that went away while it asked says nothing of the picture: it is asked for again this many graces later. */
const gracesAfterAbsence = 10

/** Why something could not be had. What is not about the file itself, such as a closed tab, does not count against it. */
class Refusal extends Error {
  readonly isOfFile: boolean
  constructor(reason: string, isOfFile = true) {
    super(reason)
    this.isOfFile = isOfFile
  }
}

/**
 * Makes the one who asks: one request at a time, seconds apart, never while the page loads pictures itself.
 *
 * Errors  throws none: a picture that cannot be had is an oddity with its reason, and is left alone for an hour, then a
 *         day, then a week; a site that has had too many requests is left alone as long as it says. Later runs keep to it.
 * State   when facts were first seen without bytes, ended with them; conversations asked for, bounded.
 */
export function createMissing(options: MissingOptions): Missing {
  const { site, asker, intake, pending, attempts, now, tabs, isQuiet, onOddity, pace = gentle } = options
  const stopping = new AbortController()
  const credentials = new Map<string, Record<string, string>>()
  /** By a clock that nobody sets. */
  const since = new Map<FileId, number>()
  const lateConversations = new Map<string, Tab>()
  const asked = new Map<string, { readonly times: number; readonly lastAt: number }>()

  const work = async () => {
    while (!stopping.signal.aborted) {
      await rest(pace.everyMs)
      if (attempts.isSilent(now()) || !isQuiet()) continue
      const job = nextConversation() ?? nextPicture()
      if (!job) continue
      await job()
      await rest(between(pace.betweenMs))
    }
  }
  const rest = (ms: number) => pause(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => {})

  const nextConversation = () => {
    for (const [conversationId, { sessionId }] of lateConversations) {
      const { lastAt = Number.NEGATIVE_INFINITY } = asked.get(conversationId) ?? {}
      if (performance.now() < lastAt + pace.graceMs) continue
      lateConversations.delete(conversationId)
      const tab = tabs().find((one) => one.sessionId === sessionId && site.mayAsk(one.url))
      if (tab) return () => askConversation(tab, conversationId)
    }
    return undefined
  }

  /** Its answer is heard like any other of the page's. */
  const askConversation = async (tab: Tab, conversationId: string) => {
    const { times = 0 } = asked.get(conversationId) ?? {}
    asked.set(conversationId, { times: times + 1, lastAt: performance.now() })
    try {
      const { status } = await ask(tab, site.conversationPath(conversationId))
      if (status !== 200) throw new Refusal(`HTTP ${status}`)
    } catch (error) {
      if (stopping.signal.aborted) return
      if (attempts.isSilent(now())) lateConversations.set(conversationId, tab)
      report('conversation-missed', conversationId, messageOf(error))
    }
  }

  const nextPicture = () => {
    const waiting = pending.withoutBytes()
    const moment = performance.now()
    for (const fileId of since.keys()) if (!pending.facts(fileId)) since.delete(fileId)
    for (const { fileId } of waiting) if (!since.has(fileId)) since.set(fileId, moment)
    const isDue = ({ fileId }: ImageFacts) =>
      moment - (since.get(fileId) ?? moment) >= pace.graceMs &&
      intake.wantsBytes(fileId) &&
      attempts.isDue(fileId, now())
    const facts = waiting.find(isDue)
    const tab = facts && tabFor(facts)
    return facts && tab ? () => askPicture(tab, facts) : undefined
  }

  /** The conversation's own tab if it is open, else any of the site. */
  const tabFor = ({ conversationId }: ImageFacts): Tab | undefined => {
    const all = tabs().filter(({ url }) => site.mayAsk(url))
    return all.find(({ url }) => conversationId !== null && url.includes(conversationId)) ?? all[0]
  }

  const askPicture = async (tab: Tab, facts: ImageFacts) => {
    const { fileId } = facts
    try {
      const url = await lookUp(tab, facts)
      if (!intake.wantsBytes(fileId)) return
      await getBytes(tab, facts, url)
      await attempts.succeeded(fileId)
    } catch (error) {
      if (stopping.signal.aborted) return
      report('picture-missed', fileId, messageOf(error))
      if (!(error instanceof Refusal) || error.isOfFile) await attempts.failed(fileId, messageOf(error), now())
      else since.set(fileId, performance.now() + (gracesAfterAbsence - 1) * pace.graceMs)
    }
  }

  const getBytes = async (tab: Tab, facts: ImageFacts, url: string) => {
    const { fileId } = facts
    const { status, bytes, retryAfterS } = await asker.getFile(tab.sessionId, url, maxBodyBytes)
    await heed(status, retryAfterS)
    if (status !== 200) throw new Refusal(`HTTP ${status}`)
    await intake.receive({ fileId, bytes, host: new URL(url).host, receivedAt: now() })
    const kind = inspectImage(bytes)
    const flaw = kind ? mismatch(pending.facts(fileId) ?? facts, kind, bytes.length) : 'no image'
    if (flaw) throw new Refusal(flaw)
  }

  /** The address of a file, by the newest route that knows it. */
  const lookUp = async (tab: Tab, facts: ImageFacts): Promise<string> => {
    const reasons: string[] = []
    for (const path of site.lookUpPaths(facts.fileId, facts.conversationId)) {
      const { status, text } = await ask(tab, path)
      const url = status === 200 ? site.addressIn(text) : undefined
      if (url) return url
      reasons.push(status === 200 ? 'no address' : `HTTP ${status}`)
      await rest(between(pace.betweenMs))
      if (stopping.signal.aborted) break
    }
    throw new Refusal(reasons.join(', '))
  }

  const ask = async (tab: Tab, path: string): Promise<PageAnswer> => {
    const { origin } = new URL(tab.url)
    const known = credentials.get(origin) ?? (await askForToken(tab, origin))
    const answer = await askPage(tab, origin + path, known)
    // What the page told us, or its site, is no longer good; the page itself has to find that out.
    if (answer.status === 401) {
      credentials.delete(origin)
      await beSilent(null, 'HTTP 401')
    }
    return answer
  }

  /** A page that sits still has told us no token; it asks its site for one in just this way. */
  const askForToken = async (tab: Tab, origin: string): Promise<Record<string, string>> => {
    const { text } = await askPage(tab, origin + site.tokenPath, {})
    const token = site.tokenIn(text)
    if (!token) await beSilent(null, 'nobody is logged in')
    const found = { authorization: `Bearer ${token}` }
    credentials.set(origin, found)
    await rest(between(pace.betweenMs))
    return found
  }

  const askPage = async (tab: Tab, url: string, headers: Record<string, string>): Promise<PageAnswer> => {
    const answer = await asker.get(tab.sessionId, url, headers).catch((error: unknown) => {
      throw new Refusal(messageOf(error), false)
    })
    await heed(answer.status, answer.retryAfterS)
    return answer
  }

  const heed = async (status: number, retryAfterS: number | null) => {
    if (status === 429) await beSilent(retryAfterS, 'HTTP 429')
  }

  /** Nothing at all is asked for a while; never returns. */
  const beSilent = async (seconds: number | null, reason: string): Promise<never> => {
    await attempts.silence(Math.max(1_000, seconds === null ? pace.tooManyMs : seconds * 1_000), reason, now())
    throw new Refusal(reason, false)
  }

  const report = (kind: string, what: string, reason: string) => onOddity({ kind, detail: `${what}: ${reason}` })

  void work()
  return {
    heard(url, headers) {
      const { origin } = new URL(url)
      const own = Object.entries(headers).filter(([name, value]) => site.isReplayed(name) && typeof value === 'string')
      const hasToken = own.some(([name]) => name.toLowerCase() === 'authorization')
      // A page that asks its site without a token gets by on its cookies, and so do we.
      if (hasToken || (site.isRead(url) && !credentials.has(origin)))
        credentials.set(origin, Object.fromEntries(own) as Record<string, string>)
    },
    late(tab) {
      const conversationId = site.conversationOf(tab.url)
      if (!conversationId) return false
      const { times } = asked.get(conversationId) ?? { times: 0 }
      // A turn that was under way when it was first asked for may have ended since.
      if (times < maxAskedAgain && asked.size < maxAsked) lateConversations.set(conversationId, tab)
      return times > 0 || lateConversations.has(conversationId)
    },
    stop: () => stopping.abort(),
  }
}

/** In one connection; more late tabs than this nobody has. */
const maxAsked = 200
/** A conversation is asked for again at most so often, a grace apart. */
const maxAskedAgain = 4

const between = ([least, most]: readonly [number, number]) => least + Math.random() * (most - least)
