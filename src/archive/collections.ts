import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { isObject, listAt, momentAt, parseJson, textAt } from '../decode/json.ts'
import { isPlainFolder, readConfined, statOf } from './confined.ts'
import { remove, writeOverUnlocked } from './files.ts'
import { ensureFolderIn } from './folders.ts'
import { namesIn } from './read-files.ts'
import { createTurns } from './turns.ts'

/** Pictures that a person put together: in an order of one's own, or as whatever a search finds. */
export type Collection = {
  readonly id: string
  readonly name: string
  readonly note: string
} & ({ readonly kind: 'list'; readonly ids: readonly string[] } | { readonly kind: 'smart'; readonly query: string })

/** What may be said of a collection by whoever makes or changes it. */
export interface CollectionFields {
  readonly name?: string
  readonly note?: string
  readonly query?: string
  readonly ids?: readonly string[]
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  readonly order?: readonly string[]
}

const folder = 'collections'
const [maxNameChars, maxNoteChars, maxQueryChars, maxIds, maxIdChars] = [200, 20_000, 500, 200_000, 200]
/** The longest file that such a collection can need. */
export const maxCollectionBytes = 32 * 1024 * 1024

const isText = (value: unknown, maxChars: number): value is string =>
  typeof value === 'string' && value.length <= maxChars

const isIds = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= maxIds && value.every((id) => id !== '' && isText(id, maxIdChars))

/**
 * Checks what came in.
 *
 * Errors  undefined when a type is wrong, a name or a search is empty, or something is longer than anybody needs.
 */
export function checkedCollection(json: unknown): CollectionFields | undefined {
  if (!isObject(json)) return undefined
  const { name, note, query, ...rest } = json
  const lists = (['ids', 'add', 'remove', 'order'] as const).map((key) => [key, rest[key]] as const)
  const isFilled = (value: unknown, maxChars: number) => isText(value, maxChars) && value.trim() !== ''
  if (name !== undefined && !isFilled(name, maxNameChars)) return undefined
  if (query !== undefined && !isFilled(query, maxQueryChars)) return undefined
  if (note !== undefined && !isText(note, maxNoteChars)) return undefined
  if (lists.some(([, ids]) => ids !== undefined && !isIds(ids))) return undefined
  const known = { ...json, ...(typeof name === 'string' && { name: name.trim() }) } as CollectionFields
  return known
}

/** A new collection of what was checked; undefined where that has no name, or is both a list and a search. */
export function newCollection({ name, note = '', query, ids }: CollectionFields): Collection | undefined {
  if (name === undefined || (query !== undefined && ids !== undefined)) return undefined
  const about = { id: randomBytes(8).toString('hex'), name, note }
  return query === undefined ? { ...about, kind: 'list', ids: [...new Set(ids)] } : { ...about, kind: 'smart', query }
}

/**
 * A collection with changes; undefined where a list is given a search, or a search pictures.
 *
 * Shape   `order` names pictures of it that come first from now on; the others follow as they were.
 */
export function changedCollection(before: Collection, changes: CollectionFields): Collection | undefined {
  const { name = before.name, note = before.note, query, add = [], remove: gone = [], order = [] } = changes
  if (before.kind === 'smart') {
    const isRight = [changes.add, changes.remove, changes.order, changes.ids].every((ids) => ids === undefined)
    return isRight ? { ...before, name, note, query: query ?? before.query } : undefined
  }
  if (query !== undefined || changes.ids !== undefined) return undefined
  const without = new Set(gone)
  const all = new Set([...before.ids, ...add].filter((id) => !without.has(id)))
  return { ...before, name, note, ids: [...new Set([...order.filter((id) => all.has(id)), ...all])] }
}

/** Every collection of an archive; what cannot be read as one is none, and is left alone. */
export async function readCollections(root: string): Promise<Collection[]> {
  const read = await Promise.all((await collectionIds(root)).map((id) => readOne(root, id)))
  return read.filter((one) => one !== undefined)
}

/** The id of every file that is in the place of a collection, whether or not it can be read as one. */
export async function collectionIds(root: string): Promise<string[]> {
  if (!(await isPlainFolder(root, folder, new Map()))) return []
  const names = (await namesIn(path.join(root, folder))).filter((name) => name.endsWith('.json'))
  return names.map((name) => name.slice(0, -'.json'.length)).filter(isCollectionId)
}

