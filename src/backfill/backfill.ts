import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import type { Asker, Customer, Tab } from '../ask/asker.ts'
import type { Attempts } from '../ask/attempts.ts'
import { Refusal } from '../ask/refusal.ts'
import { messageOf } from '../errors.ts'
import { type FileId, reviveFileId } from '../sites/ids.ts'
import type { Budget } from './budget.ts'
import { createCatalogueWalks } from './catalogues.ts'
import { createConversationReads } from './conversations.ts'
import { createJoining } from './joining.ts'
import { type ConversationRow, type FileRow, historyFolder } from './journal.ts'
import { createPatience } from './patience.ts'
import type { Reads, Step } from './reads.ts'

/** What a person wants of a backfill. */
export interface BackfillScope {
  /** Reads lists and fetches pictures, but no conversations. */
  readonly isOnlyLibrary?: boolean | undefined
  /** Reads every conversation, whether or not a list of pictures names it. */
  readonly isAll?: boolean | undefined
  /** Ends each list at the first page on which everything is known. */
  readonly isUntilKnown?: boolean | undefined
  /** Leaves out what is older. */
  readonly since?: Date | undefined
  /** Reads the lists, and counts. */
  readonly isDryRun?: boolean | undefined
  /** Reads one workspace only, by the name a person knows it by. */
  readonly workspace?: string | undefined
  /** Reads so many conversations an hour at most. */
  readonly perHour?: number | undefined
}

/** How far it is. */
export interface BackfillProgress {
  readonly phase: 'lists' | 'conversations' | 'pictures' | 'done'
  readonly listed: number
  /** Of those listed, in the archive. */
  readonly held: number
  readonly pagesRead: number
  readonly conversationsRead: number
  readonly conversationsLeft: number
  readonly picturesLeft: number
  /** How long the rest takes at this pace, in seconds, as far as it is known. */
  readonly leftS: number
  /** What is waited for, and until when. */
  readonly waiting: { readonly until: Date | null; readonly reason: string } | null
}

/** Reads the past of a workspace through its page. */
export interface Backfill extends Customer {
  readonly phase: BackfillProgress['phase']
  readonly progress: BackfillProgress
}

export interface BackfillOptions extends Reads {
  readonly asker: Pick<Asker, 'ask' | 'isStopped'>
  readonly scope: BackfillScope
  readonly budget: Budget
  /** When it was wanted: what was read since is not read again, over however many connections it goes on. */
  readonly startedAt: Date
  readonly archive: Pick<Archive, 'root' | 'has' | 'factsOf'>
  readonly attempts: Attempts
  /** From one conversation to the next, in milliseconds. */
  readonly conversationGapMs: number
  /** About how long a picture takes, in milliseconds. */
  readonly pictureMs: number
  tabs(): readonly Tab[]
  mayAsk(pageUrl: string): boolean
  treePath(conversationId: string): string
  /** A file of the library is a picture that is known under another id. */
  isSame(row: FileId, as: FileId): Promise<void>
  /** Pictures whose bytes can still be asked for. */
  picturesLeft(): number
  /** The site answers short, as before it refuses. */
  onTooMuch(): void
}

const isNamed = (phase: string): phase is BackfillProgress['phase'] =>
  ['conversations', 'pictures', 'done'].includes(phase)

/** Nothing is left of it to be read. */
const isOver = (state: ConversationRow['state']) => state === 'read' || state === 'gone'

/** What was not found may be another account's, into which somebody logs in again. */
const goneForMs = 7 * 24 * 60 * 60 * 1000

/** A list that moves is walked through so often. */
const maxRounds = 3

/** After a trouble of our own, such as a full disk, what the site is asked then could not be noted either. */
export const troubleMs = 60_000

/** The file that stops every backfill of an archive as long as it is there. */
export const frozenFile = (root: string): string => path.join(root, historyFolder, 'frozen')

/**
 * Makes the customer that reads counters, lists and the conversations that are wanting, in this order; bytes are asked
 * for by whoever asks for missing pictures.
 *
 * Errors  throws none: what is refused is in the journal with its reason.
 */
