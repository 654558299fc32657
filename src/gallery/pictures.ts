import path from 'node:path'
import type { Picture, PictureDetails, Small } from './api.ts'
import type { CatalogueIndex } from './catalogue-index.ts'
import { readConfined } from './confined.ts'
import { type Entry, newestFirst } from './entry.ts'
import { readMarks } from './marks.ts'
import { maxRecordBytes, type ReadRecord, readRecord } from './record.ts'

/** Rows of related pictures are no longer than this. */
const maxRelated = 100

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

/** The others of a conversation, and those of a lineage, oldest first. */
export function relatedOf(entries: readonly Entry[], entry: Entry): Record<'conversation' | 'lineage', Entry[]> {
  const others = entries.filter((other) => other !== entry)
  const nearest = (some: Entry[]) =>
    some
      .sort((left, right) => Math.abs(left.date - entry.date) - Math.abs(right.date - entry.date))
      .slice(0, maxRelated)
      .sort((left, right) => newestFirst(right, left))
  return {
    conversation: nearest(others.filter((other) => isSame(other.conversationId, entry.conversationId))),
    lineage: nearest([...new Set([...kinOf(others, entry), ...others.filter((one) => isTwin(one, entry))])]),
  }
}

const isSame = (one: string, other: string) => one !== '' && one === other

/** Of the same turn, or edited from the same picture. */
const isTwin = (one: Entry, other: Entry) =>
  isSame(one.messageId, other.messageId) || isSame(one.parentGenId, other.parentGenId)

/** Those an entry was edited from, up to the first, and those that were edited from it, down to the last. */
function kinOf(others: readonly Entry[], entry: Entry): Entry[] {
  const above = follow(entry.parentGenId, (genId) => others.filter((other) => other.genId === genId), 'parentGenId')
  const below = follow(entry.genId, (genId) => others.filter((other) => other.parentGenId === genId), 'genId')
  return [...above, ...below]
}

/** A hostile record may be its own ancestor. */
function follow(from: string, find: (genId: string) => Entry[], next: 'genId' | 'parentGenId'): Entry[] {
  const found = new Set<Entry>()
  const asked = new Set([''])
  const open = [from]
  for (let genId = open.pop(); genId !== undefined && found.size < maxRelated; genId = open.pop()) {
    if (asked.has(genId)) continue
    asked.add(genId)
    for (const other of find(genId)) {
      found.add(other)
      open.push(other[next])
    }
  }
  return [...found]
}

async function smallOnes(root: string, entries: readonly Entry[]): Promise<Small[]> {
  const pictures = await picturesOf(root, entries)
  return pictures.map(({ id, prompt, date, width, height }) => ({ id, prompt, date, width, height }))
}
