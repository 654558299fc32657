import type { Question } from '../ask/asker.ts'
import type { ImageFacts } from '../sites/facts.ts'
import type { Budget } from './budget.ts'
import type { Joining } from './joining.ts'
import type { ConversationRow } from './journal.ts'
import { isTheirFault, type Reads, type Step } from './reads.ts'

/** Reads the conversations in which pictures were made whose facts are wanting. */
export interface ConversationReads {
  /** The next question; undefined while it is too early for one, or when all were read. */
  next(): Step | undefined
  /** How many are still to be read. */
  readonly left: number
  /** When the next question may be asked, where that is later than now. */
  readonly dueAt: Date | undefined
  /** Adds conversations to be read. */
  want(ids: Iterable<string>): void
  readonly count: number
}

export interface ConversationReadsOptions {
  readonly budget: Budget
  readonly joining: Pick<Joining, 'join'>
  /** Where a conversation is read whole, as a tree. */
  treePath(id: string): string
  /** From one question to the next, in milliseconds; doubled each time the site answers short. */
  readonly gapMs: number
  /** The site answered short twice in a row, as it does before it refuses. */
  onTooMuch(): void
}

/** Those that fail on the site's side are asked for so often in one run. */
const maxTries = 3

/** Makes the reader: many at once, those left out one by one in pages, and at last as a tree; read pages stay read. */
export function createConversationReads(reads: Reads, options: ConversationReadsOptions): ConversationReads {
  const { history, journal, now, asker } = reads
  const { budget } = options
  const queue = new Set<string>()
  /** Those that an answer left out, or that were being read when the last run ended. */
  const single: string[] = []
  /** Those that failed on the site's side, to be asked for once more after all others. */
  const late: string[] = []
  const failures = new Map<string, number>()
  /** Those whose pages could not be had. */
  const asTree = new Set<string>()
  /** Before which messages each was asked for, so that pages that go in circles end. */
  const askedBefore = new Map<string, Set<string | null>>()
  /** What the pages of each have said, where the first of them was read in this run. */
  const said = new Map<string, readonly ImageFacts[]>()
  // Also after a restart and over a new connection: the last read may be a moment ago.
  let notBefore = budget.spentAt ? budget.spentAt.getTime() + options.gapMs : 0
  let shortAnswers = 0
  let count = 0

  const note = (
    id: string,
    state: ConversationRow['state'],
    before: string | null = null,
    reason: string | null = null,
  ) => journal.put({ kind: 'conversation', id, state, before, reason, at: now().toISOString() })

  const finish = async (id: string, state: 'read' | 'gone' | 'failed', reason: string | null = null) => {
    if (single[0] === id) single.shift()
    queue.delete(id)
    asTree.delete(id)
    said.delete(id)
    count += 1
    // Pages that were read need not be read again when the others can be had.
    await note(id, state, state === 'failed' ? (journal.conversation(id)?.before ?? null) : null, reason)
  }

  /** True where it is asked for once more. */
  const isPutOff = (id: string): boolean => {
    const times = (failures.get(id) ?? 0) + 1
    failures.set(id, times)
    if (times === maxTries) return false
    single.shift()
    asTree.delete(id)
    late.push(id)
    return true
  }

  const ask = async (tab: Parameters<Step>[0], question: Question, cost: number) => {
    await budget.spend(cost)
    try {
      return await asker.ask(tab, question)
    } finally {
      // From its end: a question may have waited for the token, and the site for its own answer.
      const gapMs = options.gapMs * 2 ** Math.min(shortAnswers, 3)
      notBefore = now().getTime() + gapMs * (1 + Math.random() / 2)
    }
  }

  const oneByOne = (ids: readonly string[]) => {
    for (const id of ids) queue.delete(id)
    single.push(...ids)
  }

  const readBatch = async (tab: Parameters<Step>[0], ids: readonly string[]) => {
    const question = history.batch(ids)
    const answer = await ask(tab, question, ids.length)
    const found = answer.status === 200 ? history.conversationsIn(answer.text) : undefined
    if (!found) return oneByOne(ids)
    await options.joining.join(await reads.learn(question, answer.text))
    const missing = ids.filter((id) => !found.includes(id))
    for (const id of ids) if (found.includes(id)) await finish(id, 'read')
    oneByOne(missing)
    shortAnswers = missing.length > 0 ? shortAnswers + 1 : 0
    if (shortAnswers > 1) {
      options.onTooMuch()
      await budget.exhausted()
    }
  }

  const readPages = async (tab: Parameters<Step>[0], id: string) => {
    const before = journal.conversation(id)?.before ?? null
    const question = history.turns(id, before)
    const answer = await ask(tab, question, 1)
    const older = answer.status === 200 ? history.olderIn(answer.text) : undefined
    // Also when it is not found: a page may be gone, or its form, and only the whole tells that of the conversation.
    if (!older) {
      asTree.add(id)
      // What to go on with is no longer taken.
      if (before !== null && !isTheirFault(answer)) await note(id, 'reading')
      return
    }
    await joinPage(id, before, older.before, await reads.learn(question, answer.text))
    const asked = (askedBefore.get(id) ?? new Set()).add(before)
    askedBefore.set(id, asked)
    if (older.before === null) await finish(id, 'read')
    else if (asked.has(older.before)) asTree.add(id)
    else await note(id, 'reading', older.before)
  }

  /** Only all pages together tell which of a conversation's pictures are alike. */
  const joinPage = async (id: string, before: string | null, older: string | null, facts: readonly ImageFacts[]) => {
    const newer = before === null ? [] : said.get(id)
    if (!newer) return options.joining.join(facts, true)
    said.set(id, [...newer, ...facts])
    if (older === null) await options.joining.join([...newer, ...facts])
  }

  const readTree = async (tab: Parameters<Step>[0], id: string) => {
    const question = { path: options.treePath(id) }
    const answer = await ask(tab, question, 1)
    if (answer.status === 404) {
      // That is why it was left out, and no sign of too much.
      shortAnswers = 0
      return finish(id, 'gone', 'HTTP 404')
    }
    if (isTheirFault(answer) && isPutOff(id)) return
    if (answer.status !== 200)
      return finish(id, 'failed', `HTTP ${answer.status}${isTheirFault(answer) ? '' : ', refused'}`)
    if (!history.isConversation(answer.text)) return finish(id, 'failed', 'an answer of unknown form')
    await options.joining.join(await reads.learn(question, answer.text))
    await finish(id, 'read')
  }

  const dueAt = () => {
    if (single.length + queue.size === 0) single.push(...late.splice(0))
    const wanted = single.length > 0 ? 1 : Math.min(queue.size, history.maxBatch)
    return wanted === 0 ? undefined : new Date(Math.max(notBefore, budget.dueAt(wanted).getTime()))
  }

  return {
    next() {
      const due = dueAt()
      if (!due || due > now()) return undefined
      const [id] = single
      if (id !== undefined) return (tab) => (asTree.has(id) ? readTree(tab, id) : readPages(tab, id))
      const ids = [...queue].slice(0, history.maxBatch)
      return (tab) => readBatch(tab, ids)
    },
    get left() {
      return queue.size + single.length + late.length
    },
    get dueAt() {
      const due = dueAt()
      return due && due > now() ? due : undefined
    },
    want(ids) {
      for (const id of ids) {
        const known = journal.conversation(id)
        const isBegun = known?.state === 'reading' || (known?.before ?? null) !== null
        if (!history.isBatched(id) || isBegun) single.push(id)
        else queue.add(id)
      }
    },
    get count() {
      return count
    },
  }
}
