import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { openJournaledMap } from '../archive/journaled-map.ts'
import { isObject, type Json } from '../decode/json.ts'

/** Why a walk through a catalogue ended; "cursor" is the only end that says it was whole. */
export const walkEnds = ['cursor', 'known', 'since', 'nothing-new', 'empty', 'refused'] as const

type Check<Value> = (value: unknown) => value is Value

const text = (value: unknown): value is string => typeof value === 'string' && value.length <= 8_000
const number = (value: unknown): value is number => Number.isFinite(value)
const flag = (value: unknown): value is boolean => typeof value === 'boolean'
/** As `toISOString` writes it; which day of which month is not looked at, for there may be half a million of them. */
const moment = (value: unknown): value is string =>
  typeof value === 'string' && value.length === 24 && value[10] === 'T' && value[23] === 'Z'
const orNull =
  <Value>(check: Check<Value>): Check<Value | null> =>
  (value): value is Value | null =>
    value === null || check(value)
const orUndefined =
  <Value>(check: Check<Value>): Check<Value | undefined> =>
  (value): value is Value | undefined =>
    value === undefined || check(value)
const oneOf =
  <Value extends string>(...all: readonly Value[]): Check<Value> =>
  (value): value is Value =>
    (all as readonly unknown[]).includes(value)
const moments = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every(moment)

/** Every kind of row with what its fields must be. By hand: a schema takes longer than all the rest of the reading. */
const checks = {
  counters: { active: number, archived: number, at: moment },
  catalogue: {
    name: text,
    /** When this walk began. */
    walk: moment,
    /** What the next page is asked with. */
    cursor: orNull(text),
    pages: number,
    end: orNull(oneOf(...walkEnds)),
    reason: orNull(text),
    at: moment,
    /** Everything on the list was listed once, up to this walk. */
    isWhole: orUndefined(flag),
  },
  workspace: { name: orNull(text), at: moment },
  file: {
    /** Its id in the library where the list names no other. */
    fileId: text,
    libraryId: orNull(text),
    conversationId: orNull(text),
    messageId: orNull(text),
    sizeBytes: orNull(number),
    createdAt: orNull(moment),
    /** Under which id its conversation knows it. */
    sameAs: orNull(text),
    isGenerated: flag,
    /** A list of what the person uploaded has named it. */
    isUpload: flag,
    isArchived: flag,
    /** The catalogues that list it, each with the walk that saw it last. */
    seenIn: moments,
    firstSeen: moment,
  },
  conversation: {
    id: text,
    state: oneOf('wanted', 'reading', 'read', 'gone', 'failed'),
    /** Before which message to go on reading. */
    before: orNull(text),
    reason: orNull(text),
    at: moment,
    /** When it was refused first since it was last read, if it was; kept by `put`. */
    refusedSince: orUndefined(moment),
  },
  budget: {
    tokens: number,
    /** How many reads in a row the site has put up with so far. */
    capacity: number,
    at: moment,
  },
} as const

type Kind = keyof typeof checks
type Checked<Checks> = { readonly [Key in keyof Checks]: Checks[Key] extends Check<infer Value> ? Value : never }
type OptionalKeys<Fields> = { [Key in keyof Fields]: undefined extends Fields[Key] ? Key : never }[keyof Fields]
type WithOptional<Fields> = Omit<Fields, OptionalKeys<Fields>> & Partial<Pick<Fields, OptionalKeys<Fields>>>
type RowOf<Name extends Kind> = { readonly kind: Name } & WithOptional<Checked<(typeof checks)[Name]>>

export type Counters = RowOf<'counters'>
export type CatalogueRow = RowOf<'catalogue'>
export type FileRow = RowOf<'file'>
export type ConversationRow = RowOf<'conversation'>
export type BudgetRow = RowOf<'budget'>
export type Row = RowOf<'workspace'> | Counters | CatalogueRow | FileRow | ConversationRow | BudgetRow
type OfKind<Name extends Kind> = Extract<Row, { kind: Name }>

/** A row as we wrote it; undefined for what is none, since a person may have edited it. */
export function reviveRow(line: unknown): Row | undefined {
  if (!isObject(line) || !isKind(line.kind)) return undefined
  const ofKind: Readonly<Record<string, (value: unknown) => boolean>> = checks[line.kind]
  for (const field in ofKind) if (!ofKind[field]?.(line[field])) return undefined
  return line as Json & Row
}

const isKind = (text: unknown): text is Kind => typeof text === 'string' && Object.hasOwn(checks, text)

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
  /** Leaves in the file one line for each row; only for whoever may write. What the disk refuses stays as it is. */
  tidy(): Promise<void>
}

/** Where it is kept, below the archive. */
export const historyFolder = 'history'
export const journalName = 'journal.ndjson'

/**
 * Opens the journal of a folder of the archive. Without `ready` nothing is written, and changes are known until the end
 * of the run.
 *
 * Errors  lines that are none of ours are passed over; rejects with what the file system says of a file it cannot read.
 */
export async function openBackfillJournal(
  root: string,
  ready?: Archive['ready'],
  folder = historyFolder,
): Promise<BackfillJournal> {
  const kept = await openJournaledMap<Row>(path.join(root, folder, journalName), {
    ready: () => (ready ? ready(folder) : Promise.reject(new Error('opened to be read'))),
    isOptional: ready === undefined,
    keyOf,
    revive: reviveRow,
  })
  const get = <Name extends Kind>(kind: Name, name = '') => {
    const found = kept.get(`${kind}/${name}`)
    return found?.kind === kind ? (found as OfKind<Name>) : undefined
  }
  const all = <Name extends Kind>(kind: Name) =>
    [...kept.values()].filter((one): one is OfKind<Name> => one.kind === kind)
  const tidy = () => kept.tidy().catch(() => {})
  if (ready) await tidy()
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
    put: (one) => kept.set(one.kind === 'conversation' ? sinceWhen(one, get('conversation', one.id)) : one),
    tidy,
  }
}

/** A conversation with when it was refused first; that it is wanted again forgets nothing, that it was read does. */
function sinceWhen(row: ConversationRow, before: ConversationRow | undefined): ConversationRow {
  const isRefused = row.state === 'gone' || row.state === 'failed'
  const refusedSince = row.state === 'read' ? undefined : (before?.refusedSince ?? (isRefused ? row.at : undefined))
  return refusedSince === undefined ? row : { ...row, refusedSince }
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
