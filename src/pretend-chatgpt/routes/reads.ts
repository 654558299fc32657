import type { IncomingMessage } from 'node:http'
import { newestFirst, pageOf, treeOf } from '../reads.ts'
import type { PretendSite } from '../site.ts'
import type { Conversation } from '../world.ts'
import { bodyOf, type Handler, isOfAccount, type Route, sendJson } from './route.ts'

/** Where stored conversations and the library are read. */
export const readRoutes = (site: PretendSite): readonly Route[] => [
  ['GET', /^\/backend-api\/conversation\/(?<id>[\w-]+)$/, conversation(site)],
  ['GET', /^\/backend-api\/conversations\/search$/, search(site)],
  ['GET', /^\/backend-api\/conversations\/(?<id>(?!search$)[\w-]+)(?:\/messages)?$/, flat(site)],
  ['POST', /^\/backend-api\/conversations\/batch$/, batch(site)],
  ['GET', /^\/backend-api\/conversations$/, list(site)],
  ['GET', /^\/backend-api\/gizmos\/snorlax\/sidebar$/, projects(site)],
  ['GET', /^\/backend-api\/gizmos\/(?<id>g-p-\w+)\/conversations$/, ofProject(site)],
  ['GET', /^\/backend-api\/tasks$/, (_request, response) => sendJson(response, 200, { tasks: [] })],
]

const conversation =
  ({ world }: PretendSite): Handler =>
  (_request, response, _url, match) => {
    const found = world.conversations.get(match.groups?.id ?? '')
    return found ? sendJson(response, 200, treeOf(found)) : sendJson(response, 404, { detail: 'Not found' })
  }

/** A hundred turns take it too long. */
const mostTurns = 99

const flat =
  ({ world }: PretendSite): Handler =>
  (_request, response, url, match) => {
    const found = world.conversations.get(match.groups?.id ?? '')
    if (!found) return sendJson(response, 404, { detail: 'Not found' })
    const count = Number(url.searchParams.get('num_turns') ?? 10)
    const before = url.pathname.endsWith('/messages') ? url.searchParams.get('before') : null
    if (count > mostTurns) return sendJson(response, 500, { detail: 'Internal Server Error' })
    return sendJson(response, 200, pageOf(found, count, before))
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

/** Conversations that this account may list, newest first. */
const listed = (request: IncomingMessage, site: PretendSite, is: (one: Conversation) => boolean) =>
  isOfAccount(request, site) ? newestFirst(site.world.conversations).filter(is) : []

const list =
  (site: PretendSite): Handler =>
  (request, response, url) => {
    const limit = Number(url.searchParams.get('limit') ?? 28)
    const offset = Number(url.searchParams.get('offset') ?? 0)
    if (limit > 100) return sendJson(response, 422, { detail: 'Input should be less than or equal to 100' })
    const wantsArchived = url.searchParams.get('is_archived') === 'true'
    const all = listed(request, site, (one) => !one.projectId && one.isArchived === wantsArchived)
    const items = all.slice(offset, offset + limit).map(({ id, title }) => ({ id, title, is_archived: wantsArchived }))
    return sendJson(response, 200, { items, total: all.length, limit, offset })
  }

const searchPage = 30

/** The search for nothing is a list of all conversations but archived ones, 30 a page whatever is asked for. */
const search =
  (site: PretendSite): Handler =>
  (request, response, url) => {
    const from = Number(url.searchParams.get('cursor') ?? 0)
    const all = listed(request, site, ({ projectId, isArchived }) => !projectId && !isArchived)
    const page = all.slice(from, from + searchPage)
    const items = page.map(({ id, title, updatedAtS }) => ({ conversation_id: id, title, update_time: updatedAtS }))
    return sendJson(response, 200, { items, cursor: from + searchPage < all.length ? from + searchPage : null })
  }

const projects =
  (site: PretendSite): Handler =>
  (request, response) => {
    const ids = new Set(listed(request, site, () => true).flatMap(({ projectId }) => projectId ?? []))
    const items = [...ids].map((id) => ({ gizmo: { gizmo: { id, display: { name: 'A project' } } } }))
    sendJson(response, 200, { items, cursor: null })
  }

const ofProject =
  (site: PretendSite): Handler =>
  (request, response, _url, match) => {
    const all = listed(request, site, ({ projectId }) => projectId === match.groups?.id)
    sendJson(response, 200, { items: all.map(({ id, title }) => ({ id, title })), cursor: null })
  }
