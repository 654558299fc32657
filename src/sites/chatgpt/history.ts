import { isObject, type Json, listAt, numberAt, objectAt, parseJson, textAt } from '../../decode/json.ts'
import { maxIdChars } from '../../decode/limits.ts'
import type { CatalogueItem, Counters, History } from '../history.ts'
import { roomForm } from './addresses.ts'
import { parsePointer } from './ids.ts'
import { isGeneration } from './library-listing.ts'

/** Pages are as long as the site's own page asks for them, and no route is asked that it does not ask. */
const [picturesPerPage, nodesPerPage, turnsPerPage] = [25, 20, 10]

/**
 * How ChatGPT's history is asked for.
 *
 * Source  docs/wire/history.md
 */
export const history: History = {
  counters: { method: 'GET', path: '/backend-api/images/bootstrap' },
  countersIn,
  catalogues: [
    {
      name: 'generated',
      page: (cursor) => ({
        method: 'GET',
        path: `/backend-api/my/recent/image_gen?${query({ limit: picturesPerPage, after: cursor })}`,
      }),
    },
    {
      name: 'library',
      page: (cursor) => ({
        method: 'GET',
        path: `/backend-api/files/library/nodes?${query({ limit: nodesPerPage, cursor })}`,
      }),
    },
    {
      name: 'library-images',
      page: (cursor) => ({
        method: 'POST',
        path: '/backend-api/files/library',
        body: { categories: ['image'], limit: nodesPerPage, ...(cursor !== null && { cursor }) },
      }),
    },
  ],
  catalogueIn,
  isPaged: (id) => !roomForm.test(id),
  maxBatch: 10,
  batch: (conversation_ids) => ({
    method: 'POST',
    path: '/backend-api/conversations/batch',
    body: { conversation_ids },
  }),
  conversationsIn,
  turns: (id, before) => ({
    method: 'GET',
    path: `/backend-api/conversations/${encodeURIComponent(id)}?${query({ num_turns: turnsPerPage, include_has_versions: 'true', before })}`,
  }),
  olderIn,
  contentPath: (libraryId) => `/backend-api/files/library/files/${encodeURIComponent(libraryId)}/content_url`,
}

const query = (given: Readonly<Record<string, string | number | null>>) =>
  new URLSearchParams(
    Object.entries(given).flatMap(([name, value]): [string, string][] => (value === null ? [] : [[name, `${value}`]])),
  ).toString()

/** `{ images_count, archived_images_count }`. */
function countersIn(text: string): Counters | undefined {
  const json = parseJson(text)
  const active = numberAt(json, 'images_count')
  return active === null ? undefined : { active, archived: numberAt(json, 'archived_images_count') ?? 0 }
}

/** `{ items, cursor }`; folders, files of other providers and files that are no images are no rows of ours. */
function catalogueIn(text: string) {
  const json = parseJson(text)
  if (!isObject(json) || !Array.isArray(json.items)) return undefined
  const rows = listAt(json, 'items').filter(isObject)
  const rowIds = rows.map((row) => idIn(row, 'id') ?? JSON.stringify(row).slice(0, 200))
  return { items: rows.flatMap(itemOf), rowIds, cursor: idIn(json, 'cursor') }
}

function itemOf(item: Json): CatalogueItem[] {
  const named = textAt(item, 'asset_pointer') ?? textAt(item, 'file_id') ?? textAt(item, 'url') ?? ''
  const pointer = parsePointer(named)
  const isImage = !('library_file_category' in item) || item.library_file_category === 'image'
  if (!pointer || pointer.isDerivative || !isImage || item.output_blocked === true) return []
  const id = idIn(item, 'id')
  return [
    {
      fileId: pointer.fileId,
      libraryId: id?.startsWith('libfile_') ? id : null,
      conversationId: idIn(item, 'conversation_id') ?? idIn(item, 'origination_thread_id'),
      messageId: idIn(item, 'message_id') ?? idIn(item, 'origination_message_id'),
      sizeBytes: numberAt(item, 'size_bytes') ?? numberAt(item, 'file_size_bytes'),
      isGenerated: isGeneration(item),
      isArchived: item.is_archived === true,
    },
  ]
}

/** A list of trees, or an object that holds one; a tree bears its id as `conversation_id` or `id`. */
function conversationsIn(text: string): readonly string[] | undefined {
  const json = parseJson(text)
  const trees = Array.isArray(json) ? json : isObject(json) ? listAt(json, 'conversations') : undefined
  if (!trees) return undefined
  return trees.filter(isObject).flatMap((tree) => {
    const id = idIn(tree, 'conversation_id') ?? idIn(tree, 'id')
    return id !== null && isObject(tree.mapping) ? [id] : []
  })
}

/** `{ messages, page_info: { has_previous_page, start_cursor } }`. */
function olderIn(text: string): { readonly before: string | null } | undefined {
  const json = parseJson(text)
  if (!isObject(json) || !Array.isArray(json.messages)) return undefined
  const info = objectAt(json, 'page_info')
  return { before: info.has_previous_page === true ? idIn(info, 'start_cursor') : null }
}

/** Text that may stand in an address; a cursor is longer than an id. */
function idIn(json: unknown, key: string): string | null {
  const text = textAt(json, key)
  return text !== null && text !== '' && text.length <= 8 * maxIdChars ? text : null
}
