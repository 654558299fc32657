import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { isLabel } from '../profile-rules.ts'
import { type BackfillJournal, historyFolder, journalName, openBackfillJournal } from './journal.ts'

/** What is known of each workspace of an account, in a journal of its own. */
export interface Journals {
  /** Of the person's own, or of the only one. */
  readonly main: BackfillJournal
  /** Errors: rejects when the disk refuses. */
  of(workspaceId: string): Promise<BackfillJournal>
}

/**
 * Opens the journal of an account, `history/journal.ndjson` or that of a profile, `history/profile-<label>/…`; and
 * `<folder>/<workspace>/journal.ndjson` when it is asked for.
 */
export async function openJournals(root: string, profile: string | null, ready?: Archive['ready']): Promise<Journals> {
  const opened = new Map<string, Promise<BackfillJournal>>()
  const folder = folderOf(profile)
  return {
    main: await openBackfillJournal(root, ready, folder),
    of(workspaceId) {
      const name = nameOf(workspaceId)
      const journal = opened.get(name) ?? openBackfillJournal(root, ready, `${folder}/${name}`)
      opened.set(name, journal)
      return journal
    },
  }
}

const profileForm = /^profile-(.+)$/
const folderOf = (profile: string | null) => (profile === null ? historyFolder : `${historyFolder}/profile-${profile}`)

const foldersIn = async (folder: string) => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted()
}

/** The folders of an archive that hold a journal of an account, that of the person's own workspace first. */
export async function journalFolders(root: string, profile: string | null): Promise<readonly string[]> {
  const folder = folderOf(profile)
  const names = (await foldersIn(path.join(root, folder))).filter((name) => nameForm.test(name))
  return [folder, ...names.map((name) => `${folder}/${name}`)]
}

/** Every journal of an account, to be read; that of the person's own workspace first. */
export async function readJournals(root: string, profile: string | null): Promise<readonly BackfillJournal[]> {
  const folders = await journalFolders(root, profile)
  return Promise.all(folders.map((folder) => openBackfillJournal(root, undefined, folder)))
}

/**
 * The labels of the accounts that were ever asked for their past; null for the one without, unless others alone were.
 */
export async function askedProfiles(root: string): Promise<readonly (string | null)[]> {
  const names = (await foldersIn(path.join(root, historyFolder))).map((name) =>
    profileForm.exec(name)?.[1]?.normalize(),
  )
  const labels = names.filter((label) => label !== undefined && isLabel(label)) as string[]
  const hasOther = labels.length === 0 || existsSync(path.join(root, historyFolder, journalName))
  return [...(hasOther ? [null] : []), ...labels]
}

const nameForm = /^workspace-[0-9a-f]{12}$/

/** An account's id stays out of the archive. */
const nameOf = (workspaceId: string) =>
  `workspace-${createHash('sha256').update(workspaceId).digest('hex').slice(0, 12)}`
