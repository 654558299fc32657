import path from 'node:path'
import { readArchive } from '../archive/read-archive.ts'
import { openAttempts } from '../ask/attempts.ts'
import { reviveFileId, siteOf } from '../sites/ids.ts'
import { allSites } from '../sites/index.ts'
import { type BackfillJournal, type FileRow, openBackfillJournal } from './journal.ts'

/** Why a picture that the account lists is not in the archive. */
export type LackReason = 'not-asked-yet' | 'refused' | 'conversation-gone' | 'conversation-unread'

/** What would help, as a person can do it. */
export const remedies: Readonly<Record<LackReason, string>> = {
  'not-asked-yet': 'dalle-archiver backfill',
  refused: 'dalle-archiver backfill (it is asked for again after an hour, a day, then weeks)',
  'conversation-gone': 'nothing says what made it; its conversation is gone or belongs to another account',
  'conversation-unread': 'dalle-archiver backfill',
}

/** A file that a list or a conversation names and that is not in the archive. */
export interface Lacking {
  readonly fileId: string
  readonly conversationId: string | null
  readonly reason: LackReason
  /** In the site's own words, where it has said any. */
  readonly detail: string | null
  readonly remedy: string
}

type Lack = Omit<Lacking, 'remedy'>

/** What an account is known to hold, what the archive holds, and what lies between. */
export interface Coverage {
  readonly counters: { readonly active: number; readonly archived: number; readonly at: string } | null
  readonly catalogues: readonly {
    readonly name: string
    readonly files: number
    /** "cursor" when it was read to its end; null while it is not. */
    readonly end: string | null
    /** When it was begun. */
    readonly walk: string
    readonly at: string
  }[]
  /** Distinct files that any catalogue lists. */
  readonly listed: number
  /** Of these, not generated as far as their conversations say: uploads. */
  readonly uploads: number
  /** Of those listed, in the archive. */
  readonly held: number
  readonly records: number
  /** `counters.active + counters.archived` less `held`; null where there are no counters. */
  readonly difference: number | null
  /** Facts that wait for their image, and images that wait for their facts. */
  readonly waiting: { readonly facts: number; readonly bytes: number }
  readonly lacking: readonly Lacking[]
  /** Conversations that could not be read; their pictures may be there all the same. */
  readonly failedConversations: number
  /** All catalogues were read to their ends on one day, and nothing is lacking. */
  readonly isComplete: boolean
}

/**
 * Compares an archive with what was learned of the account; asks nobody.
 *
 * Errors  ArchiverError "disk" when there is no archive.
 */
export async function coverageOf(root: string): Promise<Coverage> {
  const archive = await readArchive(root)
  const [journal, attempts] = await Promise.all([
    openBackfillJournal(archive.root),
    openAttempts(path.join(archive.root, 'pending', 'attempts.ndjson')),
  ])
  const isHeld = ({ fileId }: FileRow) => {
    const id = reviveFileId(fileId)
    return id !== null && archive.has(id)
  }
  const files = journal.files()
  const missing = files.filter((row) => !isHeld(row))
  const ofLists = missing.flatMap((row): Lack[] => {
    const { fileId, conversationId } = row
    const lack = lackOf(row, journal, attempts.reasonOf(fileId))
    return lack ? [{ fileId, conversationId, ...lack }] : []
  })
  // A conversation may name pictures that no list has.
  const ofConversations = archive.waiting.withoutBytes().flatMap(({ fileId, conversationId }): Lack[] => {
    const isAnothers = journal.file(fileId) || archive.has(fileId) || !sitesWithHistory.includes(siteOf(fileId))
    const detail = attempts.reasonOf(fileId) ?? null
    return isAnothers ? [] : [{ fileId, conversationId, reason: detail === null ? 'not-asked-yet' : 'refused', detail }]
  })
  const lacking = [...ofLists, ...ofConversations].map((one) => ({ ...one, remedy: remedies[one.reason] }))
  const catalogues = journal
    .catalogues()
    .filter(({ name }) => listsOfPictures.includes(name))
    .map(({ name, walk, end, at }) => ({
      name,
      files: files.filter(({ seenIn }) => (seenIn[name] ?? '') >= walk).length,
      end,
      walk,
      at,
    }))
  const { counters } = journal
  const failedConversations = journal.conversations().filter(({ state }) => state === 'failed').length
  const held = files.length - missing.length
  return {
    counters: counters ? { active: counters.active, archived: counters.archived, at: counters.at } : null,
    catalogues,
    listed: files.length,
    uploads: missing.length - ofLists.length,
    held,
    records: archive.count,
    difference: counters ? counters.active + counters.archived - held : null,
    waiting: archive.waiting.count,
    lacking,
    failedConversations,
    isComplete: lacking.length === 0 && failedConversations === 0 && wereRead(catalogues),
  }
}

/** Why a file is lacking; undefined for one that its conversation does not say to be generated. */
function lackOf(
  { isGenerated, isUpload, conversationId }: FileRow,
  journal: BackfillJournal,
  refusal: string | undefined,
): Pick<Lacking, 'reason' | 'detail'> | undefined {
  if (refusal !== undefined) return { reason: 'refused', detail: refusal }
  if (isGenerated) return { reason: 'not-asked-yet', detail: null }
  // Nothing ever says that it was generated: a file that was uploaded to the library itself.
  if (conversationId === null || isUpload) return undefined
  const conversation = journal.conversation(conversationId)
  if (conversation?.state === 'read') return undefined
  if (conversation?.state === 'gone') return { reason: 'conversation-gone', detail: conversation.reason }
  return { reason: 'conversation-unread', detail: conversation?.reason ?? null }
}

/** Lists of conversations say nothing of what is there. */
const listsOfPictures = allSites.flatMap(({ history }) => history?.catalogues.map(({ name }) => name) ?? [])

const sitesWithHistory: readonly string[] = allSites.flatMap(({ name, history }) => (history ? [name] : []))

/** Every list of pictures, each to its end, on one day. */
const wereRead = (catalogues: Coverage['catalogues']) =>
  catalogues.length === listsOfPictures.length &&
  catalogues.every(({ end }) => end === 'cursor') &&
  new Set(catalogues.flatMap(({ walk, at }) => [walk.slice(0, 10), at.slice(0, 10)])).size === 1
