import { roomMessagesOf } from '../reads.ts'
import type { PretendSite } from '../site.ts'
import { type Handler, type Route, sendJson } from './route.ts'

/** Group chats: their list, and pages of their messages. */
export const roomRoutes = (site: PretendSite): readonly Route[] => [
  ['GET', /^\/backend-api\/calpico\/chatgpt\/rooms\/summary$/, summary(site)],
  ['GET', /^\/backend-api\/calpico\/chatgpt\/rooms\/(?<id>[0-9a-f]{32})\/messages$/, messages(site)],
]

const summary =
  ({ world }: PretendSite): Handler =>
  (_request, response, url) => {
    const [limit, from] = [Number(url.searchParams.get('limit') ?? 10), Number(url.searchParams.get('cursor') ?? 0)]
    const all = [...world.rooms.values()]
    const items = all.slice(from, from + limit).map(({ id, title }) => ({ id, name: title }))
    sendJson(response, 200, { items, cursor: from + limit < all.length ? String(from + limit) : null })
  }

const messages =
  ({ world }: PretendSite): Handler =>
  (_request, response, url, match) => {
    const room = world.rooms.get(match.groups?.id ?? '')
    if (!room) return sendJson(response, 404, { detail: 'Not found' })
    const items = roomMessagesOf(room, Number(url.searchParams.get('limit') ?? 20), url.searchParams.get('before'))
    return sendJson(response, 200, { items, cursor: null })
  }
