import type { Entry } from '../catalogue/entry.ts'
import { imageOf } from '../catalogue/pictures.ts'
import type { Thumbs } from '../catalogue/thumbs.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import { commonSide, isSamePicture } from './closer-look.ts'
import type { Looks } from './looks.ts'
import type { Pixels, ReadPixels } from './pixels.ts'

/** The same picture in another file. */
export interface Duplicate {
  readonly id: string
  /** The files have the same bytes, or they look the same when compared closely. */
  readonly why: 'bytes' | 'look'
}

/** Pictures with near hashes are compared closely, so many and the nearest first. */
const maxTwins = 24

/** The duplicates of a picture: those that hashes find are compared closely, and only then called so. */
export async function duplicatesOf(
  entry: Entry,
  looks: Looks,
  thumbs: Thumbs,
  read: ReadPixels,
): Promise<readonly Duplicate[]> {
  // Two records may tell of one file.
  const twins = looks.twins(entry, maxTwins).filter((twin) => imageOf(twin) !== imageOf(entry))
  const own = twins.length === 0 ? undefined : await thumbs.get(entry, 480)
  if (!own) return []
  const duplicates: Duplicate[] = []
  for (const twin of twins) {
    const thumb = await thumbs.get(twin, 480)
    if (!thumb) continue
    if (thumb.etag === own.etag) duplicates.push({ id: twin.id, why: 'bytes' })
    else if (await isSame(own.bytes, thumb.bytes, read)) duplicates.push({ id: twin.id, why: 'look' })
  }
  return duplicates
}

async function isSame(left: Buffer, right: Buffer, read: ReadPixels): Promise<boolean> {
  const side = commonSide(sizeOf(left), sizeOf(right))
  if (side === undefined) return false
  const [one, other] = await Promise.all([left, right].map((bytes) => read(bytes, side).catch(() => undefined)))
  return one !== undefined && other !== undefined && isSamePicture(one, other)
}

function sizeOf(thumb: Buffer): Pick<Pixels, 'widthPx' | 'heightPx'> {
  const { widthPx, heightPx } = inspectImage(thumb) ?? {}
  return { widthPx: widthPx ?? 0, heightPx: heightPx ?? 0 }
}
