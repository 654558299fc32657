import type { Origin } from '../archive/origins.ts'
import type { Pending } from '../archive/pending.ts'
import type { Asker, Customer, Tab } from '../ask/asker.ts'
import type { Attempts } from '../ask/attempts.ts'
import { Refusal } from '../ask/refusal.ts'
import { messageOf } from '../errors.ts'
import type { Intake } from '../intake/intake.ts'
import { type ImageFacts, mayBeOf } from '../sites/facts.ts'
import { type FileId, siteOf } from '../sites/ids.ts'
import type { Questions } from '../sites/site.ts'
import type { ByteLadder, TakeBytes, WantedFile } from './byte-ladder.ts'

export interface MissingPicturesOptions {
  readonly asker: Asker
  readonly site: Questions
  /** Only pictures of this site are asked for. */
  readonly siteName: string
  /** Only those that this profile has shown, or that no profile is known to have; null where there is but one. */
  readonly profile?: string | null
  readonly intake: Intake
  readonly pending: Pending
  readonly attempts: Attempts
  readonly now: () => Date
  readonly ladder: ByteLadder
  readonly graceMs: number
  /** What their records say of the way they came; that of the intake if left out. */
  origin?(): Origin | undefined
  /** It may turn out to be a picture that is known under another id. */
  isEarly?(fileId: FileId): boolean
  tabs(): readonly Tab[]
  onOddity(kind: string, detail: string): void
}

/** So often is a picture asked for again soon after the site has failed. */
const maxTheirFailures = 2

/** Asks for pictures that no page loads. */
export interface MissingPictures extends Customer {
  /** How many can still be asked for. */
  left(): number
  /** The conversation's own tab if it is open, else any of the site. */
  tabFor(file: WantedFile): Tab | undefined
}

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
  const {
    asker,
    site,
    siteName,
    profile = null,
    ladder,
    intake,
    pending,
    attempts,
    now,
    graceMs,
    tabs,
    onOddity,
  } = options
  /** By a clock that nobody sets. */
  const since = new Map<FileId, number>()
  const failures = new Map<FileId, number>()
  const absences = new Map<FileId, number>()

  const tabFor = ({ conversationId }: WantedFile): Tab | undefined => {
    const all = tabs().filter(({ url }) => site.mayAsk(url))
    return all.find(({ url }) => conversationId !== null && url.includes(conversationId)) ?? all[0]
  }

  const ask = async (tab: Tab, facts: ImageFacts) => {
    const { fileId } = facts
    const take: TakeBytes = (bytes, host) => receive(fileId, bytes, host)
    try {
      await ladder.get(tab, facts, take, () => intake.wantsBytes(fileId))
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

  const receive = async (fileId: FileId, bytes: Buffer, host: string): Promise<string | null> => {
    const origin = options.origin?.()
    const verdict = await intake.receive({ fileId, bytes, host, receivedAt: now(), ...(origin && { origin }) })
    if (verdict.kind === 'unfit') return verdict.reason
    // Whoever asked once more would get just the same.
    const isElsewhere = verdict.kind === 'waiting' && !pending.hasBytes(fileId) && intake.wantsBytes(fileId)
    return isElsewhere ? 'its bytes are known as those of another file' : null
  }

  const isHere = (facts: ImageFacts) => profile === null || mayBeOf(facts, profile)
  const waitingFacts = () => pending.withoutBytes().filter((one) => siteOf(one.fileId) === siteName && isHere(one))
  const mayAsk = ({ fileId }: ImageFacts) => intake.wantsBytes(fileId) && attempts.isDue(fileId, now())
  const isEarly = ({ fileId }: ImageFacts) => options.isEarly?.(fileId) === true

  return {
    tabFor,
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
