import { pageOf, treeOf } from '../reads.ts'
import type { PretendSite } from '../site.ts'
import { bodyOf, type Handler, type Route, sendJson } from './route.ts'

/** Where stored conversations and the library are read. */
export const readRoutes = (site: PretendSite): readonly Route[] => [
  ['GET', /^\/backend-api\/conversation\/(?<id>[\w-]+)$/, conversation(site)],
  ['GET', /^\/backend-api\/conversations\/(?<id>[\w-]+)(?:\/messages)?$/, flat(site)],
  ['POST', /^\/backend-api\/conversations\/batch$/, batch(site)],
  ['GET', /^\/backend-api\/conversations$/, list(site)],
  ['GET', /^\/backend-api\/tasks$/, (_request, response) => sendJson(response, 200, { tasks: [] })],
]

const conversation =
  ({ world }: PretendSite): Handler =>
  (_request, response, _url, match) => {
    const found = world.conversations.get(match.groups?.id ?? '')
    return found ? sendJson(response, 200, treeOf(found)) : sendJson(response, 404, { detail: 'Not found' })
  }

const flat =
  ({ world }: PretendSite): Handler =>
  (_request, response, url, match) => {
    const found = world.conversations.get(match.groups?.id ?? '')
    if (!found) return sendJson(response, 404, { detail: 'Not found' })
    const count = Number(url.searchParams.get('num_turns') ?? 10)
    return sendJson(response, 200, pageOf(found, count, url.searchParams.get('before')))
  }

const batch =
  ({ world }: PretendSite): Handler =>
  async (request, response) => {
    const { conversation_ids } = JSON.parse(await bodyOf(request)) as { conversation_ids: string[] }
    if (conversation_ids.length > 10) return sendJson(response, 422, { detail: 'Too many conversations' })
    const found = conversation_ids.flatMap((id) => world.conversations.get(id) ?? [])
    const trees = found.map((one) => ({ ...treeOf(one), id: one.id }))
    return sendJson(response, 200, trees)
  }

const list =
  ({ world }: PretendSite): Handler =>
  (_request, response, url) => {
    const limit = Number(url.searchParams.get('limit') ?? 28)
    const offset = Number(url.searchParams.get('offset') ?? 0)
    if (limit > 100) return sendJson(response, 422, { detail: 'Input should be less than or equal to 100' })
    const all = [...world.conversations.values()]
    const items = all.slice(offset, offset + limit).map(({ id, title }) => ({ id, title, is_archived: false }))
    return sendJson(response, 200, { items, total: all.length, limit, offset })
  }
