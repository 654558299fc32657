import { libraryNodesOf, libraryOf, uploadsOf } from '../reads.ts'
import type { PretendSite } from '../site.ts'
import { regionalUrl } from './look-ups.ts'
import { bodyOf, type Handler, isOfAccount, type Route, sendJson } from './route.ts'

/** What the account holds: counters, the three lists of pictures, and the library's own way to bytes. */
export const libraryRoutes = (site: PretendSite): readonly Route[] => [
  ['GET', /^\/backend-api\/images\/bootstrap$/, counters(site)],
  ['GET', /^\/backend-api\/my\/recent\/image_gen$/, list(site, libraryOf)],
  ['GET', /^\/backend-api\/my\/recent\/uploaded_images$/, list(site, uploadsOf)],
  ['GET', /^\/backend-api\/files\/library\/nodes$/, list(site, libraryNodesOf)],
  ['POST', /^\/backend-api\/files\/library$/, images(site)],
  ['GET', /^\/backend-api\/files\/library\/files\/(?<id>libfile_\w+)\/content_url$/, contentUrl(site)],
]

const counters =
  ({ world }: PretendSite): Handler =>
  (_request, response) => {
    const all = [...world.pictures.values()].filter(({ role }) => role === 'generated')
    sendJson(response, 200, { images_count: all.length, archived_images_count: 0, thumbnail_url: null })
  }

const noItems = { items: [], cursor: null }

/** A list that is paged with `cursor` or, as the older one, with `after`. */
const list =
  (site: PretendSite, pageOf: typeof libraryOf | typeof libraryNodesOf | typeof uploadsOf): Handler =>
  (request, response, url) => {
    const limit = Number(url.searchParams.get('limit') ?? 20)
    const from = Number(url.searchParams.get('cursor') ?? url.searchParams.get('after') ?? 0)
    sendJson(response, 200, isOfAccount(request, site) ? pageOf(site.world, limit, from) : noItems)
  }

const images =
  (site: PretendSite): Handler =>
  async (request, response) => {
    const { limit = 20, cursor = '0' } = JSON.parse(await bodyOf(request)) as { limit?: number; cursor?: string }
    sendJson(response, 200, isOfAccount(request, site) ? libraryNodesOf(site.world, limit, Number(cursor)) : noItems)
  }

const contentUrl =
  (site: PretendSite): Handler =>
  (request, response, _url, match) => {
    const storageId = match.groups?.id?.slice('libfile_'.length)
    const found = [...site.world.pictures.values()].find((one) => one.storageId.replaceAll('-', '') === storageId)
    if (!found || !isOfAccount(request, site)) return sendJson(response, 404, { detail: 'File not found.' })
    return sendJson(response, 200, { content_url: regionalUrl(found) })
  }
