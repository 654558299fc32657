import type { FileId } from './ids.ts'

/** A read of the account's own history, just as a page of the site makes it. */
export interface HistoryRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
}

/** One of the places between which a person switches on a site; each has a history of its own. */
export interface Workspace {
  readonly id: string
  /** As the person reads it; their own has none. */
  readonly name: string | null
  readonly isPersonal: boolean
}

/** How many pictures the account says it holds. */
export interface Counters {
  readonly active: number
  readonly archived: number
}

/** A row of a catalogue: a file, and where it comes from as far as the row says. */
export interface CatalogueItem {
  /** Null for a file that the library names by `libraryId` alone. */
  readonly fileId: FileId | null
  /** The id by which the site's library knows the file, which other routes do not take. */
  readonly libraryId: string | null
  readonly conversationId: string | null
  readonly messageId: string | null
  readonly sizeBytes: number | null
  readonly createdAt: Date | null
  /** The row itself says that it is a generated picture. */
  readonly isGenerated: boolean
  /** Its list is of what the person uploaded. */
  readonly isUpload: boolean
  readonly isArchived: boolean
}

/** A conversation in a list of them. */
export interface ListedConversation {
  readonly id: string
  readonly updatedAt: Date | null
}

/** A page of a list. */
export interface ListPage {
  /** Its images. */
  readonly items: readonly CatalogueItem[]
  readonly conversations: readonly ListedConversation[]
  /** Names of further lists, such as those of projects. */
  readonly lists: readonly string[]
  /** Ids of all its rows: a page without one that is new ends a list that goes in circles. */
  readonly rowIds: readonly string[]
  /** What to ask the next page with; null on the last. */
  readonly cursor: string | null
}

/** A list that the site pages through: of files, of conversations or of further lists. */
export interface HistoryList {
  readonly name: string
  page(cursor: string | null): HistoryRequest
  /** Undefined for an answer that is no page of it; `cursor` is what it was asked with. */
  read(text: string, cursor: string | null): ListPage | undefined
}

/** How an account's past is asked for, and what the answers say beside the facts that every reader finds in them. */
export interface History {
  readonly workspaces: HistoryRequest
  /** Those that can be read; undefined for an answer that does not say. */
  workspacesIn(text: string): readonly Workspace[] | undefined
  /** With which headers a workspace is asked, whichever one the page shows. */
  headersFor(workspaceId: string): Readonly<Record<string, string>>
  readonly counters: HistoryRequest
  countersIn(text: string): Counters | undefined
  /** Every list of pictures. */
  readonly catalogues: readonly HistoryList[]
  /** A list of what the person uploaded, which says of a picture that it was not generated. */
  readonly uploads: HistoryList
  /** Every list of conversations, and of what else holds some. */
  readonly conversationLists: readonly HistoryList[]
  /** A list that a page has named. */
  listNamed(name: string): HistoryList | undefined
  /** Whether a conversation can be asked for with others at once. */
  isBatched(conversationId: string): boolean
  /** The most conversations that may be asked for at once. */
  readonly maxBatch: number
  batch(conversationIds: readonly string[]): HistoryRequest
  /** The ids of the conversations that an answer holds whole; undefined for no such answer. */
  conversationsIn(text: string): readonly string[] | undefined
  /** The newest turns of one conversation, or those before a message. */
  turns(conversationId: string, before: string | null): HistoryRequest
  /** Before which message to go on; null where nothing is older, undefined for no such answer. */
  olderIn(text: string): { readonly before: string | null } | undefined
  /** Whether an answer to `Questions.conversationPath` is a conversation: success alone does not say so. */
  isConversation(text: string): boolean
  /** Where an address for the bytes of a file of the library is told. */
  contentPath(libraryId: string): string
}
