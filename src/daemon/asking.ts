import type { Pending } from '../archive/pending.ts'
import type { Question } from '../ask/asker.ts'
import { createAsker, gentle, type Pace, type Sleep, type Tab } from '../ask/asker.ts'
import type { Attempts } from '../ask/attempts.ts'
import { type BackfillOptions, type BackfillProgress, createBackfill } from '../backfill/backfill.ts'
import type { PageAsker } from '../browser/page.ts'
import type { Oddity } from '../decode/oddity.ts'
import type { Intake } from '../intake/intake.ts'
import type { Site } from '../sites/site.ts'
import { createLateConversations } from './late-conversations.ts'
import { createMissingPictures } from './missing-pictures.ts'

/** Asks for what an opened conversation names and the page never loads. */
export interface Asking {
  /** Headers with which the page asks its own site. */
  heard(url: string, headers: Readonly<Record<string, unknown>>): void
  /** A tab was loading before we could listen. False when nothing can be asked of it. */
  late(tab: Tab): boolean
  /** The page itself was refused as it asked too much. */
  refused(retryAfterS: number | null): void
  /** How far the backfill is, if there is one of this site. */
  progress(): BackfillProgress | undefined
  stop(): void
}

/** What a backfill needs besides. */
export interface BackfillParts extends Pick<BackfillOptions, 'wishes' | 'archive' | 'journal'> {
  learn(question: Question, text: string): Promise<void>
  onNotice(text: string): void
}

export interface AskingOptions {
  readonly site: Pick<Site, 'name' | 'questions' | 'history'>
  /** Reads the account's past, too. */
  readonly backfill?: BackfillParts | undefined
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
  readonly sleep?: Sleep
}

/** Begins to ask one site over one connection: conversations that were missed first, then pictures. */
export function startAsking(options: AskingOptions): Asking {
  const { intake, pending, attempts, now, tabs, isQuiet, pace = gentle, sleep } = options
  const { name, questions: site } = options.site
  const asker = createAsker({ site, pages: options.asker, attempts, now, pace, isQuiet, ...(sleep && { sleep }) })
  const onOddity = (kind: string, detail: string) => options.onOddity({ kind, detail })
  const common = { asker, site, tabs, onOddity, graceMs: pace.graceMs }
  const conversations = createLateConversations(common)
  const { history } = options.site
  const parts = history && options.backfill
  const pictures = createMissingPictures({
    ...common,
    ...{ siteName: name, intake, pending, attempts, now },
    origin: parts && 'history',
    otherPath(fileId) {
      const libraryId = parts?.journal.file(fileId)?.libraryId
      return libraryId ? history?.contentPath(libraryId) : undefined
    },
  })
  const backfill =
    parts &&
    createBackfill({
      ...parts,
      ...{ asker, history, attempts, now, tabs, mayAsk: site.mayAsk, treePath: site.conversationPath },
      conversationGapMs: pace.conversationGapMs ?? gentle.conversationGapMs,
      picturesLeft: pictures.left,
      onTooMuch: () => asker.refused(null),
    })
  const isDryRun = parts?.wishes.isDryRun === true
  asker.serve([conversations, ...(backfill ? [backfill] : []), ...(isDryRun ? [] : [pictures])])
  return {
    heard: asker.heard,
    refused: asker.refused,
    late: conversations.late,
    progress: () => backfill?.progress,
    stop: asker.stop,
  }
}
