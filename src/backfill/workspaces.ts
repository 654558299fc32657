import { existsSync } from 'node:fs'
import { type Asker, type Customer, notLoggedIn, type Tab } from '../ask/asker.ts'
import { Refusal } from '../ask/refusal.ts'
import { messageOf } from '../errors.ts'
import type { Workspace } from '../sites/history.ts'
import {
  type Backfill,
  type BackfillOptions,
  type BackfillProgress,
  createBackfill,
  frozenFile,
  troubleMs,
} from './backfill.ts'
import { createBudget } from './budget.ts'
import type { BackfillJournal, FileRow } from './journal.ts'
import type { Journals } from './journals.ts'
import { createPatience } from './patience.ts'
import { isTheirFault } from './reads.ts'

/** How far the backfill of an account is, over all its workspaces. */
export interface AccountProgress extends BackfillProgress {
  /** The workspace that is read now, where there are several. */
  readonly workspace: string | null
  /** Why nothing is read at all. */
  readonly problem: string | null
}

/** Where a file is asked for. */
export interface Place {
  readonly journal: BackfillJournal
  /** Those of its workspace; undefined where there is but one. */
  readonly headers: Readonly<Record<string, string>> | undefined
}

/** Reads an account's past, one workspace after the other. */
export interface AccountBackfill extends Customer {
  readonly progress: AccountProgress
  /** The workspace that lists a file, or has its conversation. */
  placeOf(fileId: string, conversationId: string | null): Place | undefined
  /** The page, which shares the budget, was refused as it asked too much. */
  pageRefused(): void
  /** The library alone lists it, and its conversation, which may know it under another id, is still to be read. */
  isEarly(fileId: string): boolean
}

export type AccountOptions = Omit<BackfillOptions, 'journal' | 'budget'> & { readonly journals: Journals }

/** One workspace of an account, or all there is. */
interface Part {
  readonly place: Place
  readonly backfill: Backfill
  readonly name: string | null
}

/** The question which workspaces there are fails on the site's side so often in one run. */
const maxFailures = 3

/** How a person calls the workspace that is their own. */
const personal = 'personal'

const nameOf = ({ name, isPersonal }: Workspace) => (isPersonal ? personal : (name ?? 'unnamed'))

/**
 * Makes the customer that finds out which workspaces an account has, and reads each as `createBackfill` does.
 *
 * Errors  throws none. Where the site does not say which there are, the one that the page shows is read, and told so.
 */
