import type { Origin } from '../archive/origins.ts'
import type { Pending } from '../archive/pending.ts'
import type { Asker, Customer, Tab } from '../ask/asker.ts'
import type { Attempts } from '../ask/attempts.ts'
import { Refusal } from '../ask/refusal.ts'
import { maxBodyBytes } from '../decode/limits.ts'
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
  readonly origin?: Origin | undefined
  /** Where else an address for a file's bytes is told, as far as lists of the account have said. */
  otherPath?(fileId: FileId): string | undefined
  tabs(): readonly Tab[]
  onOddity(kind: string, detail: string): void
}

/** Asks for pictures that no page loads. */
export interface MissingPictures extends Customer {
  /** How many can still be asked for. */
  left(): number
}

/** A page that went away while it asked says nothing of the picture: it is asked for again this many graces later. */
const gracesAfterAbsence = 10

/**
 * Makes the customer that asks for pictures which an opened conversation names and the page never loads.
 *
 * Errors  throws none: a picture that cannot be had is an oddity with its reason, and is left alone for an hour, then a
 *         day, then weeks, and after two months for good.
 * State   since when facts have been without bytes, ended with them.
 */
export function createMissingPictures(options: MissingPicturesOptions): MissingPictures {
  const { asker, site, siteName, origin, intake, pending, attempts, now, graceMs, tabs, onOddity } = options
  /** By a clock that nobody sets. */
  const since = new Map<FileId, number>()

  /** The conversation's own tab if it is open, else any of the site. */
  const tabFor = ({ conversationId }: ImageFacts): Tab | undefined => {
    const all = tabs().filter(({ url }) => site.mayAsk(url))
    return all.find(({ url }) => conversationId !== null && url.includes(conversationId)) ?? all[0]
  }

  const ask = async (tab: Tab, facts: ImageFacts) => {
    const { fileId } = facts
    try {
      const url = await lookUp(tab, facts)
      if (!intake.wantsBytes(fileId)) return
      await getBytes(tab, fileId, url)
      await attempts.succeeded(fileId)
    } catch (error) {
      if (asker.isStopped) return
      onOddity('picture-missed', `${fileId}: ${messageOf(error)}`)
      if (!(error instanceof Refusal) || error.about === 'answer')
        await attempts.failed(fileId, messageOf(error), now())
      else since.set(fileId, performance.now() + (gracesAfterAbsence - 1) * graceMs)
    }
  }

  const getBytes = async (tab: Tab, fileId: FileId, url: string) => {
    const { status, bytes } = await asker.getFile(tab, url, maxBodyBytes)
    if (status !== 200) throw new Refusal(`HTTP ${status}`)
    const { host } = new URL(url)
    const verdict = await intake.receive({ fileId, bytes, host, receivedAt: now(), ...(origin && { origin }) })
    if (verdict.kind === 'unfit') throw new Refusal(verdict.reason)
  }

  /** The address of a file, by the newest route that knows it. */
  const lookUp = async (tab: Tab, facts: ImageFacts): Promise<string> => {
    const reasons: string[] = []
    const other = options.otherPath?.(facts.fileId)
    for (const path of [...site.lookUpPaths(facts.fileId, facts.conversationId), ...(other ? [other] : [])]) {
      const { status, text } = await asker.ask(tab, { path })
      const url = status === 200 ? site.addressIn(text, tab.url) : undefined
      if (url) return url
      reasons.push(status === 200 ? 'no address' : `HTTP ${status}`)
    }
    throw new Refusal(reasons.join(', '))
  }

  const waitingFacts = () => pending.withoutBytes().filter(({ fileId }) => siteOf(fileId) === siteName)
  const mayAsk = ({ fileId }: ImageFacts) => intake.wantsBytes(fileId) && attempts.isDue(fileId, now())

  return {
    left: () => waitingFacts().filter(mayAsk).length,
    next() {
      const waiting = waitingFacts()
      const moment = performance.now()
      for (const fileId of since.keys()) if (!pending.facts(fileId)) since.delete(fileId)
      for (const { fileId } of waiting) if (!since.has(fileId)) since.set(fileId, moment)
      const isDue = (facts: ImageFacts) => moment - (since.get(facts.fileId) ?? moment) >= graceMs && mayAsk(facts)
      const facts = waiting.find(isDue)
      const tab = facts && tabFor(facts)
      return facts && tab ? () => ask(tab, facts) : undefined
    },
  }
}
