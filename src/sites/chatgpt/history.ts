import { isObject, listAt, numberAt, objectAt, parseJson } from '../../decode/json.ts'
import type { Counters, History } from '../history.ts'
import { roomForm } from './addresses.ts'
import { catalogues, conversationLists, idIn, listNamed, query } from './history-lists.ts'

/** As many turns as the site's own page asks for; a hundred it no longer answers. */
const turnsPerPage = 10

/**
 * How ChatGPT's history is asked for.
 *
 * Source  docs/wire/history.md
 */
export const history: History = {
  counters: { method: 'GET', path: '/backend-api/images/bootstrap' },
  countersIn,
  catalogues,
  conversationLists,
  listNamed,
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
  isConversation,
  contentPath: (libraryId) => `/backend-api/files/library/files/${encodeURIComponent(libraryId)}/content_url`,
}

/** `{ images_count, archived_images_count }`. */
function countersIn(text: string): Counters | undefined {
  const json = parseJson(text)
  const active = numberAt(json, 'images_count')
  return active === null ? undefined : { active, archived: numberAt(json, 'archived_images_count') ?? 0 }
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
  if (info.has_previous_page === false) return { before: null }
  // That something is older, or perhaps is, without a word how to ask for it, is no end.
  const before = idIn(info, 'start_cursor')
  return before === null || info.has_previous_page !== true ? undefined : { before }
}

/** A tree, or the messages of a group chat. */
function isConversation(text: string): boolean {
  const json = parseJson(text)
  if (Array.isArray(json)) return true
  return isObject(json) && (isObject(json.mapping) || Array.isArray(json.messages) || Array.isArray(json.items))
}
