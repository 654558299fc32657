import { existsSync } from 'node:fs'
import type { Pending } from '../archive/pending.ts'
import type { Question } from '../ask/asker.ts'
import { type Customer, createAsker, gentle, type Pace, type Sleep, type Tab } from '../ask/asker.ts'
import type { Attempts } from '../ask/attempts.ts'
import { frozenFile } from '../backfill/backfill.ts'
import type { FileRow } from '../backfill/journal.ts'
import {
  type AccountBackfill,
  type AccountOptions,
  type AccountProgress,
  createAccountBackfill,
} from '../backfill/workspaces.ts'
import type { PageAsker } from '../browser/page.ts'
import type { Oddity } from '../decode/oddity.ts'
import type { Intake } from '../intake/intake.ts'
import type { ImageFacts } from '../sites/facts.ts'
import type { History } from '../sites/history.ts'
import type { Site } from '../sites/site.ts'
import { createByteLadder } from './byte-ladder.ts'
import { createLateConversations } from './late-conversations.ts'
import type { Links } from './links.ts'
import { createMissingPictures } from './missing-pictures.ts'
import type { Originals } from './originals.ts'

/** Asks for what an opened conversation names and the page never loads. */
export interface Asking {
  /** Headers with which the page asks its own site. */
  heard(url: string, headers: Readonly<Record<string, unknown>>): void
  /** A tab was loading before we could listen. False when nothing can be asked of it. */
  late(tab: Tab): boolean
  /** The page itself was refused as it asked too much. */
  refused(retryAfterS: number | null): void
  /** How far the backfill is, if there is one of this site. */
  progress(): AccountProgress | undefined
  stop(): void
}

/** A backfill that somebody wants; another object is another backfill. */
export type WantedBackfill = Pick<AccountOptions, 'scope' | 'startedAt' | 'archive' | 'journals'>

export interface AskingOptions {
  readonly site: Pick<Site, 'name' | 'questions' | 'history' | 'isOurs'>
  /** The account's past is read, too, as long as this is one. */
  backfill?(): WantedBackfill | undefined
  /** What is answered to it goes the way of all that the site says. */
  learn?(question: Question, text: string): Promise<readonly ImageFacts[]>
  onNotice?(text: string): void
  /** Nothing is asked for but for a backfill. */
  readonly isPassive?: boolean
  readonly asker: PageAsker
  readonly intake: Intake
  /** The label of the profile that is asked; null where there is but one. */
  readonly profile?: string | null
  readonly pending: Pending
  readonly attempts: Attempts
  readonly now: () => Date
  /** Tabs of the site, and whether the person's pages are loading nothing. */
  tabs(): readonly Tab[]
  isQuiet(): boolean
  /** Originals that somebody wants once more. */
  readonly originals?: Pick<Originals, 'customer'>
  /** The address that a page itself has used for a file. */
  addressOf?: Links['addressOf']
  onOddity(oddity: Oddity): void
  readonly pace?: Pace
  readonly sleep?: Sleep
}

/** Begins to ask one site over one connection: conversations that were missed first, then the past, then pictures. */
export function startAsking(options: AskingOptions): Asking {
  const { intake, pending, attempts, now, tabs, isQuiet, pace = gentle, sleep } = options
  const { name, questions: site } = options.site
  const asker = createAsker({
    ...{ site, pages: options.asker, attempts, now, pace, isQuiet, ...(sleep && { sleep }) },
    isForAccount: () => options.backfill?.() !== undefined,
  })
  const onOddity = (kind: string, detail: string) => options.onOddity({ kind, detail })
  const common = { asker, site, tabs, onOddity, graceMs: pace.graceMs }
  const conversations = createLateConversations(common)
  const ladder = createByteLadder({
    ...{ asker, site, now, tabs },
    addressOf(fileId) {
      const known = options.addressOf?.(fileId)
      return known && options.site.isOurs(known.url) ? known : undefined
    },
    placeOf(fileId, conversationId) {
      const place = running?.backfill.placeOf(fileId, conversationId)
      // The library may know it under another id.
      const isIt = (row: FileRow) => row.sameAs === fileId && row.libraryId !== null
      const libraryId = place?.journal.file(fileId)?.libraryId ?? place?.journal.files().find(isIt)?.libraryId
      return { headers: place?.headers, path: libraryId ? options.site.history?.contentPath(libraryId) : undefined }
    },
  })
  const pictures = createMissingPictures({
    ...common,
    ...{ siteName: name, profile: options.profile ?? null, ladder, intake, pending, attempts, now },
    origin: () => running && 'history',
    isEarly: (fileId) => running?.backfill.isEarly(fileId) === true,
  })
  const originals = options.originals?.customer(name, ladder, pictures.tabFor)

  let running: { readonly wanted: WantedBackfill; readonly backfill: AccountBackfill } | undefined
  const runningNow = () => {
    const { history } = options.site
    const wanted = history && options.backfill?.()
    if (!wanted) running = undefined
    else if (running?.wanted !== wanted) running = { wanted, backfill: begin(history, wanted) }
    return running
  }

  const begin = (history: History, wanted: WantedBackfill) =>
    createAccountBackfill({
      ...wanted,
      ...{ asker, history, attempts, now, tabs, mayAsk: site.mayAsk, treePath: site.conversationPath },
      learn: options.learn ?? (async () => []),
      onNotice: options.onNotice ?? (() => {}),
      conversationGapMs: pace.conversationGapMs ?? gentle.conversationGapMs,
      async isSame(row, as) {
        await intake.sameFile(row, as)
        await pending.drop(row)
      },
      picturesLeft: pictures.left,
      // Two questions with a pause each, and what comes between.
      pictureMs: pace.betweenMs[0] + pace.betweenMs[1] + pace.everyMs,
      onTooMuch: () => void asker.refused(null, 'the site answers short, as it does before it refuses'),
    })

  const past: Customer = { next: () => runningNow()?.backfill.next() }
  const isWanted = () => {
    if (!running) return !options.isPassive
    const { scope, archive } = running.wanted
    return !scope.isDryRun && !existsSync(frozenFile(archive.root))
  }
  asker.serve([
    ...(options.isPassive ? [] : [conversations]),
    ...(originals ? [originals] : []),
    past,
    { next: () => (isWanted() ? pictures.next() : undefined) },
  ])
  return {
    heard: asker.heard,
    refused(retryAfterS) {
      if (asker.refused(retryAfterS)) running?.backfill.pageRefused()
    },
    late: (tab) => !options.isPassive && conversations.late(tab),
    // Also while nothing may be asked; what an earlier backfill came to is none of this one's.
    progress: () => runningNow()?.backfill.progress,
    stop: asker.stop,
  }
}
