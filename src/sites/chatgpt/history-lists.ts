import {
  countAt,
  isObject,
  type Json,
  listAt,
  momentAt,
  numberAt,
  objectAt,
  parseJson,
  textAt,
} from '../../decode/json.ts'
import { maxIdChars } from '../../decode/limits.ts'
import type { CatalogueItem, HistoryList, ListedConversation, ListPage } from '../history.ts'
import { roomForm } from './addresses.ts'
import { parsePointer } from './ids.ts'
import { isGeneration, momentOf } from './library-listing.ts'

/** Pages are as long as the site's own page asks for them, and no route is asked that it does not ask. */
const [picturesPerPage, nodesPerPage, conversationsPerPage, roomsPerPage] = [25, 20, 28, 10]

/** The lists of pictures: what was generated, the library, and its images alone. */
export const catalogues: readonly HistoryList[] = [
  {
    name: 'generated',
    page: (cursor) => ({
      method: 'GET',
      path: `/backend-api/my/recent/image_gen?${query({ limit: picturesPerPage, after: cursor })}`,
    }),
    read: picturesIn,
  },
  {
    name: 'library',
    page: (cursor) => ({
      method: 'GET',
      path: `/backend-api/files/library/nodes?${query({ limit: nodesPerPage, cursor })}`,
    }),
    read: picturesIn,
  },
  {
    name: 'library-images',
    page: (cursor) => ({
      method: 'POST',
      path: '/backend-api/files/library',
      body: { categories: ['image'], limit: nodesPerPage, ...(cursor !== null && { cursor }) },
    }),
    read: picturesIn,
  },
]

/** What was uploaded in the images app: what stands here and is generated nowhere is no picture that is lacking. */
export const uploads: HistoryList = {
  name: 'uploads',
  page: (cursor) => ({
    method: 'GET',
    path: `/backend-api/my/recent/uploaded_images?${query({ limit: picturesPerPage, images_app_only: 'true', after: cursor })}`,
  }),
  // Whatever a row of it looks like, it was not generated.
  read(text) {
    const page = picturesIn(text)
    return page && { ...page, items: page.items.map((item) => ({ ...item, isGenerated: false, isUpload: true })) }
  },
}

/** A flat list of conversations is the search for nothing; it leaves out the archived ones. */
export const conversationLists: readonly HistoryList[] = [
  {
    name: 'conversations',
    page: (cursor) => ({
      method: 'GET',
      path: `/backend-api/conversations/search?${query({ query: '', cursor: cursor ?? '' })}`,
    }),
    read: (text) => conversationsPage(text, cursorIn),
  },
  {
    name: 'archived-conversations',
    page: (cursor) => ({
      method: 'GET',
      path: `/backend-api/conversations?${query({ offset: cursor ?? 0, limit: conversationsPerPage, order: 'updated', is_archived: 'true' })}`,
    }),
    // Its total is not to be believed: it ends where a page is empty.
    read: (text, cursor) =>
      conversationsPage(text, (_, count) => (count > 0 ? String(Number(cursor ?? 0) + count) : null)),
  },
  {
    name: 'projects',
    page: (cursor) => ({
      method: 'GET',
      path: `/backend-api/gizmos/snorlax/sidebar?${query({ conversations_per_gizmo: 0, owned_only: 'false', cursor })}`,
    }),
    read: projectsIn,
  },
  {
    name: 'group-chats',
    page: (cursor) => ({
      method: 'GET',
      path: `/backend-api/calpico/chatgpt/rooms/summary?${query({ limit: roomsPerPage, include_pinned: 'true', include_magic_link: 'false', cursor })}`,
    }),
    read: roomsIn,
  },
]

/** The conversations of one project. */
const projectList = (name: string): HistoryList => ({
  name,
  page: (cursor) => ({
    method: 'GET',
    path: `/backend-api/gizmos/${encodeURIComponent(name.slice('project/'.length))}/conversations?${query({ cursor: cursor ?? 0 })}`,
  }),
  read: (text) => conversationsPage(text, cursorIn),
})

/** A list by its name. */
export const listNamed = (name: string): HistoryList | undefined =>
  [...catalogues, uploads, ...conversationLists].find((list) => list.name === name) ??
  (name.startsWith('project/') ? projectList(name) : undefined)

/** `{ items, cursor }`; folders, files of other providers and files that are no images are no rows of ours. */
function picturesIn(text: string): ListPage | undefined {
  const found = rowsIn(text)
  if (!found) return undefined
  const { rows, json } = found
  // A conversation has many pictures, so that it is not by it that a row is known.
  const idOf = (row: Json) => itemOf(row)[0]?.fileId ?? idIn(row, 'id')
  return { ...pageOf(rows, cursorIn(json), idOf), items: rows.flatMap(itemOf) }
}

