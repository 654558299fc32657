import path from 'node:path'
import { readAway } from '../archive/away.ts'
import { confined, openConfined, readConfined } from '../archive/confined.ts'
import { remove, writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import type { Entry } from './entry.ts'
import { cacheFolder } from './index-cache.ts'
import { contentKeyOf, imageOf } from './pictures.ts'
import { createQueue } from './queue.ts'
import { loadSharp } from './sharp.ts'

/** Heights in pixels in which thumbnails are made. */
export const thumbHeights = [240, 480] as const
export type ThumbHeight = (typeof thumbHeights)[number]

/** A small picture, made when it is first wanted. */
export interface Thumbs {
  /** Its bytes (WebP) and what tells them from others; undefined when only the original can be shown. */
  get(entry: Entry, heightPx: ThumbHeight, signal?: AbortSignal): Promise<Thumb | undefined>
  /** Removes what is kept of an image that is about to be deleted; another record of the same has it made anew. */
  forget(entry: Entry): Promise<void>
}

export interface Thumb {
  readonly bytes: Buffer
  readonly etag: string
}

/** Gets an original that is away, by its path in the archive. */
export type FetchAway = (image: string) => Promise<Buffer | undefined>

/** Makes a WebP of that height from an image's bytes. */
export type Shrink = (bytes: Buffer, heightPx: number) => Promise<Buffer>

const maxSourceBytes = 128 * 1024 * 1024
const atOnce = 2

/**
 * Thumbnails, kept in `.cache/thumbs/ab/<key>-<height>.webp`, where the key is the image's SHA-256 if its record tells
 * one.
 *
 * Shape   two are made at once, the one asked for last first, for that is what a person looks at.
 * Errors  none: without sharp, or with an image it cannot read, there is no thumbnail; a cache that cannot be written
 *         is not.
 */
export function createThumbs(
  root: string,
  shrinkWith: () => Promise<Shrink | undefined> = loadShrink,
  fetchAway: FetchAway = async () => undefined,
): Thumbs {
  const queue = createQueue<Buffer | undefined>(atOnce)
  let loading: Promise<Shrink | undefined> | undefined

  const make = async (image: string, folder: string, name: string, heightPx: number) => {
    loading ??= shrinkWith()
    const shrink = await loading
    if (!shrink) return undefined
    try {
      const original = (await readConfined(root, image, maxSourceBytes)) ?? (await fetchAway(image))
      const bytes = original && (await shrink(original, heightPx))
      if (bytes) await keep(folder, name, bytes).catch(() => {})
      return bytes
    } catch {
      return undefined
    }
  }

  const keep = async (folder: string, name: string, bytes: Buffer) => {
    await ensureFolderIn(root, folder)
    await writeOver(path.join(root, folder, name), bytes, { isDurable: false })
  }

  /** What an image is kept under; undefined when it is not there. */
  const keyFor = async (entry: Entry) => {
    const image = imageOf(entry)
    if (image === undefined) return undefined
    const file = await openConfined(root, image)
    const away = file ? undefined : await readAway(root, image)
    if (away) return { image, key: away.sha256 }
    if (!file) return undefined
    return { image, key: await contentKeyOf(root, entry, file).finally(() => file.handle.close()) }
  }

  return {
    async forget(entry) {
      const found = await keyFor(entry)
      if (!found) return
      for (const heightPx of thumbHeights) {
        const place = await confined(root, thumbPlace(found.key, heightPx).join('/'))
        if (place !== undefined) await remove(place)
      }
    },
    async get(entry, heightPx, signal) {
      const found = await keyFor(entry)
      if (!found) return undefined
      const { image, key } = found
      const [folder, name] = thumbPlace(key, heightPx)
      const kept = await readKept(root, folder, name)
      const bytes = kept ?? (await queue.add(name, () => make(image, folder, name, heightPx), signal))
      return bytes && { bytes, etag: `"${key}-${heightPx}"` }
    },
  }
}

/** Folder and name of a thumbnail. */
const thumbPlace = (key: string, heightPx: ThumbHeight) =>
  [`${cacheFolder}/thumbs/${key.slice(0, 2)}`, `${key}-${heightPx}.webp`] as const

/** What was kept; a file that is no WebP was not written by us. */
async function readKept(root: string, folder: string, name: string): Promise<Buffer | undefined> {
  const bytes = await readConfined(root, `${folder}/${name}`, maxSourceBytes)
  return bytes?.toString('latin1', 8, 12) === 'WEBP' ? bytes : undefined
}

/** Where sharp is not installed, the originals are shown. */
async function loadShrink(): Promise<Shrink | undefined> {
  const sharp = await loadSharp()
  return (
    sharp &&
    ((bytes, heightPx) =>
      sharp(bytes)
        .rotate()
        .resize({ height: heightPx, width: 4 * heightPx, fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 80 })
        .toBuffer())
  )
}
