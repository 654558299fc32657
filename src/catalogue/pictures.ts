import path from 'node:path'
import { readConfined } from '../archive/confined.ts'
import { readMarks } from '../archive/mark-files.ts'
import type { Picture, PictureDetails, Small } from '../gallery/api.ts'
import type { CatalogueIndex } from './catalogue.ts'
import type { Entry } from './entry.ts'
import { maxRecordBytes, type ReadRecord, readRecord } from './record.ts'
import { relatedOf, smallOf } from './related.ts'

/** The path of an entry's image relative to the archive; undefined when it was never told or found. */
export const imageOf = ({ imageFolder, imageName }: Entry): string | undefined =>
  imageName === '' ? undefined : `${imageFolder}/${imageName}`

/** The record of an entry as it stands on disk now; undefined when it is gone or another's. */
export async function recordOf(root: string, entry: Entry): Promise<ReadRecord | undefined> {
  const place = ['database', entry.folder, entry.name].filter((part) => part !== '').join('/')
  const record = readRecord((await readConfined(root, place, maxRecordBytes))?.toString() ?? '')
  return record?.id === entry.id ? record : undefined
}

/** A picture in full, read from its record. */
export async function pictureOf(root: string, entry: Entry): Promise<Picture | undefined> {
  const record = await recordOf(root, entry)
  if (!record) return undefined
  const image = imageOf(entry) ?? null
  const at = `/api/pictures/${entry.id}`
  return {
    ...record,
    image,
    imageUrl: `${at}/image`,
    thumbUrl: `${at}/thumb?h=480`,
    path: image === null || entry.isMissing ? null : path.join(root, image),
    conversationUrl: conversationUrlOf(record.conversationId),
    isMissing: entry.isMissing,
  }
}

/** Pictures in full, in the order of the entries; those that went away meanwhile are left out. */
export async function picturesOf(root: string, entries: readonly Entry[]): Promise<Picture[]> {
  const pictures: Picture[] = []
  const together = 32
  for (let at = 0; at < entries.length; at += together) {
    const some = await Promise.all(entries.slice(at, at + together).map((entry) => pictureOf(root, entry)))
    pictures.push(...some.filter((picture) => picture !== undefined))
  }
  return pictures
}

/** An id that could be something else in an address is none. */
function conversationUrlOf(conversationId: string | null): string | null {
  return conversationId !== null && /^[A-Za-z0-9_-]{1,100}$/.test(conversationId)
    ? `https://chatgpt.com/c/${conversationId}`
    : null
}

/** All that the view of one picture shows. */
export async function detailsOf(
  root: string,
  index: CatalogueIndex,
  entry: Entry,
): Promise<PictureDetails | undefined> {
  const picture = await pictureOf(root, entry)
  if (!picture) return undefined
  const marks = await readMarks(path.join(root, 'database'), entry.folder, entry.name)
  const { conversation, lineage } = relatedOf(index.entries, entry)
  return {
    picture,
    marks,
    related: { conversation: await smallOnes(root, conversation), lineage: await smallOnes(root, lineage) },
  }
}

async function smallOnes(root: string, entries: readonly Entry[]): Promise<Small[]> {
  const pictures = await picturesOf(root, entries)
  return pictures.map(smallOf)
}
