import { countAt, isObject, type Json, listAt, momentAt, objectAt, parseJson, textAt } from '../../decode/json.ts'
import { namePartsOf } from './name-parts.ts'
import { pointedAt } from './pointers.ts'

/** A row of `library_files.json`: what the library knows of one file. */
export interface LibraryRow {
  readonly fileId: string
  readonly name: string | null
  readonly sizeBytes: number | null
  /** Lower-case hexadecimal; null when missing, or in a form we do not know. */
  readonly sha256: string | null
  /** Set for generated images. Whether it equals a message's gen_id is not known; the two are only compared. */
  readonly generationId: string | null
  readonly messageId: string | null
  readonly threadId: string | null
  /** Two fields name the conversation and disagree. */
  readonly hasConflict: boolean
  readonly createdAt: Date | null
  readonly isDeleted: boolean
  readonly gizmoId: string | null
}

/** What the small files beside the conversations say, of all exports given together. */
export interface Sidecars {
  /** Ids of files → the name each had before (`conversation_asset_file_names.json`). */
  readonly names: Map<string, string>
  /** UUIDs among those names → the ids of the files that bore them. */
  readonly uuidOwners: Map<string, Set<string>>
  readonly library: Map<string, LibraryRow>
  /** Paths that manifests promise, and the ids of files among them. */
  readonly promised: Set<string>
  readonly promisedIds: Set<string>
  /** Length in bytes of promised files, where the manifest says it. */
  readonly promisedSizes: Map<string, number>
  /** Base names of conversation files that have a name of their own. */
  readonly shards: Set<string>
  /** Ids of the library (`libfile_…`) → ids of files. */
  readonly libraryIds: Map<string, string>
}

export const noSidecars = (): Sidecars => ({
  names: new Map(),
  uuidOwners: new Map(),
  promisedSizes: new Map(),
  library: new Map(),
  promised: new Set(),
  promisedIds: new Set(),
  shards: new Set(),
  libraryIds: new Map(),
})

/**
 * Reads `{ "<id>.dat": "<old name>" }`.
 *
 * Errors  throws none; returns false for text that is no such table.
 */
export function readAssetNames(text: string, sidecars: Sidecars): boolean {
  const table = parseJson(text)
  if (!isObject(table)) return false
  for (const [key, name] of Object.entries(table)) {
    const target = pointedAt(key.split('/').at(-1) ?? '')
    if (!target || target.derivative || typeof name !== 'string' || name.length >= 4_096) continue
    noteAssetName(sidecars, target.id, name)
  }
  return true
}

/** Notes the name that a file had before. */
export function noteAssetName({ names, uuidOwners }: Pick<Sidecars, 'names' | 'uuidOwners'>, id: string, name: string) {
  names.set(id, name)
  const { uuid } = namePartsOf(name)
  if (uuid) uuidOwners.set(uuid, (uuidOwners.get(uuid) ?? new Set()).add(id))
}

/** Reads the library's rows; false for text that holds none. Rows of a newer export win field by field. */
export function readLibrary(text: string, { library, libraryIds }: Sidecars): boolean {
  const value = parseJson(text)
  const rows = Array.isArray(value) ? value : listAt(value, 'items')
  if (!Array.isArray(value) && rows.length === 0) return false
  for (const row of rows) {
    const read = isObject(row) ? libraryRow(row) : undefined
    const libraryId = textAt(objectAt(row, 'id'), 'id') ?? textAt(row, 'id')
    if (read && libraryId) libraryIds.set(libraryId, read.fileId)
    if (read) library.set(read.fileId, { ...read, ...definedOf(library.get(read.fileId)) })
  }
  return true
}

const definedOf = (row: LibraryRow | undefined) =>
  row ? Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== false)) : {}

function libraryRow(row: Json): LibraryRow | undefined {
  const target = pointedAt(textAt(row, 'file_id') ?? '')
  if (!target) return undefined
  const [thread, initiating] = [textAt(row, 'origination_thread_id'), textAt(row, 'initiating_conversation_id')]
  const times = ['created_at', 'record_creation_time', 'file_upload_time', 'version_created_at']
  return {
    fileId: target.id,
    name: textAt(row, 'file_name') ?? textAt(row, 'normalized_name'),
    sizeBytes: countAt(row, 'file_size_bytes'),
    sha256: digestIn(textAt(row, 'sha256_digest')),
    generationId: textAt(row, 'image_gen_generation_id'),
    messageId: textAt(row, 'origination_message_id'),
    threadId: thread ?? initiating,
    hasConflict: thread !== null && initiating !== null && thread !== initiating,
    createdAt: times.map((key) => momentAt(row, key)).find((moment) => moment !== null) ?? null,
    isDeleted: Boolean(row.trashed_at ?? row.deleted_at) || row.state === 'deleted',
    gizmoId: textAt(row, 'gizmo_id'),
  }
}

/** A SHA-256 in hexadecimal or base64: which one the export uses is nowhere documented. */
export function digestIn(text: string | null): string | null {
  if (text === null) return null
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0)
  return bytes.length === 32 ? bytes.toString('hex') : null
}

/** Reads which files an export says it has; false for text that is no manifest. */
export function readManifest(text: string, { promised, promisedIds, promisedSizes, shards }: Sidecars): boolean {
  const value = parseJson(text)
  if (!isObject(value)) return false
  for (const file of listAt(value, 'export_files')) {
    const path = textAt(file, 'path')
    const id = path && namePartsOf(path).fileId
    if (path) promised.add(path)
    const sizeBytes = countAt(file, 'size_bytes')
    if (id) promisedIds.add(id)
    if (path && sizeBytes) promisedSizes.set(path, sizeBytes)
  }
  for (const [name, logical] of Object.entries(objectAt(value, 'logical_files')))
    for (const path of listAt(logical, 'files')) {
      if (typeof path !== 'string') continue
      promised.add(path)
      if (/^conversations\.json$/.test(name) && path.endsWith('.json')) shards.add(path.split('/').at(-1) ?? path)
    }
  return true
}

/** Reads whose export it is; null for text that does not say. */
export const accountIn = (text: string): string | null => textAt(parseJson(text), 'id')
