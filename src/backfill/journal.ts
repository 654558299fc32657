import path from 'node:path'
import { z } from 'zod'
import type { Archive } from '../archive/archive.ts'
import { openJournaledMap } from '../archive/journaled-map.ts'

/** Why a walk through a catalogue ended; "cursor" is the only end that says it was whole. */
export const walkEnds = ['cursor', 'known', 'since', 'nothing-new', 'empty', 'refused'] as const

const moment = z.iso.datetime()
const id = z.string().max(8_000)

const countersRow = z.object({ kind: z.literal('counters'), active: z.number(), archived: z.number(), at: moment })

const catalogueRow = z.object({
  kind: z.literal('catalogue'),
  name: z.string(),
  /** When this walk began. */
  walk: moment,
  /** What the next page is asked with. */
  cursor: id.nullable(),
  pages: z.int(),
  end: z.enum(walkEnds).nullable(),
  reason: z.string().nullable(),
  at: moment,
  /** Everything on the list was listed once, up to this walk. */
  isWhole: z.boolean().optional(),
})

const fileRow = z.object({
  kind: z.literal('file'),
  /** Its id in the library where the list names no other. */
  fileId: id,
  libraryId: id.nullable(),
  conversationId: id.nullable(),
  messageId: id.nullable(),
  sizeBytes: z.number().nullable(),
  createdAt: moment.nullable(),
  /** Under which id its conversation knows it. */
  sameAs: id.nullable(),
  isGenerated: z.boolean(),
  isUpload: z.boolean(),
  isArchived: z.boolean(),
  /** The catalogues that list it, each with the walk that saw it last. */
  seenIn: z.record(z.string(), moment),
  firstSeen: moment,
})

const conversationRow = z.object({
  kind: z.literal('conversation'),
  id,
  state: z.enum(['wanted', 'reading', 'read', 'gone', 'failed']),
  /** Before which message to go on reading. */
  before: id.nullable(),
  reason: z.string().nullable(),
  at: moment,
})

const budgetRow = z.object({
  kind: z.literal('budget'),
  tokens: z.number(),
  /** How many reads in a row the site has put up with so far. */
  capacity: z.number(),
  at: moment,
})

const workspaceRow = z.object({ kind: z.literal('workspace'), name: z.string().nullable(), at: moment })

const row = z.discriminatedUnion('kind', [workspaceRow, countersRow, catalogueRow, fileRow, conversationRow, budgetRow])

export type Row = z.infer<typeof row>
export type Counters = z.infer<typeof countersRow>
export type CatalogueRow = z.infer<typeof catalogueRow>
export type FileRow = z.infer<typeof fileRow>
export type ConversationRow = z.infer<typeof conversationRow>
export type BudgetRow = z.infer<typeof budgetRow>

/** What is known of an account's past, and how far it was read; written after every step. */
export interface BackfillJournal {
  /** The name of the workspace it is of; undefined where there is but one. */
  readonly workspace: { readonly name: string | null } | undefined
  readonly counters: Counters | undefined
  readonly budget: BudgetRow | undefined
  catalogue(name: string): CatalogueRow | undefined
  catalogues(): readonly CatalogueRow[]
  file(fileId: string): FileRow | undefined
  files(): readonly FileRow[]
  conversation(id: string): ConversationRow | undefined
  conversations(): readonly ConversationRow[]
  /** Errors: rejects when the disk refuses. */
  put(row: Row): Promise<void>
}

/** Where it is kept, below the archive. */
export const historyFolder = 'history'

/**
 * Opens the journal of a folder of the archive. Without `ready` nothing is written, and changes are known until the end of the run.
 *
 * Errors  lines that are none of ours are passed over; rejects with what the file system says of a file it cannot read.
 */
export async function openBackfillJournal(
  root: string,
  ready?: Archive['ready'],
  folder = historyFolder,
): Promise<BackfillJournal> {
  const kept = await openJournaledMap<Row>(path.join(root, folder, 'journal.ndjson'), {
    ready: () => (ready ? ready(folder) : Promise.reject(new Error('opened to be read'))),
    isOptional: ready === undefined,
    keyOf,
    revive: (line) => row.safeParse(line).data,
  })
  const get = <Kind extends Row['kind']>(kind: Kind, name = '') => {
    const found = kept.get(`${kind}/${name}`)
    return found?.kind === kind ? (found as Extract<Row, { kind: Kind }>) : undefined
  }
  const all = <Kind extends Row['kind']>(kind: Kind) =>
    [...kept.values()].filter((one): one is Extract<Row, { kind: Kind }> => one.kind === kind)
  return {
    get workspace() {
      return get('workspace')
    },
    get counters() {
      return get('counters')
    },
    get budget() {
      return get('budget')
    },
    catalogue: (name) => get('catalogue', name),
    catalogues: () => all('catalogue'),
    file: (fileId) => get('file', fileId),
    files: () => all('file'),
    conversation: (id) => get('conversation', id),
    conversations: () => all('conversation'),
    put: (one) => kept.set(one),
  }
}

function keyOf(one: Row): string {
  switch (one.kind) {
    case 'catalogue':
      return `catalogue/${one.name}`
    case 'file':
      return `file/${one.fileId}`
    case 'conversation':
      return `conversation/${one.id}`
    default:
      return `${one.kind}/`
  }
}
