import path from 'node:path'
import { imageOfAwayName, readAway, writeAway } from '../archive/away.ts'
import { readConfined } from '../archive/confined.ts'
import type { ImageContent } from '../archive/content.ts'
import { sha256Of, sizeOf, walkFiles } from '../archive/read-files.ts'
import type { PictureRecord } from '../archive/records.ts'
import { maxImageBytes } from '../catalogue/record.ts'
import type { MirrorSettings } from '../config.ts'
import { type ImageExtension, imageTypes } from '../decode/image-bytes.ts'
import { beginnings, hashOf, originalKey, sha256OfKey } from './layout.ts'
import { type Mirror, openMirror } from './mirror.ts'
import type { Store } from './s3.ts'

/**
 * The bytes of an original in the mirror; their hash was checked.
 *
 * Errors  rejects when there are none, or others; ArchiverErrors of the store.
 */
export async function fetchOriginal(store: Store, sha256: string): Promise<Buffer> {
  // What came out different on its way comes right the next time.
  for (let tries = 0; tries < 2; tries++) {
    const found = await store.get(originalKey(sha256))
    if (!found) throw new Error('the mirror does not have it')
    if (hashOf(found.bytes) === sha256) return found.bytes
  }
  throw new Error('the mirror has other bytes in its place')
}

/** Notes which originals are up there; resolves with their hashes. */
export async function learnOriginals({ store, known }: Mirror): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for await (const { key, md5 } of store.list(beginnings.originals)) {
    const sha256 = sha256OfKey(key)
    if (sha256 === undefined) continue
    found.add(sha256)
    if (!known.has(key)) await known.learn(key, md5)
  }
  return found
}

/** Reads originals wherever they are: on this disk or, where they are away, in the mirror. */
export interface Originals {
  /** Undefined when there is none, here or there. Errors: those of `fetchOriginal`. */
  read(image: string): Promise<Buffer | undefined>
  /** How many came from the mirror. */
  readonly fetched: number
}

/** Makes the reader; the mirror is opened for the first original that is away. */
export function openOriginals(root: string, settings: MirrorSettings | undefined, signal?: AbortSignal): Originals {
  let fetched = 0
  let opening: ReturnType<typeof openMirror> | undefined
  return {
    async read(image) {
      const here = await readConfined(root, image, maxImageBytes)
      const away = here ? undefined : await readAway(root, image)
      if (!away) return here
      opening ??= openMirror(root, settings, { signal })
      const bytes = await fetchOriginal((await opening).store, away.sha256)
      fetched += 1
      return bytes
    },
    get fetched() {
      return fetched
    },
  }
}

/** Every original that is away, by its path in the archive. */
export async function awayIn(root: string): Promise<string[]> {
  const images: string[] = []
  for (const folder of ['images', 'attachments'])
    await walkFiles(path.join(root, folder), (below, name) => {
      const image = imageOfAwayName(name)
      if (image !== undefined) images.push([folder, below, image].filter((step) => step !== '').join('/'))
    })
  return images
}

/** An original that stays in the mirror: to give it a name is to write the file that stands for it. */
export function contentAway(
  { sha256, bytes, mime, width, height }: Pick<PictureRecord, 'sha256' | 'bytes' | 'mime' | 'width' | 'height'>,
  mirror: string,
): ImageContent {
  const extension = Object.entries(imageTypes).find(([, type]) => type === mime)?.[0] as ImageExtension
  return {
    ...{ sha256, bytes, mime, extension, widthPx: width, heightPx: height, isFlushed: true },
    put: async (target) =>
      (await sizeOf(target)) === undefined ? writeAway(target, { sha256, bytes, mirror }) : 'taken',
    isAt: async (target) =>
      (await sha256Of(target)) === sha256 ||
      (await readAway(path.dirname(target), path.basename(target)))?.sha256 === sha256,
  }
}
