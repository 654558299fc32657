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
  tabs(): readonly Tab[]
  onOddity(kind: string, detail: string): void
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
export function createMissingPictures(options: MissingPicturesOptions): Customer {
  const { asker, site, siteName, intake, pending, attempts, now, graceMs, tabs, onOddity } = options
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
    const verdict = await intake.receive({ fileId, bytes, host: new URL(url).host, receivedAt: now() })
    if (verdict.kind === 'unfit') throw new Refusal(verdict.reason)
  }

  /** The address of a file, by the newest route that knows it. */
  const lookUp = async (tab: Tab, facts: ImageFacts): Promise<string> => {
    const reasons: string[] = []
    for (const path of site.lookUpPaths(facts.fileId, facts.conversationId)) {
      const { status, text } = await asker.ask(tab, { path })
      const url = status === 200 ? site.addressIn(text, tab.url) : undefined
      if (url) return url
      reasons.push(status === 200 ? 'no address' : `HTTP ${status}`)
    }
    throw new Refusal(reasons.join(', '))
  }

  return {
    next() {
      const waiting = pending.withoutBytes().filter(({ fileId }) => siteOf(fileId) === siteName)
      const moment = performance.now()
      for (const fileId of since.keys()) if (!pending.facts(fileId)) since.delete(fileId)
      for (const { fileId } of waiting) if (!since.has(fileId)) since.set(fileId, moment)
      const isDue = ({ fileId }: ImageFacts) =>
        moment - (since.get(fileId) ?? moment) >= graceMs && intake.wantsBytes(fileId) && attempts.isDue(fileId, now())
      const facts = waiting.find(isDue)
      const tab = facts && tabFor(facts)
      return facts && tab ? () => ask(tab, facts) : undefined
    },
  }
}
