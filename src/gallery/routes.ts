import path from 'node:path'
import { Readable } from 'node:stream'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import pLimit from 'p-limit'
import { confined } from '../archive/confined.ts'
import { remove } from '../archive/files.ts'
import { readMarks, writeMarks } from '../archive/mark-files.ts'
import { checkedChanges, maxMarksBytes } from '../archive/marks.ts'
import type { CatalogueIndex } from '../catalogue/catalogue.ts'
import type { Entry } from '../catalogue/entry.ts'
import { bitmapOf } from '../catalogue/listing.ts'
import { detailsOf, imageOf, picturesOf, recordOf } from '../catalogue/pictures.ts'
import { imagePlace } from '../catalogue/record.ts'
import { flawIn } from '../catalogue/search.ts'
import { type Thumbs, thumbHeights } from '../catalogue/thumbs.ts'
import { isObject, parseJson } from '../decode/json.ts'
import { takeOut } from '../take-out/take-out.ts'
import type { Filters, PicturePage, SearchResult } from './api.ts'
import { eventsResponse } from './events.ts'
import { imageResponse } from './images.ts'

export interface ApiOptions {
  readonly root: string
  readonly index: CatalogueIndex
  readonly thumbs: Thumbs
  /** Aborted when the server ends, which ends streams that have no end of their own. */
  readonly ending: AbortSignal
}

const maxPage = 500
const maxIdsBytes = 8 * 1024 * 1024

/**
 * The JSON interface.
 *
 * Errors  `{ error }` with 400 for what cannot be understood, 404 for what is not there, 413 for what is too long.
 * Source  docs/api.md
 */
export function apiRoutes(options: ApiOptions): Hono {
  const { root, index, thumbs, ending } = options
  const api = new Hono()
  const limit = (maxSize: number) =>
    bodyLimit({ maxSize, onError: (context) => context.json({ error: 'This is too long.' }, 413) })

  api.get('/list', async (context) => {
    await index.freshen()
    return context.body(index.list(), 200, { 'Content-Type': 'application/json' })
  })

  api.get('/search', (context) => {
    const query = context.req.query()
    const flaw = flawIn(query)
    if (flaw !== undefined) return context.json({ error: flaw }, 400)
    void index.freshen()
    const hits = index.search(query as Filters)
    const { revision, isWhole, entries } = index
    const result: SearchResult = { revision, isWhole, count: hits.length, hits: bitmapOf(hits, entries.length) }
    return context.json(result)
  })

  api.get('/pictures', async (context) => {
    const query = context.req.query()
    const [offset, count] = [countIn(query.offset, 0), Math.min(countIn(query.limit, 100), maxPage)]
    const flaw =
      flawIn(query) ?? (Number.isNaN(offset + count) ? '"offset" and "limit" must be whole numbers' : undefined)
    if (flaw !== undefined) return context.json({ error: flaw }, 400)
    void index.freshen()
    const { revision, isWhole, entries } = index
    const hits = index.search(query as Filters)
    const some = [...hits.subarray(offset, offset + count)].flatMap((at) => entries[at] ?? [])
    const page: PicturePage = { revision, isWhole, total: hits.length, pictures: await picturesOf(root, some) }
    return context.json(page)
  })

  api.get('/pictures/:id', (context) =>
    withEntry(context, async (entry) => {
      const details = await detailsOf(root, index, entry)
      return details && context.json(details)
    }),
  )

  /** One after the other, since a change of one mark writes all of them. */
  const marking = pLimit(1)

  api.patch('/pictures/:id/marks', limit(maxMarksBytes), (context) =>
    withEntry(context, async (entry) => {
      const changes = checkedChanges(await bodyOf(context))
      if (!changes)
        return context.json({ error: 'Marks are any of { favourite, tags, note }, in a length one can read.' }, 400)
      if (!(await recordOf(root, entry))) return undefined
      const marks = await marking(async () => {
        const before = await readMarks(path.join(root, 'database'), entry.folder, entry.name)
        const after = { ...before, ...changes }
        await writeMarks(root, entry.folder, entry.name, after)
        return after
      })
      await index.examine(entry.folder)
      return context.json(marks)
    }),
  )

  api.delete('/pictures/:id/image', (context) =>
    withEntry(context, async (entry) => {
      if (!(await recordOf(root, entry))) return undefined
      const image = imagePlace(imageOf(entry) ?? null)
      const place = image === null ? undefined : await confined(root, image)
      await thumbs.forget(entry)
      if (place !== undefined) await remove(place)
      await index.examine(entry.folder)
      // Other records may tell of the same image.
      void index.look()
      return context.json({ isMissing: true })
    }),
  )

  api.get('/pictures/:id/image', (context) => withEntry(context, (entry) => original(context, entry)))

  api.get('/pictures/:id/thumb', (context) =>
    withEntry(context, async (entry) => {
      const heightPx = thumbHeights.find((height) => String(height) === (context.req.query('h') ?? '240'))
      if (!heightPx) return context.json({ error: '"h" must be 240 or 480' }, 400)
      const thumb = await thumbs.get(entry, heightPx, context.req.raw.signal)
      if (!thumb) return original(context, entry)
      const headers = { ETag: thumb.etag, 'Cache-Control': 'private, no-cache', 'Content-Type': 'image/webp' }
      if (context.req.header('if-none-match') === thumb.etag) return context.body(null, 304, headers)
      return context.body(new Uint8Array(thumb.bytes), 200, headers)
    }),
  )

  api.post('/take-out', limit(maxIdsBytes), async (context) => {
    const body = await bodyOf(context)
    const ids = isObject(body) && Array.isArray(body.ids) ? body.ids : []
    const wanted = new Set(ids.filter((id) => typeof id === 'string'))
    if ([...wanted].some((id) => !index.get(id))) await index.whole
    const entries = index.entries.filter(({ id }) => wanted.has(id))
    if (entries.length === 0) return context.json({ error: 'None of these pictures is here.' }, wanted.size ? 404 : 400)
    const headers = { 'Content-Type': 'application/zip', 'Content-Disposition': 'attachment; filename="pictures.zip"' }
    return context.body(
      Readable.toWeb(Readable.from(takeOut(root, entries, new Date()))) as ReadableStream,
      200,
      headers,
    )
  })

  api.get('/events', (context) => eventsResponse(context, index, ending))

  const original = (context: Context, entry: Entry) =>
    imageResponse(root, entry, {
      range: context.req.header('range'),
      ifRange: context.req.header('if-range'),
      ifNoneMatch: context.req.header('if-none-match'),
      isHead: context.req.method === 'HEAD',
      isDownload: context.req.query('download') === '1',
    })

  /** A picture that is not there, or not there any more, is 404 in every form. */
  const withEntry = async (context: Context, answer: (entry: Entry) => Promise<Response | undefined>) => {
    const id = context.req.param('id') ?? ''
    const entry = index.get(id) ?? (await index.whole.then(() => index.get(id)))
    const response = entry && (await answer(entry))
    if (response) return response
    void index.look()
    return context.json({ error: 'There is no such picture.' }, 404)
  }

  return api
}

function countIn(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
}

/** The body, if it says that it is JSON: forms of other pages cannot. */
async function bodyOf(context: Context): Promise<unknown> {
  const isJson = /^application\/json\b/i.test(context.req.header('content-type') ?? '')
  return isJson ? parseJson(await context.req.text()) : undefined
}
