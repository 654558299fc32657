import { type Context, Hono } from 'hono'
import { readAway, removeAway } from '../archive/away.ts'
import { confined } from '../archive/confined.ts'
import { remove } from '../archive/files.ts'
import { changeMarks } from '../archive/mark-files.ts'
import type { Entry } from '../catalogue/entry.ts'
import { imageOf, recordOf } from '../catalogue/pictures.ts'
import { imagePlace } from '../catalogue/record.ts'
import { thumbHeights } from '../catalogue/thumbs.ts'
import { messageOf } from '../errors.ts'
import { dropSidecar } from '../sidecars/sidecars.ts'
import { imageResponse } from './images.ts'
import type { ApiOptions, WithEntry } from './requests.ts'

const askedBy = ({ req }: Context) => ({
  range: req.header('range'),
  ifRange: req.header('if-range'),
  ifNoneMatch: req.header('if-none-match'),
  isHead: req.method === 'HEAD',
  isDownload: req.query('download') === '1',
})

/** Originals and thumbnails, and what deletes an original. */
export function imageRoutes(options: ApiOptions, withEntry: WithEntry): Hono {
  const { root, catalogue, thumbs, fetchAway } = options
  const original = (context: Context, entry: Entry) =>
    imageResponse(root, entry, askedBy(context), fetchAway).catch((error: unknown) => {
      if (!entry.isAway) throw error
      return context.json({ error: messageOf(error) }, 502)
    })
  const api = new Hono()

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

  api.delete('/pictures/:id/image', (context) =>
    withEntry(context, async (entry) => {
      if (!(await recordOf(root, entry))) return undefined
      const image = imagePlace(imageOf(entry) ?? null)
      const place = image === null ? undefined : await confined(root, image)
      await thumbs.forget(entry)
      const isAway = image !== null && place === undefined && (await readAway(root, image)) !== undefined
      if (place !== undefined) {
        await dropSidecar(root, entry)
        await remove(place)
      }
      // In the mirror nothing is deleted: it may be that of other machines, too.
      if (isAway) await removeAway(root, image)
      if (place !== undefined || isAway) await changeMarks(options, entry, { imageDeleted: true })
      await catalogue.examine(entry.folder)
      // Other records may tell of the same image.
      void catalogue.look()
      return context.json({ isMissing: true })
    }),
  )
  return api
}
