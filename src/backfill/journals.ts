import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { type BackfillJournal, historyFolder, openBackfillJournal } from './journal.ts'

/** What is known of each workspace of an account, in a journal of its own. */
export interface Journals {
  /** Of the person's own, or of the only one. */
  readonly main: BackfillJournal
  /** Errors: rejects when the disk refuses. */
  of(workspaceId: string): Promise<BackfillJournal>
}

/** Opens `history/journal.ndjson`, and `history/<workspace>/journal.ndjson` when it is asked for. */
export async function openJournals(root: string, ready?: Archive['ready']): Promise<Journals> {
  const opened = new Map<string, Promise<BackfillJournal>>()
  return {
    main: await openBackfillJournal(root, ready),
    of(workspaceId) {
      const name = nameOf(workspaceId)
      const journal = opened.get(name) ?? openBackfillJournal(root, ready, path.join(historyFolder, name))
      opened.set(name, journal)
      return journal
    },
  }
}

/** The folders of an archive that hold a journal, that of the person's own workspace first. */
export async function journalFolders(root: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, historyFolder), { withFileTypes: true }).catch(() => [])
  const names = entries.flatMap((entry) => (entry.isDirectory() && nameForm.test(entry.name) ? [entry.name] : []))
  return [historyFolder, ...names.toSorted().map((name) => path.join(historyFolder, name))]
}

/** Every journal of an archive, to be read; that of the person's own workspace first. */
export async function readJournals(root: string): Promise<readonly BackfillJournal[]> {
  const folders = await journalFolders(root)
  return Promise.all(folders.map((folder) => openBackfillJournal(root, undefined, folder)))
}

const nameForm = /^workspace-[0-9a-f]{12}$/

/** An account's id stays out of the archive. */
const nameOf = (workspaceId: string) =>
  `workspace-${createHash('sha256').update(workspaceId).digest('hex').slice(0, 12)}`