export function createAccountBackfill(options: AccountOptions): AccountBackfill {
  const { scope, asker, history, journals, attempts, now, onNotice, archive } = options
  // The site counts for the person, not for each workspace.
  const budget = createBudget(journals.main, now, scope.perHour)
  const ask = createPatience(asker, history.counters)
  const partOf = (journal: BackfillJournal, workspace?: Workspace): Part => {
    const headers = workspace && history.headersFor(workspace.id)
    const backfill = createBackfill({ ...options, journal, budget, asker: askerWith(asker, headers) })
    return { place: { journal, headers }, backfill, name: workspace ? nameOf(workspace) : null }
  }
  // Somebody may have logged in since; the first question shows it.
  if (attempts.silentUntil(now())?.reason === notLoggedIn) void attempts.speak().catch(() => {})
  const whole = partOf(journals.main)
  let parts: readonly Part[] = [whole]
  let [isKnown, at] = [false, 0]
  let problem: string | null = null
  let [failures, notBefore] = [0, 0]

  const learnWorkspaces = async (tab: Tab) => {
    const answer = await ask(tab, history.workspaces)
    if (isTheirFault(answer) && ++failures < maxFailures) return
    const found = answer.status === 200 ? history.workspacesIn(answer.text) : undefined
    const wanted = found?.filter((one) => isNamed(one, scope.workspace)) ?? []
    if (!found) tellUnknown(`HTTP ${answer.status}`)
    else if (scope.workspace !== undefined && wanted.length === 0) problem = unknownWorkspace(scope.workspace, found)
    else if (found.length > 1) parts = await Promise.all(wanted.map(open))
    isKnown = true
  }

  const tellUnknown = (said: string) => {
    const words = `The site does not say which workspaces this account has (${said})`
    if (scope.workspace === undefined) onNotice(`${words}; the one that the page shows is read.`)
    else problem = `${words}, so that "${scope.workspace}" was not found.`
  }

  const open = async (workspace: Workspace): Promise<Part> => {
    const journal = workspace.isPersonal ? journals.main : await journals.of(workspace.id)
    await journal.put({ kind: 'workspace', name: nameOf(workspace), at: now().toISOString() })
    return partOf(journal, workspace)
  }

  const firstStep = async (tab: Tab) => {
    try {
      await learnWorkspaces(tab)
    } catch (error) {
      if (asker.isStopped || error instanceof Refusal) return
      onNotice(`The backfill: ${messageOf(error)}`)
      notBefore = now().getTime() + troubleMs
    }
  }

  /** The list of what was generated names pictures as conversations do. */
  const byItsOwnId = ({ seenIn }: FileRow) => (history.catalogues[0]?.name ?? '') in seenIn

  const current = () => parts[at] ?? whole
  const isFrozen = () => existsSync(frozenFile(archive.root))

  return {
    next() {
      if (problem !== null || isFrozen()) return undefined
      const tab = options.tabs().find(({ url }) => options.mayAsk(url))
      if (!isKnown) return tab && now().getTime() >= notBefore ? () => firstStep(tab) : undefined
      const job = current().backfill.next()
      if (job || current().backfill.phase !== 'done' || at === parts.length - 1) return job
      at += 1
      return current().backfill.next()
    },
    get progress() {
      const all = parts.slice(0, at + 1).map(({ backfill }) => backfill.progress)
      const last = current().backfill.progress
      const isDone = problem !== null || (isKnown && at === parts.length - 1 && last.phase === 'done')
      const phase: BackfillProgress['phase'] = last.phase === 'done' ? 'lists' : last.phase
      return {
        ...last,
        ...sumOf(all),
        phase: isDone ? ('done' as const) : phase,
        workspace: current().name,
        problem,
      }
    },
    pageRefused() {
      // While lists or pictures are asked for, it says nothing of how many conversations are too many.
      if (current().backfill.phase === 'conversations') void budget.exhausted().catch(() => {})
    },
    isEarly(fileId) {
      if (scope.isOnlyLibrary || current().backfill.phase === 'pictures') return false
      const { journal } = current().place
      const row = journal.file(fileId)
      if (!row?.conversationId || row.sizeBytes === null || byItsOwnId(row)) return false
      const state = journal.conversation(row.conversationId)?.state
      return state !== 'read' && state !== 'gone' && state !== 'failed'
    },
    placeOf(fileId, conversationId) {
      const places = parts.map(({ place }) => place)
      return (
        places.find(({ journal }) => journal.file(fileId)) ??
        places.find(({ journal }) => conversationId !== null && journal.conversation(conversationId))
      )
    },
  }
}

const askerWith = (asker: AccountOptions['asker'], headers: Place['headers']): Pick<Asker, 'ask' | 'isStopped'> =>
  headers
    ? {
        ask: (tab, question) => asker.ask(tab, { ...question, headers }),
        get isStopped() {
          return asker.isStopped
        },
      }
    : asker

const isNamed = (workspace: Workspace, wanted: string | undefined) =>
  wanted === undefined || nameOf(workspace).toLowerCase() === wanted.toLowerCase()

function unknownWorkspace(wanted: string, found: readonly Workspace[]): string {
  const names = found.map((one) => `"${nameOf(one)}"`).join(', ')
  return `There is no workspace "${wanted}"${names === '' ? '' : `; this account has ${names}`}.`
}

/** What was read of every workspace so far; what is left of the one that is read now. */
function sumOf(all: readonly BackfillProgress[]) {
  const sum = (key: 'listed' | 'held' | 'pagesRead' | 'conversationsRead') =>
    all.reduce((total, one) => total + one[key], 0)
  return {
    listed: sum('listed'),
    held: sum('held'),
    pagesRead: sum('pagesRead'),
    conversationsRead: sum('conversationsRead'),
  }
}
