import type { ImageFacts } from '../../sites/facts.ts'
import type { Conversations, MessageRef } from '../read/conversations.ts'
import { placeOfReference, type Reference, type ReferencePlace } from '../read/reference.ts'
import type { LibraryRow, Sidecars } from '../read/sidecars.ts'
import type { Evidence } from './matches.ts'

/** A file that conversations or the library speak of: twenty references to it are one wanted file. */
export interface WantedFile {
  /** Null when only a name is known. */
  readonly id: string | null
  readonly references: readonly Reference[]
  readonly library: LibraryRow | undefined
  /** Where it belongs: a line of the report each. */
  readonly places: readonly ReferencePlace[]
  /** For a file that only the library knows: the message it was placed at, and how sure that is. */
  readonly placement: { readonly message: MessageRef | undefined; readonly evidence: Evidence } | undefined
}

/**
 * Gathers the references to each file, and adds the files that only the library knows.
 *
 * Shape   a file of the library belongs to the message that made it, if that is there; else to the message that says it
 *         followed it; else to the last one in its thread before it; else to no message.
 */
export function collectWantedFiles(conversations: Conversations, sidecars: Sidecars): WantedFile[] {
  const idOf = ({ id, libraryId }: Reference) => id ?? sidecars.libraryIds.get(libraryId ?? '') ?? null
  const groups = new Map<string, Reference[]>()
  for (const reference of conversations.references.values()) {
    const id = idOf(reference)
    const key = id === null ? nameKey(reference) : `${id} ${reference.derivative ?? ''}`
    const group = groups.get(key)
    if (group) group.push(reference)
    else groups.set(key, [reference])
  }
  const referredTo = [...groups.values()].map((references): WantedFile => {
    const [first] = references
    const id = first ? idOf(first) : null
    const library = id !== null && first?.derivative === null ? sidecars.library.get(id) : undefined
    return { id, references, library, places: references.map(placeOfReference), placement: undefined }
  })
  const known = new Set(referredTo.map(({ id }) => id))
  const others = [...sidecars.library.values()].filter(({ fileId }) => !known.has(fileId))
  return [...referredTo, ...others.map((row) => wantedByLibrary(row, conversations))]
}

/** Images that earlier exports spoke of and did not hold: wanted still, though this one has no place for them. */
export const wantedEarlier = (all: readonly ImageFacts[], known: readonly WantedFile[]): WantedFile[] => {
  const ids = new Set(known.map(({ id }) => id))
  return all.filter(({ fileId }) => !ids.has(fileId)).map(wantedByFacts)
}

function wantedByFacts(facts: ImageFacts): WantedFile {
  const { fileId: id, genId, sizeBytes, widthPx, heightPx, createdAt, conversationId, messageId } = facts
  const reference: Reference = {
    ...{ conversationId: conversationId ?? '', messageId, pointer: id, kind: 'generated', id, genId },
    ...{ sizeBytes, widthPx, heightPx, createdAt, libraryId: null, account: null, derivative: null, name: null },
    ...{ expiresAt: null, isPlaceholder: false },
  }
  return { id, references: [reference], library: undefined, places: [], placement: undefined }
}

const nameKey = ({ conversationId, messageId, pointer }: Reference) => `${conversationId}\n${messageId}\n${pointer}`

function wantedByLibrary(row: LibraryRow, conversations: Conversations): WantedFile {
  const { message, detail } = placedByLibrary(row, conversations)
  const isOf = row.generationId !== null
  const reference: Reference = {
    conversationId: message?.conversationId ?? (row.hasConflict ? '' : (row.threadId ?? '')),
    messageId: row.messageId ?? message?.messageId ?? null,
    pointer: row.fileId,
    kind: isOf ? 'generated' : 'attachment',
    id: row.fileId,
    libraryId: null,
    account: null,
    derivative: null,
    sizeBytes: row.sizeBytes,
    widthPx: null,
    heightPx: null,
    genId: null,
    name: row.name,
    createdAt: row.createdAt,
    expiresAt: null,
    isPlaceholder: false,
  }
  const place = { ...placeOfReference(reference), conversationId: reference.conversationId || null }
  const evidence = { rule: 'T3', says: row.hasConflict ? 'contradicts' : 'agrees', detail } as const
  const placement = { message, evidence }
  return { id: row.fileId, references: [reference], library: row, places: [place], placement }
}

/** The message a row of the library belongs to, and what shows it. */
function placedByLibrary(
  row: LibraryRow,
  { messages, bridges, threads }: Conversations,
): { message: MessageRef | undefined; detail: string } {
  const conflict = row.hasConflict ? 'the library names two conversations; ' : ''
  const origin = row.messageId === null ? undefined : messages.get(row.messageId)
  if (origin) return { message: origin, detail: `${conflict}placed by its own message` }
  const bridge = row.messageId === null ? undefined : bridges.get(row.messageId)
  if (bridge) return { message: bridge, detail: `${conflict}placed before the message that followed its own` }
  const moment = row.createdAt
  const thread = row.threadId === null || row.hasConflict ? undefined : threads.get(row.threadId)
  const before = thread?.findLast(({ createdAt }) => moment !== null && createdAt !== null && createdAt <= moment)
  if (before) return { message: before, detail: 'placed in its thread by time' }
  return { message: undefined, detail: `${conflict}placed by its thread at most` }
}