export function createBackfill(options: BackfillOptions): Backfill {
  const { scope, budget, startedAt, archive, journal, history, now, attempts, asker, onNotice } = options
  const ask = createPatience(asker, history.counters)
  const reads: Reads = { ...options, asker: { ask } }
  const isHeld = (fileId: string) => {
    const id = reviveFileId(fileId)
    return id !== null && archive.has(id)
  }
  const walks = createCatalogueWalks(reads, {
    startedAt,
    isAll: scope.isAll === true,
    since: scope.since,
    isUntilKnown: scope.isUntilKnown === true,
  })
  const joining = createJoining(journal, options.isSame)
  const conversations = createConversationReads(reads, {
    budget,
    joining,
    treePath: options.treePath,
    gapMs: options.conversationGapMs,
    onTooMuch: options.onTooMuch,
  })
  let phase: 'counters' | 'lists' | 'recount' | 'plan' | 'conversations' | 'pictures' | 'done' = 'counters'
  let [rounds, notBefore] = [0, 0]

  const readCounters: Step = async (tab) => {
    const before = journal.counters
    const { status, text } = await ask(tab, history.counters)
    const counters = status === 200 ? history.countersIn(text) : undefined
    const hasMoved = counters && (counters.active !== before?.active || counters.archived !== before.archived)
    // Before they are noted: whoever is killed in between has to find out again.
    if (phase === 'counters') await walks.resume(hasMoved === true)
    if (counters) await journal.put({ kind: 'counters', ...counters, at: now().toISOString() })
    if (phase === 'counters') {
      phase = 'lists'
      return
    }
    const isAgain = (hasMoved || walks.hasMoved) && !scope.isUntilKnown && ++rounds < maxRounds
    if (isAgain) await walks.again()
    phase = isAgain ? 'lists' : 'plan'
  }

  /** Whether a conversation could say more of a file than is known. */
  const isWanting = async ({ fileId, isUpload, isGenerated, sameAs }: FileRow): Promise<boolean> => {
    if ((isUpload && !isGenerated) || sameAs !== null) return false
    const id = reviveFileId(fileId)
    if (!id || !archive.has(id)) return true
    const facts = await archive.factsOf(id)
    return facts !== undefined && (facts.promptSource === null || facts.promptSource.startsWith('library'))
  }

  const isTooOld = ({ createdAt }: FileRow) =>
    scope.since !== undefined && createdAt !== null && new Date(createdAt) < scope.since

  const isForgiven = ({ state, at }: ConversationRow) =>
    state === 'gone' && now().getTime() - new Date(at).getTime() > goneForMs

  const plan: Step = async () => {
    joining.begin()
    // Each list has noted each of its files once more.
    await journal.tidy()
    const all = scope.isAll ? journal.conversations().filter(({ state }) => !isOver(state)) : []
    const wanted = new Set(all.map(({ id }) => id))
    for (const row of journal.files()) {
      if (row.conversationId === null || wanted.has(row.conversationId) || isTooOld(row)) continue
      const known = journal.conversation(row.conversationId)
      const isRead = known && isOver(known.state) && !isForgiven(known) && known.at >= row.firstSeen
      if (!isRead && (await isWanting(row))) wanted.add(row.conversationId)
    }
    conversations.want(wanted)
    phase = 'conversations'
  }

  const nextStep = (): Step | undefined => {
    switch (phase) {
      case 'counters':
      case 'recount':
        return readCounters
      case 'lists': {
        const step = walks.next()
        if (step) return step
        phase = 'recount'
        return readCounters
      }
      case 'plan':
        if (!scope.isOnlyLibrary && !scope.isDryRun) return plan
        phase = scope.isDryRun ? 'done' : 'pictures'
        return undefined
      case 'conversations':
        if (conversations.left > 0) return conversations.next()
        phase = 'pictures'
        return undefined
      default:
        if (phase === 'pictures' && options.picturesLeft() === 0) phase = 'done'
        return undefined
    }
  }

  const run = async (step: Step, tab: Tab) => {
    try {
      await step(tab)
    } catch (error) {
      if (asker.isStopped) return
      const isSilence = error instanceof Refusal && error.about === 'silence'
      // What a list was refused says nothing of how many conversations are too many.
      const isOfConversations = isSilence && phase === 'conversations' && error.message.includes('429')
      if (isOfConversations) await budget.exhausted().catch(() => {})
      if (error instanceof Refusal) return
      onNotice(`The backfill: ${messageOf(error)}`)
      notBefore = now().getTime() + troubleMs
    }
  }

  const waiting = (): BackfillProgress['waiting'] => {
    if (existsSync(frozenFile(archive.root))) return { until: null, reason: 'frozen; "backfill --thaw" lets it go on' }
    const silence = attempts.silentUntil(now())
    if (silence) return silence
    if (phase !== 'done' && !options.tabs().some(({ url }) => options.mayAsk(url)))
      return { until: null, reason: 'a tab of the site; open one in the browser' }
    const due = phase === 'conversations' ? conversations.dueAt : undefined
    return due ? { until: due, reason: 'the pace at which conversations may be read' } : null
  }

  return {
    next() {
      if (phase === 'done' || existsSync(frozenFile(archive.root))) return undefined
      const tab = options.tabs().find(({ url }) => options.mayAsk(url))
      if (now().getTime() < notBefore) return undefined
      const step = tab && nextStep()
      return step && (() => run(step, tab))
    },
    get phase() {
      return isNamed(phase) ? phase : 'lists'
    },
    get progress() {
      const files = journal.files()
      return {
        phase: isNamed(phase) ? phase : 'lists',
        listed: files.length,
        held: files.filter(({ fileId }) => isHeld(fileId)).length,
        pagesRead: walks.pagesRead,
        conversationsRead: conversations.count,
        conversationsLeft: conversations.left,
        picturesLeft: options.picturesLeft(),
        leftS: Math.round((options.picturesLeft() * options.pictureMs + budget.leftMs(conversations.left)) / 1_000),
        waiting: waiting(),
      }
    },
  }
}
