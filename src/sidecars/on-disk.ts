import path from 'node:path'
import { readConfined, statOf } from '../archive/confined.ts'
import { removeIfSame } from '../archive/files.ts'
import { marksNameFor } from '../archive/marks.ts'
import type { RecordPlace } from '../catalogue/record-places.ts'
import { type PictureAt, sidecarOfImage } from './pictures.ts'
import { hashOf, type Written } from './written.ts'
import { sidecarOf } from './xmp.ts'

/** What describes a picture is a few kB; darktable adds the history of its edits. */
const maxSidecarBytes = 4 * 1024 * 1024

/** A sidecar as it is on the disk. */
export interface Found {
  /** Undefined where something stands that we do not read: a link, a folder, or what is far too long. */
  readonly bytes: Buffer | undefined
  /** Taken before the bytes were read, so that what is written meanwhile is noticed. */
  readonly modifiedMs: number
}

/** Reads the sidecar of an image; undefined when there is none. */
export async function findSidecar(root: string, image: string): Promise<Found | undefined> {
  const target = sidecarOfImage(image)
  const seen = await statOf(path.join(root, target))
  return seen && { bytes: await readConfined(root, target, maxSidecarBytes), modifiedMs: seen.mtimeMs }
}

/** When the file that we wrote just now was written. */
export const writtenMsOf = async (root: string, image: string): Promise<number> =>
  (await statOf(path.join(root, sidecarOfImage(image))))?.mtimeMs ?? 0

/** Whether a sidecar's bytes are those we wrote, by what we noted, or since we would write the same. */
export function isOurs(bytes: Buffer, row: Written | undefined, picture: PictureAt | undefined): boolean {
  if (row?.isOurs && row.sha256 === hashOf(bytes)) return true
  return picture !== undefined && bytes.equals(Buffer.from(sidecarOf(picture)))
}

/** Removes an image's sidecar if its bytes are ours; undefined when there is none. */
export async function removeOwn(
  root: string,
  image: string,
  row: Written | undefined,
  picture: PictureAt | undefined,
): Promise<'removed' | 'left' | undefined> {
  const found = await findSidecar(root, image)
  if (!found) return undefined
  if (!found.bytes || !isOurs(found.bytes, row, picture)) return 'left'
  await removeIfSame(path.join(root, sidecarOfImage(image)), found.bytes)
  return 'removed'
}

/** Raised when the text we write changes, so that all are written anew. */
const form = 1

/** What a record and its marks look like on the disk, without opening them. */
export async function stampOf(root: string, { folder, name }: RecordPlace): Promise<string> {
  const at = (file: string) => statOf(path.join(root, 'database', folder, file))
  const [record, marks] = await Promise.all([at(name), at(marksNameFor(name))])
  return [form, record?.mtimeMs ?? 0, marks?.mtimeMs ?? 0].join(' ')
}

/** Whether picture and sidecar look as they did when they were noted. */
export async function isAsNoted(root: string, place: RecordPlace, row: Written): Promise<boolean> {
  if (row.stamp !== (await stampOf(root, place))) return false
  const at = (file: string) => statOf(path.join(root, file))
  const [image, sidecar] = await Promise.all([at(row.image), at(sidecarOfImage(row.image))])
  return image !== undefined && sidecar?.size === row.lengthBytes && sidecar.mtimeMs === row.modifiedMs
}
