import type { HistoryCatalogue } from '../sites/history.ts'
import type { CatalogueRow, FileRow } from './journal.ts'
import { isTheirFault, type Reads, type Step } from './reads.ts'

/** Walks through the catalogues of an account, page by page. */
export interface CatalogueWalks {
  /** The next page to ask for; undefined when every walk of this run has ended. */
  next(): Step | undefined
  readonly pagesRead: number
  /** Rows came again while others were new: the list grew at its front meanwhile. */
  readonly hasMoved: boolean
  /** Begins every walk anew. */
  again(): Promise<void>
}

export interface CatalogueWalksOptions {
  /** Walks that ended before this moment are begun anew; those that did not end go on. */
  readonly startedAt: Date
  /** Ends a walk at the first page on which everything is known. */
  readonly isUntilKnown: boolean
  isArchived(fileId: string): boolean
}

/** A page that fails on the site's side is asked for so often in one run. */
const maxTries = 3

/**
 * Makes the walks. A walk goes on where it stopped, also after a restart; a cursor the site no longer takes begins it
 * anew, once.
 */
export function createCatalogueWalks(reads: Reads, options: CatalogueWalksOptions): CatalogueWalks {
  const { history, journal, now } = reads
  const tries = new Map<string, number>()
  const restarted = new Set<string>()
  /** Rows seen in the walk of each catalogue, and the cursors it has asked with. */
  const seen = new Map<string, Set<string>>()
  let pagesRead = 0
  let hasMoved = false

  const stateOf = (name: string): CatalogueRow => {
    const known = journal.catalogue(name)
    const isOfThisRun = known && (known.end === null || new Date(known.at) >= options.startedAt)
    return isOfThisRun ? known : begin(name)
  }

  const begin = (name: string): CatalogueRow => {
    const at = now().toISOString()
    return { kind: 'catalogue', name, walk: at, cursor: null, pages: 0, end: null, reason: null, at }
  }

  const end = (row: CatalogueRow, why: NonNullable<CatalogueRow['end']>, reason: string | null = null) =>
    journal.put({ ...row, end: why, reason, at: now().toISOString() })

  const read = async (catalogue: HistoryCatalogue, tab: Parameters<Step>[0]) => {
    const { name } = catalogue
    const row = stateOf(name)
    const question = catalogue.page(row.cursor)
    const answer = await reads.asker.ask(tab, question)
    const page = answer.status === 200 ? history.catalogueIn(answer.text) : undefined
    if (!page) return refused(row, answer.status, isTheirFault(answer))
    tries.delete(name)
    await reads.learn(question, answer.text)
    pagesRead += 1
    const news = await note(row, page.items)
    const rows = seen.get(name) ?? new Set()
    seen.set(name, rows)
    const hasNewRow = page.rowIds.some((id) => !rows.has(id))
    hasMoved ||= hasNewRow && page.rowIds.some((id) => rows.has(id))
    for (const id of page.rowIds) rows.add(id)
    const next = { ...row, cursor: page.cursor, pages: row.pages + 1, at: now().toISOString() }
    if (page.rowIds.length === 0 && row.pages === 0 && !isEmptyAccount())
      return end(next, 'empty', 'an empty first page')
    if (page.cursor === null) return end(next, 'cursor')
    if (!hasNewRow || page.cursor === row.cursor) return end(next, 'nothing-new', 'a page without a new row')
    if (options.isUntilKnown && news === 0) return end(next, 'known')
    return journal.put(next)
  }

  const isEmptyAccount = () => journal.counters?.active === 0 && journal.counters.archived === 0

  /** Notes the files of a page; returns how many were neither archived nor listed before. */
  const note = async (row: CatalogueRow, items: readonly Omit<FileRow, 'kind' | 'seenIn' | 'firstSeen'>[]) => {
    let news = 0
    for (const item of items) {
      const known = journal.file(item.fileId)
      if (!known && !options.isArchived(item.fileId)) news += 1
      await journal.put({
        kind: 'file',
        fileId: item.fileId,
        libraryId: item.libraryId ?? known?.libraryId ?? null,
        conversationId: item.conversationId ?? known?.conversationId ?? null,
        isGenerated: item.isGenerated || known?.isGenerated === true,
        isArchived: item.isArchived,
        seenIn: { ...known?.seenIn, [row.name]: row.walk },
        firstSeen: known?.firstSeen ?? now().toISOString(),
      })
    }
    return news
  }

  const refused = async (row: CatalogueRow, status: number, mayPass: boolean) => {
    const times = (tries.get(row.name) ?? 0) + 1
    tries.set(row.name, times)
    if (mayPass && times < maxTries) return
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
      const catalogue = history.catalogues.find(({ name }) => stateOf(name).end === null)
      return catalogue && ((tab) => read(catalogue, tab))
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
      for (const { name } of history.catalogues) await journal.put(begin(name))
    },
  }
}
