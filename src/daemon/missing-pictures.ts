import type { Origin } from '../archive/origins.ts'
import type { Pending } from '../archive/pending.ts'
import type { Asker, Customer, Question, Tab } from '../ask/asker.ts'
import type { Attempts } from '../ask/attempts.ts'
import { Refusal } from '../ask/refusal.ts'
import { maxFileBytes } from '../decode/limits.ts'
import { messageOf } from '../errors.ts'
import type { Intake } from '../intake/intake.ts'
import type { ImageFacts } from '../sites/facts.ts'
import { type FileId, siteOf } from '../sites/ids.ts'
import type { Questions } from '../sites/site.ts'

export interface MissingPicturesOptions {
  readonly asker: Asker
  readonly site: Questions
  /** Only pictures of this site are asked for. */
  readonly siteName: string
  readonly intake: Intake
  readonly pending: Pending
  readonly attempts: Attempts
  readonly now: () => Date
  readonly graceMs: number
  /** What their records say of the way they came; that of the intake if left out. */
  origin?(): Origin | undefined
  /** What lists of the account have said of a file. */
  placeOf?(fileId: FileId, conversationId: string | null): PlaceOfFile
  /** It may turn out to be a picture that is known under another id. */
  isEarly?(fileId: FileId): boolean
  /** The address that a page itself has used, or was told. */
  addressOf?(fileId: FileId): { readonly url: string; readonly at: Date } | undefined
  tabs(): readonly Tab[]
  onOddity(kind: string, detail: string): void
}

export interface PlaceOfFile {
  /** Those of the workspace it belongs to. */
  readonly headers: Question['headers']
  /** Where else an address for its bytes is told. */
  readonly path: string | undefined
}

/** So often is a picture asked for again soon after the site has failed. */
const maxTheirFailures = 2

/** Asks for pictures that no page loads. */
export interface MissingPictures extends Customer {
  /** How many can still be asked for. */
  left(): number
}

/** Where bytes can be had, or why a route does not say; neither where nothing was asked. */
interface Address {
  readonly url?: string
  readonly reason?: string
}

/** Addresses run out, some in less than three minutes. */
const freshMs = 2 * 60_000

/** A page that went away while it asked says nothing of the picture: it is asked for again this many graces later. */
const gracesAfterAbsence = 10

/** So often, before it is found out whether it is the page at all. */
const maxAbsences = 5

/**
 * Makes the customer that asks for pictures which an opened conversation names and the page never loads.
 *
 * Errors  throws none: a picture that cannot be had is an oddity with its reason, and is left alone for an hour, then a
 *         day, then weeks, and after two months for good.
 * State   since when facts have been without bytes, ended with them.
 */