/** `{ items: [{ id or conversation_id, update_time }] }`. */
function conversationsPage(text: string, next: (json: Json, count: number) => string | null): ListPage | undefined {
  const found = rowsIn(text)
  const conversations = found?.rows.flatMap((row): ListedConversation[] => {
    const id = idIn(row, 'conversation_id') ?? idIn(row, 'id')
    return id === null ? [] : [{ id, updatedAt: momentAt(row, 'update_time') }]
  })
  return found && conversations && { ...pageOf(found.rows, next(found.json, found.rows.length)), conversations }
}

/** `{ items: [{ gizmo: { gizmo: { id } } }], cursor }`, the inner one left out by some. */
function projectsIn(text: string): ListPage | undefined {
  const found = rowsIn(text)
  const lists = found?.rows.flatMap((row) => {
    const gizmo = objectAt(row, 'gizmo')
    const id = idIn(gizmo.gizmo, 'id') ?? idIn(gizmo, 'id')
    return id === null ? [] : [`project/${id}`]
  })
  return found && lists && { ...pageOf(found.rows, cursorIn(found.json)), lists }
}

/** `{ items: [{ id }], cursor }`, or the list by itself; rooms within or without an object of their own. */
function roomsIn(text: string): ListPage | undefined {
  const found = rowsIn(text)
  const rooms = found?.rows.flatMap((row) => idIn(row, 'id') ?? idIn(row, 'room_id') ?? idIn(row.room, 'id') ?? [])
  const conversations = rooms?.filter((id) => roomForm.test(id)).map((id) => ({ id, updatedAt: null }))
  return found && conversations && { ...pageOf(found.rows, cursorIn(found.json)), conversations }
}

function rowsIn(text: string): { readonly json: Json; readonly rows: readonly Json[] } | undefined {
  const value = parseJson(text)
  const json = Array.isArray(value) ? { items: value } : value
  if (!isObject(json) || !Array.isArray(json.items)) return undefined
  // A cursor that cannot be read is not the end of a list.
  if (![undefined, null, ''].includes(json.cursor as string) && cursorIn(json) === null) return undefined
  return { json, rows: listAt(json, 'items').filter(isObject) }
}

const pageOf = (rows: readonly Json[], cursor: string | null, idOf = idOfConversation): ListPage => ({
  ...{ items: [], conversations: [], lists: [], cursor },
  rowIds: rows.map((row) => idOf(row) ?? JSON.stringify(row)),
})

function idOfConversation(row: Json): string | null {
  return idIn(row, 'id') ?? idIn(row, 'conversation_id')
}

function itemOf(item: Json): CatalogueItem[] {
  const named = textAt(item, 'asset_pointer') ?? textAt(item, 'file_id') ?? textAt(item, 'url') ?? ''
  const pointer = parsePointer(named)
  const id = idIn(item, 'id')
  const libraryId = id?.startsWith('libfile_') ? id : null
  const isNamed = pointer ? !pointer.isDerivative : libraryId !== null && 'library_file_category' in item
  const isOfOthers = id?.startsWith('external-') === true
  if (!isNamed || isOfOthers || !isImage(item) || item.output_blocked === true) return []
  return [
    {
      fileId: pointer?.fileId ?? null,
      libraryId,
      conversationId: idIn(item, 'conversation_id') ?? idIn(item, 'origination_thread_id'),
      messageId: idIn(item, 'message_id') ?? idIn(item, 'origination_message_id'),
      sizeBytes: countAt(item, 'file_size_bytes') ?? countAt(item, 'size_bytes'),
      createdAt: momentOf(item),
      isGenerated: isGeneration(item) || idIn(item, 'image_gen_generation_id') !== null,
      isUpload: false,
      isArchived: item.is_archived === true,
    },
  ]
}

/**
 * A row of the library says what it is by its category, or by its type alone; one of what was generated, by neither.
 */
function isImage(item: Json): boolean {
  if ('library_file_category' in item) return item.library_file_category === 'image'
  return textAt(item, 'mime_type')?.startsWith('image/') ?? true
}

/** A query of an address; null is left out. */
export const query = (given: Readonly<Record<string, string | number | null>>): string =>
  new URLSearchParams(
    Object.entries(given).flatMap(([name, value]): [string, string][] => (value === null ? [] : [[name, `${value}`]])),
  ).toString()

/** Text that may stand in an address; a cursor is longer than an id. */
export function idIn(json: unknown, key: string): string | null {
  const text = textAt(json, key)
  return text !== null && text !== '' && text.length <= 8 * maxIdChars ? text : null
}

const cursorIn = (json: Json): string | null => idIn(json, 'cursor') ?? numberAt(json, 'cursor')?.toString() ?? null
