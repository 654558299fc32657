import type { ReadArchive } from '../archive/read-archive.ts'
import type { Attempts } from '../ask/attempts.ts'
import { type FileId, reviveFileId } from '../sites/ids.ts'
import { type Account, note } from './account.ts'
import { type Counted, type LackReason, remedyOf } from './coverage-rows.ts'
import type { ConversationRow } from './journal.ts'
import { listsOfPictures } from './lists-of-pictures.ts'

/** A picture that is known of and not in the archive. */
export interface Lacking extends Counted {
  readonly fileId: string
  readonly conversationId: string | null
  readonly reason: LackReason
  readonly remedy: string | null
}

type Lack = Pick<Lacking, 'reason' | 'said' | 'first' | 'last'>

/** What became of the files that lists name. */
export interface Compared {
  readonly held: number
  /** Of those held, whose conversation is not found any more. */
  readonly withoutConversation: readonly Counted[]
  readonly lacking: readonly Lacking[]
}

/** Compares the files that lists name with those of the archive. */
export function compare(account: Account, archive: ReadArchive, attempts: Attempts): Compared {
  const conversations = new Map(account.conversations.map((row) => [row.id, row]))
  const areRead = account.catalogues.length === listsOfPictures.length && account.catalogues.every(isAtEnd)
  const anyLast = listsOfPictures.reduce((sum, list) => sum | note.namedLast(list), 0)
  const { ids, conversationIds, notes } = account.files
  const withoutConversation: Counted[] = []
  const lacking: Lacking[] = []
  let held = 0
  let at = -1
  for (const fileId of ids) {
    at += 1
    const conversationId = conversationIds[at] || null
    const sum = notes[at] ?? 0
    const conversation = conversationId === null ? undefined : conversations.get(conversationId)
    if (archive.has(fileId as FileId)) {
      held += 1
      if (conversation?.state === 'gone') withoutConversation.push(refusalOf(conversation))
      continue
    }
    const isUnlisted = areRead && (sum & anyLast) === 0
    const lack = refusedBytes(fileId, attempts) ?? lackOf(fileId, sum, conversationId, conversation, isUnlisted)
    if (lack) lacking.push(lackingOf(fileId, conversationId, lack))
  }
  return { held, withoutConversation, lacking }
}

export const lackingOf = (fileId: string, conversationId: string | null, lack: Lack): Lacking => ({
  fileId,
  conversationId,
  ...lack,
  remedy: remedyOf(lack.reason),
})

/** A reason of which the site has said nothing. */
export const unsaid = (reason: LackReason): Lack => ({ reason, said: null, first: null, last: null })

/** What the site said when it was asked for the bytes of a file. */
export function refusedBytes(fileId: string, attempts: Attempts): Lack | undefined {
  const failure = attempts.failureOf(fileId)
  if (!failure) return undefined
  // Every route answers for itself, and mostly they agree.
  const said = [...new Set(failure.reason.split(', '))].join(', ')
  const reason = said === 'HTTP 404' ? 'not-found' : 'refused'
  return { reason, said, first: failure.since.toISOString(), last: failure.at.toISOString() }
}

/** What the site said when it was asked for a conversation. */
export const refusalOf = ({ reason, refusedSince, at }: ConversationRow): Counted => ({
  said: reason,
  first: refusedSince ?? at,
  last: at,
})

/** Why a file is lacking; undefined for one that its conversation does not say to be generated. */
function lackOf(
  fileId: string,
  sum: number,
  conversationId: string | null,
  conversation: ConversationRow | undefined,
  isUnlisted: boolean,
): Lack | undefined {
  const isGenerated = (sum & note.isGenerated) !== 0
  const isNameless = reviveFileId(fileId) === null && (sum & note.isSettled) !== 0
  if (isGenerated && isNameless) return unsaid('nameless')
  if (isGenerated) return unsaid(isUnlisted ? 'unlisted' : 'not-asked-yet')
  // Nothing ever says that it was generated: a file that was uploaded to the library itself.
  if (conversationId === null || (sum & note.isSettled) !== 0) return undefined
  if (conversation?.state === 'gone') return { reason: 'conversation-gone', ...refusalOf(conversation) }
  if (isUnlisted) return unsaid('unlisted')
  const isRefused = conversation?.state === 'failed'
  return isRefused ? { reason: 'conversation-unread', ...refusalOf(conversation) } : unsaid('conversation-unread')
}

const isAtEnd = ({ end }: Account['catalogues'][number]) => end === 'cursor'