export function createMissingPictures(options: MissingPicturesOptions): MissingPictures {
  const { asker, site, siteName, intake, pending, attempts, now, graceMs, tabs, onOddity } = options
  /** By a clock that nobody sets. */
  const since = new Map<FileId, number>()
  const failures = new Map<FileId, number>()
  const absences = new Map<FileId, number>()

  /** The conversation's own tab if it is open, else any of the site. */
  const tabFor = ({ conversationId }: ImageFacts): Tab | undefined => {
    const all = tabs().filter(({ url }) => site.mayAsk(url))
    return all.find(({ url }) => conversationId !== null && url.includes(conversationId)) ?? all[0]
  }

  const ask = async (tab: Tab, facts: ImageFacts) => {
    const { fileId, conversationId } = facts
    const { headers, path } = options.placeOf?.(fileId, conversationId) ?? {}
    const paths = [...site.lookUpPaths(fileId, conversationId), ...(path ? [path] : [])]
    try {
      await climbDown(tab, fileId, [
        () => freshAddress(fileId),
        ...paths.map((path) => () => lookUp(tab, { path, headers })),
      ])
      await attempts.succeeded(fileId)
    } catch (error) {
      if (asker.isStopped) return
      onOddity('picture-missed', `${fileId}: ${messageOf(error)}`)
      // Bytes that a closed tab did not get say nothing of the picture either.
      const isTabGone = !tabs().some(({ sessionId }) => sessionId === tab.sessionId)
      const isAboutIt = error instanceof Refusal ? error.about === 'answer' : !isTabGone
      const isOver = isAboutIt ? !mayPass(fileId, messageOf(error)) : await isNeverAnswered(tab, fileId, error)
      if (isOver) await attempts.failed(fileId, messageOf(error), now())
      else since.set(fileId, performance.now() + (gracesAfterAbsence - 1) * graceMs)
    }
  }

  /** A page that can ask other things, but never this one, is no page that went away. */
  const isNeverAnswered = async (tab: Tab, fileId: FileId, error: unknown): Promise<boolean> => {
    if (error instanceof Refusal && error.about === 'silence') return false
    const times = (absences.get(fileId) ?? 0) + 1
    absences.set(fileId, times)
    if (times < maxAbsences) return false
    absences.delete(fileId)
    const isThere = () => true
    return asker.ask(tab, { path: site.tokenPath }).then(isThere, () => false)
  }

  /** An error on the site's side may be gone soon, but nobody waits for that for ever. */
  const mayPass = (fileId: FileId, reason: string): boolean => {
    const times = (failures.get(fileId) ?? 0) + 1
    const isTheirs = /HTTP 5\d\d/.test(reason) && times <= maxTheirFailures
    if (isTheirs) failures.set(fileId, times)
    else failures.delete(fileId)
    return isTheirs
  }

  /**
   * One address after the other, until one of them answers with bytes: what one route refuses, another may still have.
   *
   * Errors  `Refusal` with every reason; at once where it is not about an answer.
   */
  const climbDown = async (tab: Tab, fileId: FileId, rungs: readonly (() => Promise<Address>)[]) => {
    const reasons = new Set<string>()
    for (const addressAt of rungs) {
      const { url, reason } = await addressAt()
      if (url !== undefined && !intake.wantsBytes(fileId)) return
      const refusal = url === undefined ? reason : await getBytes(tab, fileId, url)
      if (refusal === null) return
      if (refusal !== undefined) reasons.add(refusal)
    }
    throw new Refusal([...reasons].join(', '))
  }

  const freshAddress = async (fileId: FileId): Promise<Address> => {
    const known = options.addressOf?.(fileId)
    return known && now().getTime() - known.at.getTime() < freshMs ? { url: known.url } : {}
  }

  const lookUp = async (tab: Tab, question: Question): Promise<Address> => {
    const { status, text } = await asker.ask(tab, question)
    const url = status === 200 ? site.addressIn(text, tab.url) : undefined
    return url === undefined ? { reason: status === 200 ? 'no address' : `HTTP ${status}` } : { url }
  }

  /** Why an address has no bytes of the picture; null when they are there. */
  const getBytes = async (tab: Tab, fileId: FileId, url: string): Promise<string | null> => {
    const file = await asker.getFile(tab, url, maxFileBytes).catch((error: unknown) => unreachable(tab, error))
    if (typeof file === 'string') return file
    const { status, bytes } = file
    if (status !== 200) return `HTTP ${status}`
    const { host } = new URL(url)
    const origin = options.origin?.()
    const verdict = await intake.receive({ fileId, bytes, host, receivedAt: now(), ...(origin && { origin }) })
    if (verdict.kind === 'unfit') return verdict.reason
    // Whoever asked once more would get just the same.
    const isElsewhere = verdict.kind === 'waiting' && !pending.hasBytes(fileId) && intake.wantsBytes(fileId)
    return isElsewhere ? 'its bytes are known as those of another file' : null
  }

  /** One host may be out of reach, or fail, and another not. Errors: what the tab is to blame for, or the length. */
  const unreachable = (tab: Tab, error: unknown): string => {
    const isTabThere = tabs().some(({ sessionId }) => sessionId === tab.sessionId)
    if (isTabThere && messageOf(error).startsWith('net::')) return messageOf(error)
    throw error
  }

  const waitingFacts = () => pending.withoutBytes().filter(({ fileId }) => siteOf(fileId) === siteName)
  const mayAsk = ({ fileId }: ImageFacts) => intake.wantsBytes(fileId) && attempts.isDue(fileId, now())
  const isEarly = ({ fileId }: ImageFacts) => options.isEarly?.(fileId) === true

  return {
    left: () => waitingFacts().filter(mayAsk).length,
    next() {
      const waiting = waitingFacts()
      const moment = performance.now()
      for (const fileId of since.keys()) if (!pending.facts(fileId)) since.delete(fileId)
      for (const { fileId } of waiting) if (!since.has(fileId)) since.set(fileId, moment)
      const isDue = (facts: ImageFacts) =>
        moment - (since.get(facts.fileId) ?? moment) >= graceMs && mayAsk(facts) && !isEarly(facts)
      const facts = waiting.find(isDue)
      const tab = facts && tabFor(facts)
      return facts && tab ? () => ask(tab, facts) : undefined
    },
  }
}
