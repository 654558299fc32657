import { type Context, Hono } from 'hono'
import { readAway, removeAway } from '../archive/away.ts'
import { confined } from '../archive/confined.ts'
import { remove } from '../archive/files.ts'
import { changeMarks } from '../archive/mark-files.ts'
import { sizeOf } from '../archive/read-files.ts'
import type { Entry } from '../catalogue/entry.ts'
import { imageOf, recordOf } from '../catalogue/pictures.ts'
import { imagePlace } from '../catalogue/record.ts'
import { thumbHeights } from '../catalogue/thumbs.ts'
import { messageOf } from '../errors.ts'
import type { DeletedMany } from './api.ts'
import { imageResponse } from './images.ts'
import { type ApiOptions, entriesIn, jsonBodyOf, limited, maxIdsBytes, type WithEntry } from './requests.ts'

const askedBy = ({ req }: Context) => ({
  range: req.header('range'),
  ifRange: req.header('if-range'),
  ifNoneMatch: req.header('if-none-match'),
  isHead: req.method === 'HEAD',
  isDownload: req.query('download') === '1',
})

/** Originals and thumbnails, and what shows or deletes an original. */
export function imageRoutes(options: ApiOptions, withEntry: WithEntry): Hono {
  const { root, catalogue, thumbs, fetchAway, reveal } = options
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

  api.post('/pictures/:id/reveal', (context) =>
    withEntry(context, async (entry) => {
      const place = await confined(root, imageOf(entry) ?? '')
      if (place === undefined) return undefined
      if (await reveal(place)) return context.json({ isShown: true })
      return context.json({ error: `No file manager could be opened. The file is ${place}` }, 500)
    }),
  )

  api.delete('/pictures/:id/image', (context) =>
    withEntry(context, async (entry) => {
      if ((await deleteImage(options, await sidecarRemover(root), entry)) === undefined) return undefined
      await catalogue.examine(entry.folder)
      // Other records may tell of the same image.
      void catalogue.look()
      return context.json({ isMissing: true })
    }),
  )

  api.post('/delete', limited(maxIdsBytes), async (context) => {
    const { entries, unknown } = await entriesIn(catalogue, await jsonBodyOf(context))
    if (entries.length + unknown === 0) return context.json({ error: '"ids" names no picture.' }, 400)
    const removeSidecar = await sidecarRemover(root)
    const freed: number[] = []
    for (const entry of entries) {
      const bytes = await deleteImage(options, removeSidecar, entry).catch(() => undefined)
      if (bytes !== undefined) freed.push(bytes)
    }
    await catalogue.examine(...new Set(entries.map(({ folder }) => folder)))
    void catalogue.look()
    const failed = entries.length + unknown - freed.length
    const bytes = freed.reduce((sum, one) => sum + one, 0)
    return context.json({ deleted: freed.length, failed, bytes } satisfies DeletedMany)
  })
  return api
}

/** Loaded when something is deleted: the first pictures do not wait for it. */
const sidecarRemover = async (root: string) => (await import('../sidecars/sidecars.ts')).createSidecarRemover(root)

/**
 * Deletes a picture's image with its thumbnails and its sidecar; the record stays, and says that it was meant.
 *
 * Units   bytes that were freed, 0 where there was no image.
 * Errors  undefined for a record that is gone; throws what the disk says.
 */
async function deleteImage(
  options: ApiOptions,
  removeSidecar: (entry: Entry) => Promise<void>,
  entry: Entry,
): Promise<number | undefined> {
  const { root, thumbs } = options
  if (!(await recordOf(root, entry))) return undefined
  const image = imagePlace(imageOf(entry) ?? null)
  const place = image === null ? undefined : await confined(root, image)
  await thumbs.forget(entry)
  // Both are there where freeing it was cut short.
  const isAway = image !== null && (await readAway(root, image)) !== undefined
  const bytes = place === undefined ? 0 : ((await sizeOf(place)) ?? 0)
  if (place !== undefined) {
    await removeSidecar(entry)
    await remove(place)
  }
  // In the mirror nothing is deleted: it may be that of other machines, too.
  if (isAway) await removeAway(root, image)
  if (place !== undefined || isAway) await changeMarks(options, entry, { imageDeleted: true })
  return bytes
}
