import type { Asker, Question, Tab } from '../ask/asker.ts'
import type { PageAnswer } from '../browser/page.ts'
import type { ImageFacts } from '../sites/facts.ts'
import type { History } from '../sites/history.ts'
import type { BackfillJournal } from './journal.ts'

/** What every step of a backfill works with. */
export interface Reads {
  readonly asker: Pick<Asker, 'ask'>
  readonly history: History
  readonly journal: BackfillJournal
  readonly now: () => Date
  /** Hands an answer to whoever reads the site's answers; resolves with its facts when these are safe. */
  learn(question: Question, text: string): Promise<readonly ImageFacts[]>
  onNotice(text: string): void
}

/** A step of a backfill: one question, its answer read, and the journal written. */
export type Step = (tab: Tab) => Promise<void>

/** Whether an answer failed on the site's side, so that the same question may be answered later. */
export const isTheirFault = ({ status }: PageAnswer): boolean => status >= 500 || status === 408
