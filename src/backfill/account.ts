import { type FileId, reviveFileId } from '../sites/ids.ts'
import type { BackfillJournal, CatalogueRow, ConversationRow, Counters } from './journal.ts'
import { listsOfPictures } from './lists-of-pictures.ts'

/** What was learned of an account, as far as it says which pictures there are. */
export interface Account {
  readonly counters: Counters | undefined
  /** Lists of pictures that were asked for. */
  readonly catalogues: readonly CatalogueRow[]
  /** Conversations that were not read to their ends. */
  readonly conversations: readonly ConversationRow[]
  /** Every file that a list has named; columns, since there may be a hundred thousand. */
  readonly files: {
    readonly ids: readonly FileId[]
    /** Of the conversation of each; empty where none was said. */
    readonly conversationIds: readonly string[]
    /** A sum for each: of `note`, and of `named` and `namedLast` for each list. */
    readonly notes: readonly number[]
  }
}

/** Bits of what is known of a file. */
export const note = {
  /** A list or a conversation says that it was generated. */
  isGenerated: 1,
  /** Its conversation was read to its end. */
  isConversationRead: 2,
  /** The list has ever named it. */
  named: (list: string) => 4 << (2 * listsOfPictures.indexOf(list)),
  /** The last walk through the list has. */
  namedLast: (list: string) => 8 << (2 * listsOfPictures.indexOf(list)),
} as const

/** What a journal says of the account. */
export function accountIn(journal: BackfillJournal): Account {
  const catalogues = journal.catalogues().filter(({ name }) => listsOfPictures.includes(name))
  const walks = catalogues.map(({ name, walk }) => ({ name, walk, ever: note.named(name), last: note.namedLast(name) }))
  const files = { ids: [] as FileId[], conversationIds: [] as string[], notes: [] as number[] }
  for (const { fileId, conversationId, isGenerated, seenIn } of journal.files()) {
    const id = reviveFileId(fileId)
    if (!id) continue
    const isRead = conversationId !== null && journal.conversation(conversationId)?.state === 'read'
    let sum = (isGenerated ? note.isGenerated : 0) + (isRead ? note.isConversationRead : 0)
    for (const { name, walk, ever, last } of walks) {
      const seen = seenIn[name]
      if (seen !== undefined) sum += ever + (seen >= walk ? last : 0)
    }
    files.ids.push(id)
    files.conversationIds.push(conversationId ?? '')
    files.notes.push(sum)
  }
  const conversations = journal.conversations().filter(({ state }) => state !== 'read')
  return { counters: journal.counters, catalogues, conversations, files }
}
