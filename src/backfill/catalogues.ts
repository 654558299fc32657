import type { HistoryList, ListPage } from '../sites/history.ts'
import type { CatalogueRow } from './journal.ts'
import { isTheirFault, type Reads, type Step } from './reads.ts'

/** Walks through the catalogues of an account, page by page. */
export interface CatalogueWalks {
  /** The next page to ask for; undefined when every walk of this run has ended. */
  next(): Step | undefined
  readonly pagesRead: number
  /** Rows came again: the list grew at its front meanwhile. */
  readonly hasMoved: boolean
  /** Begins every walk anew. */
  again(): Promise<void>
  /** Goes on with walks that did not end; those that the account has left behind meanwhile are begun anew. */
  resume(hasMoved: boolean): Promise<void>
}

export interface CatalogueWalksOptions {
  /** Walks that ended before this moment are begun anew; those that did not end go on. */
  readonly startedAt: Date
  /** Lists of conversations, too. */
  readonly isAll: boolean
  /** Ends a walk at the first page on which everything is older. */
  readonly since: Date | undefined
  /** Ends a walk at the first page on which everything is known. */
  readonly isUntilKnown: boolean
}

/** A page that fails on the site's side, or is empty, is asked for so often in one run. */
const maxTries = 3

/** After so long a pause a list is not as it was; what came or went in front of a cursor, no page tells. */
const maxPauseMs = 60 * 60 * 1000

/** So many pages in a row without a new row are a circle; one alone may be a list that grew by a page. */
const maxIdlePages = 3

/**
 * Makes the walks. A walk goes on where it stopped, also after a restart; a cursor the site no longer takes begins it
 * anew, once.
 */
