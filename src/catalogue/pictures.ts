import { createHash } from 'node:crypto'
import path from 'node:path'
import pLimit from 'p-limit'
import { type OpenFile, readConfined } from '../archive/confined.ts'
import type { Entry } from './entry.ts'
import { maxRecordBytes, readRecord } from './record.ts'
import type { Picture, ReadRecord } from './record-fields.ts'

/** The path of an entry's image relative to the archive; undefined when the record does not say and none was found. */
export const imageOf = ({ imageFolder, imageName }: Entry): string | undefined =>
  imageName === '' ? undefined : `${imageFolder}/${imageName}`

/** The record of an entry as it stands on disk now; undefined when it is gone or another's. */
export async function recordOf(root: string, entry: Entry): Promise<ReadRecord | undefined> {
  const place = ['database', entry.folder, entry.name].filter((part) => part !== '').join('/')
  const record = readRecord((await readConfined(root, place, maxRecordBytes))?.toString() ?? '')
  return record?.id === entry.id ? record : undefined
}

/** What tells this content from any other: the record's hash, as long as the file can be what it was made of. */
export async function contentKeyOf(root: string, entry: Entry, { sizeBytes, modifiedMs }: OpenFile): Promise<string> {
  const record = await recordOf(root, entry)
  if (record?.sha256 && record.bytes === sizeBytes) return record.sha256
  return createHash('sha256')
    .update(`${imageOf(entry)}\0${modifiedMs}\0${sizeBytes}`)
    .digest('hex')
}

/** Where whoever shows a picture has its image and its thumbnail. */
export type UrlsOf = (entry: Entry) => Pick<Picture, 'imageUrl' | 'thumbUrl'>

/** A picture in full, read from its record. */
export async function pictureOf(root: string, entry: Entry, urlsOf: UrlsOf): Promise<Picture | undefined> {
  const record = await recordOf(root, entry)
  if (!record) return undefined
  // Loaded for the first of them: the list does not wait for the sites.
  const { conversationUrlOf } = await import('./conversation-url.ts')
  const image = imageOf(entry) ?? null
  return {
    ...record,
    image,
    ...urlsOf(entry),
    path: image === null || entry.isMissing || entry.isAway ? null : path.join(root, image),
    conversationUrl: conversationUrlOf(record),
    isMissing: entry.isMissing,
    isAway: entry.isAway,
  }
}

/** Records read at a time. */
const atOnce = 32

/** Pictures in full, in the order of the entries; those that went away meanwhile are left out. */
export async function picturesOf(root: string, entries: readonly Entry[], urlsOf: UrlsOf): Promise<Picture[]> {
  const pictures = await pLimit(atOnce).map(entries, (entry) => pictureOf(root, entry, urlsOf))
  return pictures.filter((picture) => picture !== undefined)
}