/** Where collections are, relative to the archive. */
export const collectionsFolder = folder

/** The file of a collection, relative to the archive. */
export const collectionPlace = (id: string): string => `${folder}/${id}.json`

/** Whether a text can be the id of a collection. */
export const isCollectionId = (id: string): boolean => /^[a-z0-9-]{1,64}$/.test(id)

async function readOne(root: string, id: string): Promise<Collection | undefined> {
  if (!isCollectionId(id)) return undefined
  return collectionIn(
    id,
    parseJson((await readConfined(root, collectionPlace(id), maxCollectionBytes))?.toString() ?? ''),
  )
}

function collectionIn(id: string, json: unknown): Collection | undefined {
  const known = textAt(json, 'name')
  if (!known) return undefined
  const about = { id, name: known.slice(0, maxNameChars), note: (textAt(json, 'note') ?? '').slice(0, maxNoteChars) }
  const query = textAt(json, 'query')
  if (query !== null) return { ...about, kind: 'smart', query: query.slice(0, maxQueryChars) }
  return { ...about, kind: 'list', ids: listAt(json, 'ids').filter((id) => typeof id === 'string') as string[] }
}

/** One change of a collection after the other. */
const inTurn = createTurns()

/**
 * Writes what `change` makes of a collection as it is on disk; without an id, of none.
 *
 * Shape   `collections/<id>.json`, whole or not at all; `changedAt` in it is now, ISO 8601.
 * Errors  undefined where `change` makes nothing of it; throws what the disk says.
 */
export function writeCollection(
  root: string,
  id: string | undefined,
  change: (before: Collection | undefined) => Collection | undefined,
): Promise<Collection | undefined> {
  return inTurn(`${root} ${id ?? ''}`, async () => {
    const before = id === undefined ? undefined : await readOne(root, id)
    const after = id !== undefined && !before ? undefined : change(before)
    if (!after) return undefined
    const { id: name, kind: _, ...said } = after
    await ensureFolderIn(root, folder)
    const text = `${JSON.stringify({ version: 1, ...said, changedAt: new Date().toISOString() }, null, 2)}\n`
    await writeOverUnlocked(path.join(root, collectionPlace(name)), Buffer.from(text))
    return after
  })
}

/** Removes a collection; its pictures stay. False when there is none. */
export function removeCollection(root: string, id: string): Promise<boolean> {
  return inTurn(`${root} ${id}`, async () => {
    if (!(await readOne(root, id))) return false
    await remove(path.join(root, collectionPlace(id)))
    return true
  })
}

/** A collection as it is on disk, byte for byte. */
export interface CollectionFile {
  readonly bytes: Buffer
  /** Null in files that were written before this was noted. */
  readonly changedAt: Date | null
}

/** The file of a collection; undefined when there is none. Errors: an Error for a file that cannot be read as one. */
export async function readCollectionFile(root: string, id: string): Promise<CollectionFile | undefined> {
  const place = collectionPlace(id)
  const bytes = await readConfined(root, place, maxCollectionBytes)
  if (!bytes && !(await statOf(path.join(root, place)))) return undefined
  const json = parseJson(bytes?.toString() ?? '')
  if (!bytes || !collectionIn(id, json)) throw new Error('is no collection that can be read')
  return { bytes, changedAt: momentAt(json, 'changedAt') }
}

/**
 * Takes over a collection from elsewhere, byte for byte, if the file here is still as `before`; undefined for none.
 *
 * Errors  false where the file was changed meanwhile; an Error for bytes that are no collection, and for a file here
 *         that cannot be read as one; throws what the disk says.
 */
export function takeOverCollection(
  root: string,
  id: string,
  before: Buffer | undefined,
  bytes: Buffer,
): Promise<boolean> {
  return inTurn(`${root} ${id}`, async () => {
    if (!collectionIn(id, parseJson(bytes.toString()))) throw new Error('is no collection')
    const now = (await readCollectionFile(root, id))?.bytes
    if (now ? !before?.equals(now) : before) return false
    await ensureFolderIn(root, folder)
    await writeOverUnlocked(path.join(root, collectionPlace(id)), bytes)
    return true
  })
}