export function createCatalogueWalks(reads: Reads, options: CatalogueWalksOptions): CatalogueWalks {
  const { history, journal, now } = reads
  const tries = new Map<string, number>()
  const restarted = new Set<string>()
  /** Rows seen in the walk of each list, and how many of its last pages brought none that was new. */
  const seen = new Map<string, Set<string>>()
  const idle = new Map<string, number>()
  let pagesRead = 0
  let hasMoved = false

  const stateOf = (name: string): CatalogueRow => {
    const known = journal.catalogue(name)
    return known && isOfThisRun(known) ? known : begin(name)
  }

  const isOfThisRun = (row: CatalogueRow | undefined) =>
    row !== undefined && (row.end === null || new Date(row.at) >= options.startedAt)

  /** Those the site has, and those that its pages have named. */
  const lists = (): HistoryList[] => {
    const named = options.isAll ? journal.catalogues().flatMap(({ name }) => history.listNamed(name) ?? []) : []
    const own = [...history.catalogues, history.uploads, ...(options.isAll ? history.conversationLists : [])]
    return [...own, ...named.filter(({ name }) => !own.some((list) => list.name === name))]
  }

  const begin = (name: string): CatalogueRow => {
    const at = now().toISOString()
    const before = journal.catalogue(name)
    // A walk that was left in the middle has noted rows, but not those behind them.
    const isWhole = before?.isWhole === true && (before.end !== null || before.pages === 0)
    return { kind: 'catalogue', name, walk: at, cursor: null, pages: 0, end: null, reason: null, at, isWhole }
  }

  /** All that a list holds is known when it was walked to its end, and since then each time to what was known. */
  const isWholeAfter = (row: CatalogueRow, why: NonNullable<CatalogueRow['end']>) =>
    why === 'cursor' || (why === 'known' && row.isWhole === true)

  const end = (row: CatalogueRow, why: NonNullable<CatalogueRow['end']>, reason: string | null = null) =>
    journal.put({ ...row, end: why, reason, at: now().toISOString(), isWhole: isWholeAfter(row, why) })

  const read = async (list: HistoryList, tab: Parameters<Step>[0]) => {
    const { name } = list
    const row = stateOf(name)
    const question = list.page(row.cursor)
    const answer = await reads.asker.ask(tab, question)
    const page = answer.status === 200 ? list.read(answer.text, row.cursor) : undefined
    if (!page) return refused(row, answer.status, isTheirFault(answer))
    if (isDubious(list, row, page)) return nothingIn(row)
    tries.delete(name)
    await reads.learn(question, answer.text)
    pagesRead += 1
    // Whoever is killed while rows are noted has to know that this walk found them.
    if (row.pages === 0) await journal.put(row)
    const news = (await noteFiles(row, page)) + (await noteConversations(row, page))
    for (const further of page.lists) if (!isOfThisRun(journal.catalogue(further))) await journal.put(begin(further))
    const rows = seen.get(name) ?? new Set()
    seen.set(name, rows)
    const hasNewRow = page.rowIds.some((id) => !rows.has(id))
    hasMoved ||= page.rowIds.some((id) => rows.has(id))
    for (const id of page.rowIds) rows.add(id)
    const next = { ...row, cursor: page.cursor, pages: row.pages + 1, at: now().toISOString() }
    if (page.cursor === null) return end(next, 'cursor')
    idle.set(name, hasNewRow ? 0 : (idle.get(name) ?? 0) + 1)
    const isCircle = page.cursor === row.cursor || (idle.get(name) ?? 0) >= maxIdlePages
    if (isCircle) return end(next, 'nothing-new', 'a page without a new row')
    if (options.isUntilKnown && row.isWhole && news === 0) return end(next, 'known')
    if (isOlder(page)) return end(next, 'since')
    return journal.put(next)
  }

  /** Lists begin with the newest; a row without a date says nothing. */
  const isOlder = ({ items, conversations }: ListPage) => {
    const { since } = options
    const dates = [...items.map(({ createdAt }) => createdAt), ...conversations.map(({ updatedAt }) => updatedAt)]
    return since !== undefined && dates.length > 0 && dates.every((date) => date !== null && date < since)
  }

  /** A list that should have rows begins without any, as one does that is asked for without the account. */
  const isDubious = (list: HistoryList, { pages }: CatalogueRow, { rowIds, cursor }: ListPage) => {
    if (pages > 0 || rowIds.length > 0 || cursor !== null) return false
    if (history.catalogues.includes(list)) return !isEmptyAccount()
    const hasConversations = () => journal.files().some(({ conversationId }) => conversationId !== null)
    return list === history.conversationLists[0] && hasConversations()
  }

  /** Nobody is believed at once that there is nothing. */
  const nothingIn = async (row: CatalogueRow) => {
    if (hasAnotherTry(row)) return
    reads.onNotice(`The list "${row.name}" was empty, though the account does not say that it is.`)
    await end({ ...row, pages: 1 }, 'empty', 'an empty first page')
  }

  const hasAnotherTry = ({ name }: CatalogueRow) => {
    const times = (tries.get(name) ?? 0) + 1
    tries.set(name, times)
    return times < maxTries
  }

  const isEmptyAccount = () => journal.counters?.active === 0 && journal.counters.archived === 0

  /**
   * Notes the files of a page; returns how many this list had not listed before this walk. That one is archived, or
   * that another list has it, says nothing of those behind it.
   */
  const noteFiles = async (row: CatalogueRow, { items }: ListPage) => {
    let news = 0
    for (const item of items) {
      const fileId = item.fileId ?? item.libraryId
      if (fileId === null) continue
      const known = journal.file(fileId)
      if ((known?.seenIn[row.name] ?? row.walk) >= row.walk) news += 1
      await journal.put({
        kind: 'file',
        fileId,
        libraryId: item.libraryId ?? known?.libraryId ?? null,
        conversationId: item.conversationId ?? known?.conversationId ?? null,
        messageId: item.messageId ?? known?.messageId ?? null,
        sizeBytes: item.sizeBytes ?? known?.sizeBytes ?? null,
        createdAt: item.createdAt?.toISOString() ?? known?.createdAt ?? null,
        sameAs: known?.sameAs ?? null,
        isGenerated: item.isGenerated || known?.isGenerated === true,
        isUpload: item.isUpload || known?.isUpload === true,
        isArchived: item.isArchived || (item.isUpload && known?.isArchived === true),
        seenIn: { ...known?.seenIn, [row.name]: row.walk },
        firstSeen: known?.firstSeen ?? now().toISOString(),
      })
    }
    return news
  }

  /** Notes conversations that are new, or were changed since they were read; returns how many. */
  const noteConversations = async (row: CatalogueRow, { conversations }: ListPage) => {
    let news = 0
    for (const { id, updatedAt } of conversations) {
      const known = journal.conversation(id)
      // What a list names is not gone.
      const isOpen = known?.state === 'failed' || known?.state === 'gone'
      const isRead = known && !isOpen && (updatedAt === null || updatedAt <= new Date(known.at))
      const isTooOld = options.since !== undefined && updatedAt !== null && updatedAt < options.since
      if (known?.state === 'wanted' && known.at >= row.walk) news += 1
      if (isRead || isTooOld) continue
      news += 1
      await journal.put({
        kind: 'conversation',
        id,
        state: 'wanted',
        before: null,
        reason: null,
        at: now().toISOString(),
      })
    }
    return news
  }

  const refused = async (row: CatalogueRow, status: number, mayPass: boolean) => {
    if (hasAnotherTry(row) && mayPass) return
    if (row.cursor !== null && !mayPass && !restarted.has(row.name)) {
      restarted.add(row.name)
      seen.delete(row.name)
      return journal.put(begin(row.name))
    }
    const reason = status === 200 ? 'an answer of unknown form' : `HTTP ${status}`
    reads.onNotice(`The list "${row.name}" was not read to its end: ${reason}.`)
    await end(row, 'refused', reason)
  }

  return {
    next() {
      const list = lists().find(({ name }) => stateOf(name).end === null)
      return list && ((tab) => read(list, tab))
    },
    get pagesRead() {
      return pagesRead
    },
    get hasMoved() {
      return hasMoved
    },
    async again() {
      hasMoved = false
      seen.clear()
      idle.clear()
      for (const { name } of lists()) await journal.put(begin(name))
    },
    async resume(hasMoved) {
      for (const { name } of lists()) {
        const known = journal.catalogue(name)
        if (!known || !isOfThisRun(known)) continue
        const isOld = known.end === null && now().getTime() - new Date(known.at).getTime() > maxPauseMs
        if (hasMoved || isOld) await journal.put(begin(name))
      }
    },
  }
}
