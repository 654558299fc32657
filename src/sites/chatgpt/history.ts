import { isObject, type Json, listAt, momentAt, numberAt, objectAt, parseJson, textAt } from '../../decode/json.ts'
import { maxAnswerChars } from '../../decode/limits.ts'
import type { Counters, History, Workspace } from '../history.ts'
import { roomForm } from './addresses.ts'
import { catalogues, conversationLists, idIn, listNamed, query, uploads } from './history-lists.ts'

/** As many turns as the site's own page asks for; a hundred it no longer answers. */
const turnsPerPage = 10
const messagesPerPage = 20

/**
 * How ChatGPT's history is asked for.
 *
 * Source  docs/wire/history.md
 */
export const history: History = {
  workspaces: { method: 'GET', path: '/backend-api/accounts/check/v4-2023-04-27' },
  workspacesIn,
  headersFor: (id) => ({ 'chatgpt-account-id': id }),
  counters: { method: 'GET', path: '/backend-api/images/bootstrap' },
  countersIn,
  catalogues,
  uploads,
  conversationLists,
  listNamed,
  isBatched: (id) => !roomForm.test(id),
  maxBatch: 10,
  batch: (conversation_ids) => ({
    method: 'POST',
    path: '/backend-api/conversations/batch',
    body: { conversation_ids },
  }),
  conversationsIn,
  turns: (id, before) => ({
    method: 'GET',
    path: roomForm.test(id)
      ? `/backend-api/calpico/chatgpt/rooms/${id}/messages?${query({ limit: messagesPerPage, before })}`
      : `/backend-api/conversations/${encodeURIComponent(id)}${before === null ? '' : '/messages'}?${query({ before, num_turns: turnsPerPage, include_has_versions: 'true' })}`,
  }),
  olderIn,
  isConversation,
  contentPath: (libraryId) => `/backend-api/files/library/files/${encodeURIComponent(libraryId)}/content_url`,
}

/**
 * `{ accounts: { [id]: { account: { account_id, name, structure } } }, account_ordering }`, each listed once more, and
 * one of them as "default". Where no structure is told, the first without a name is the person's own.
 */
function workspacesIn(text: string): readonly Workspace[] | undefined {
  const found = new Map<string, Workspace>()
  const closed = new Set<string>()
  let hasOwn = false
  for (const [key, one] of Object.entries(objectAt(parseJson(text), 'accounts'))) {
    const account = objectAt(one, 'account')
    const id = idIn(account, 'account_id') ?? key
    if (!isObject(one) || id === 'default') continue
    if (account.is_deactivated === true || one.can_access_with_session === false) closed.add(id)
    if (found.has(id)) continue
    const name = textAt(account, 'name')
    const isOwn = account.structure === 'personal' || (account.structure === undefined && name === null)
    found.set(id, { id, name, isPersonal: isOwn && !hasOwn })
    hasOwn ||= isOwn
  }
  for (const id of closed) found.delete(id)
  return found.size > 0 ? [...found.values()] : undefined
}

/** `{ images_count, archived_images_count }`. */
function countersIn(text: string): Counters | undefined {
  const json = parseJson(text)
  const active = numberAt(json, 'images_count')
  return active === null ? undefined : { active, archived: numberAt(json, 'archived_images_count') ?? 0 }
}

/** What the decoder would not look into was not read: ten conversations may be longer together than one may be. */
const readableIn = (text: string): unknown => (text.length > maxAnswerChars ? undefined : parseJson(text))

/**
 * A list of trees, an object that holds one, or trees by their ids; a tree bears its id as `conversation_id` or `id`,
 * and one without messages, or without the one it is at, was cut.
 */
function conversationsIn(text: string): readonly string[] | undefined {
  const json = readableIn(text)
  const held = isObject(json) ? (json.conversations ?? json.items ?? json.data ?? json) : json
  const all = Array.isArray(held) ? held : isObject(held) ? Object.values(held) : undefined
  // An empty list leaves all of them out; something else that holds none is an answer of unknown form.
  if (!all || (!all.some(isTree) && !(Array.isArray(held) && all.length === 0))) return undefined
  return all.filter(isTree).flatMap((tree) => {
    const id = idIn(tree, 'conversation_id') ?? idIn(tree, 'id')
    const current = textAt(tree, 'current_node')
    const isCut = Object.keys(tree.mapping).length === 0 || (current !== null && !(current in tree.mapping))
    return id === null || isCut ? [] : [id]
  })
}

const isTree = (value: unknown): value is Json & { readonly mapping: Json } =>
  isObject(value) && isObject(value.mapping)

/** `{ messages, page_info: { has_previous_page, start_cursor } }`; a group chat: `{ items: [{ room_id }], cursor }`. */
function olderIn(text: string): { readonly before: string | null } | undefined {
  const json = readableIn(text)
  if (isObject(json) && Array.isArray(json.items)) return olderInRoom(json)
  if (!isObject(json) || !Array.isArray(json.messages)) return undefined
  const info = objectAt(json, 'page_info')
  if (info.has_previous_page === false) return { before: null }
  // That something is older, or perhaps is, without a word how to ask for it, is no end.
  const before = idIn(info, 'start_cursor')
  return before === null || info.has_previous_page !== true ? undefined : { before }
}

/** A message of a group chat is a cursor by its own id; a page that is not full is the last. */
function olderInRoom(json: Json): { readonly before: string | null } {
  const messages = listAt(json, 'items').filter(isObject)
  const told = idIn(json, 'cursor')
  if (told !== null || messages.length < messagesPerPage) return { before: told }
  const timeOf = (message: Json) => momentAt(message, 'created_at')?.getTime() ?? Number.POSITIVE_INFINITY
  const [oldest] = messages.toSorted((a, b) => timeOf(a) - timeOf(b))
  return { before: idIn(oldest, 'id') }
}

/** A tree, or the messages of a group chat. */
function isConversation(text: string): boolean {
  const json = readableIn(text)
  if (Array.isArray(json)) return true
  return isObject(json) && (isObject(json.mapping) || Array.isArray(json.messages) || Array.isArray(json.items))
}
