import { Readable } from 'node:stream'
import { Hono } from 'hono'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { parseFilters } from '../catalogue/filters.ts'
import { bitmapOf } from '../catalogue/listing.ts'
import { isObject } from '../decode/json.ts'
import { isLabel } from '../profile-rules.ts'
import { takeOut } from '../take-out/take-out.ts'
import type { PicturePage, SearchResult } from './api.ts'
import { eventsResponse } from './events.ts'
import { imageRoutes } from './image-routes.ts'
import { markRoutes } from './mark-routes.ts'
import { detailsOf, servedPictures } from './pictures.ts'
import { type ApiOptions, jsonBodyOf, limited, type WithEntry } from './requests.ts'

const maxPage = 500
const maxIdsBytes = 8 * 1024 * 1024

/**
 * The JSON interface.
 *
 * Errors  `{ error }` with 400 for what cannot be understood, 404 for what is not there, 413 for what is too long.
 * Source  docs/api.md
 */
export function apiRoutes(options: ApiOptions): Hono {
  const { root, catalogue, ending } = options
  const withEntry: WithEntry = async (context, answer) => {
    const id = context.req.param('id') ?? ''
    const entry = catalogue.get(id) ?? (await catalogue.whole.then(() => catalogue.get(id)))
    const response = entry && (await answer(entry))
    if (response) return response
    void catalogue.look()
    return context.json({ error: 'There is no such picture.' }, 404)
  }
  const api = new Hono()
  api.route('/', listRoutes(catalogue, root))
  api.get('/pictures/:id', (context) =>
    withEntry(context, async (entry) => {
      const details = await detailsOf(root, catalogue, entry)
      return details && context.json(details)
    }),
  )
  api.route('/', markRoutes(options, withEntry))
  api.route('/', imageRoutes(options, withEntry))
  api.route('/', takeOutRoutes(options))
  api.get('/coverage', async (context) => {
    // Loaded when somebody asks: the first pictures do not wait for it.
    const { coverageOf } = await import('../backfill/coverage.ts')
    const label = context.req.query('profile')
    if (label && !isLabel(label)) return context.json({ error: '"profile" must be the label of a profile' }, 400)
    return context.json(await coverageOf(root, label === '' ? null : label))
  })
  api.get('/events', (context) => eventsResponse(context, catalogue, ending))
  return api
}

/** The list, what is searched in it, and pages of pictures in full. */
function listRoutes(catalogue: Catalogue, root: string): Hono {
  const api = new Hono()
  api.get('/list', async (context) => {
    await catalogue.freshen()
    return context.body(catalogue.list(), 200, { 'Content-Type': 'application/json' })
  })

  api.get('/search', (context) => {
    const parsed = parseFilters(context.req.query())
    if ('flaw' in parsed) return context.json({ error: parsed.flaw }, 400)
    void catalogue.freshen()
    const hits = catalogue.search(parsed.filters)
    const { revision, isWhole, entries } = catalogue
    const found = { revision, isWhole, count: hits.length, hits: bitmapOf(hits, entries.length) }
    const result: SearchResult = isRising(hits) ? found : { ...found, order: [...hits] }
    return context.json(result)
  })

  api.get('/pictures', async (context) => {
    const query = context.req.query()
    const [offset, count] = [countIn(query.offset, 0), Math.min(countIn(query.limit, 100), maxPage)]
    const parsed = parseFilters(query)
    if ('flaw' in parsed) return context.json({ error: parsed.flaw }, 400)
    if (Number.isNaN(offset + count)) return context.json({ error: '"offset" and "limit" must be whole numbers' }, 400)
    void catalogue.freshen()
    const { revision, isWhole, entries } = catalogue
    const hits = catalogue.search(parsed.filters)
    const some = [...hits.subarray(offset, offset + count)].flatMap((at) => entries[at] ?? [])
    const page: PicturePage = { revision, isWhole, total: hits.length, pictures: await servedPictures(root, some) }
    return context.json(page)
  })
  return api
}

/** Whether hits are in the order of the list. */
const isRising = (hits: Uint32Array) => hits.every((hit, at) => at === 0 || hit > (hits[at - 1] ?? 0))

function takeOutRoutes({ catalogue, root, fetchAway }: ApiOptions): Hono {
  const api = new Hono()
  api.post('/take-out', limited(maxIdsBytes), async (context) => {
    const body = await jsonBodyOf(context)
    const ids = isObject(body) && Array.isArray(body.ids) ? body.ids : []
    const wanted = new Set(ids.filter((id) => typeof id === 'string'))
    if ([...wanted].some((id) => !catalogue.get(id))) await catalogue.whole
    const entries = catalogue.entries.filter(({ id }) => wanted.has(id))
    if (entries.length === 0) return context.json({ error: 'None of these pictures is here.' }, wanted.size ? 404 : 400)
    const headers = { 'Content-Type': 'application/zip', 'Content-Disposition': 'attachment; filename="pictures.zip"' }
    const zip = Readable.toWeb(Readable.from(takeOut(root, entries, new Date(), fetchAway))) as ReadableStream
    return context.body(zip, 200, headers)
  })
  return api
}

function countIn(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
}
