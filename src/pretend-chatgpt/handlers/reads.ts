import { bodyOf, type Handler, type Route, sendJson, sendNotFound } from '../http.ts'
import { libraryOf, pageOf, treeOf } from '../reads.ts'

const numberIn = (url: URL, name: string, otherwise: number) => Number(url.searchParams.get(name) ?? otherwise)

const conversation: Handler = ({ response, groups }, { world }) => {
  const found = world.conversations.get(groups.id ?? '')
  return found ? sendJson(response, 200, treeOf(found)) : sendNotFound(response)
}

const messagePage: Handler = ({ response, url, groups }, { world }) => {
  const found = world.conversations.get(groups.id ?? '')
  if (!found) return sendNotFound(response)
  return sendJson(response, 200, pageOf(found, numberIn(url, 'num_turns', 10), url.searchParams.get('before')))
}

const batch: Handler = async ({ request, response }, { world }) => {
  const { conversation_ids } = JSON.parse(await bodyOf(request)) as { conversation_ids: string[] }
  if (conversation_ids.length > 10) return sendJson(response, 422, { detail: 'Too many conversations' })
  const found = conversation_ids.flatMap((id) => world.conversations.get(id) ?? [])
  const trees = found.map((one) => ({ ...treeOf(one), id: one.id }))
  return sendJson(response, 200, trees)
}

const conversationList: Handler = ({ response, url }, { world }) => {
  const [limit, offset] = [numberIn(url, 'limit', 28), numberIn(url, 'offset', 0)]
  if (limit > 100) return sendJson(response, 422, { detail: 'Input should be less than or equal to 100' })
  const all = [...world.conversations.values()]
  const items = all.slice(offset, offset + limit).map(({ id, title }) => ({ id, title, is_archived: false }))
  return sendJson(response, 200, { items, total: all.length, limit, offset })
}

const library: Handler = ({ response, url }, { world }) =>
  sendJson(response, 200, libraryOf(world, numberIn(url, 'limit', 25), numberIn(url, 'after', 0)))

/** What is stored is read again: conversations and the library of pictures. */
export const readRoutes: readonly Route[] = [
  ['GET', /^\/backend-api\/conversation\/(?<id>[\w-]+)$/, conversation],
  ['GET', /^\/backend-api\/conversations\/(?<id>[\w-]+)(?:\/messages)?$/, messagePage],
  ['POST', /^\/backend-api\/conversations\/batch$/, batch],
  ['GET', /^\/backend-api\/conversations$/, conversationList],
  ['GET', /^\/backend-api\/my\/recent\/image_gen$/, library],
]
