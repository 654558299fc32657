// Pure and without Node, so that the page of a static copy can do the same with its pictures.

import type { Flag, Marks } from '../archive/marks.ts'
import type { Origin } from '../archive/origins.ts'
import { fold, foldedLine } from './fold.ts'
import type { GeneratedBy, ReadRecord } from './record-fields.ts'

/**
 * What the index knows of a picture: enough to list, search and relate it; the record itself is read when asked for.
 */
export interface Entry {
  /** Folder below `database/` and name of the record. */
  readonly folder: string
  readonly name: string
  /** What the disk said of the record file and its sidecar (0: none) when they were read. */
  readonly modifiedMs: number
  readonly sizeBytes: number
  readonly marksModifiedMs: number
  readonly id: string
  readonly date: number
  readonly width: number
  readonly height: number
  readonly hasSeed: boolean
  readonly favourite: boolean
  readonly stars: number
  readonly flag: Flag | ''
  readonly isMissing: boolean
  /** The image is in the mirror, and not on this disk. */
  readonly isAway: boolean
  readonly by: GeneratedBy | ''
  readonly source: Origin
  readonly profiles: readonly string[]
  readonly genId: string
  readonly parentGenId: string
  readonly conversationId: string
  readonly messageId: string
  /** The record itself says which image is its own; those of the 2023 tool do not. */
  readonly isImageNamed: boolean
  /** Folder and name of the image as the record says, or as found beside records of the 2023 tool; else empty. */
  readonly imageFolder: string
  readonly imageName: string
  /** Folded. */
  readonly tags: readonly string[]
  /** The same as they were written. */
  readonly tagNames: readonly string[]
  /** All that is searched, folded, in lines. */
  readonly haystack: string
}

/** Where an entry stands and what its files looked like. */
export type EntryFile = Pick<Entry, 'folder' | 'name' | 'modifiedMs' | 'sizeBytes' | 'marksModifiedMs'>

/** The entry of a record that was read; where its image is, `withImage` says. */
export function entryOf(file: EntryFile, record: ReadRecord, marks: Marks): Entry {
  const at = record.image?.lastIndexOf('/') ?? -1
  const { folder, name, modifiedMs, sizeBytes, marksModifiedMs } = file
  // Not spread: with so many properties behind it, that takes ten times as long.
  return {
    folder,
    name,
    modifiedMs,
    sizeBytes,
    marksModifiedMs,
    id: record.id,
    date: record.date,
    width: record.width ?? 0,
    height: record.height ?? 0,
    hasSeed: record.seed !== null,
    favourite: marks.favourite,
    stars: marks.stars,
    flag: marks.flag,
    isMissing: true,
    isAway: false,
    by: record.by ?? '',
    source: record.source.origin,
    profiles: record.profiles,
    genId: record.gen_id ?? '',
    parentGenId: record.parent_gen_id ?? '',
    conversationId: record.conversationId ?? '',
    messageId: record.messageId ?? '',
    isImageNamed: record.image !== null,
    imageFolder: record.image?.slice(0, at) ?? '',
    imageName: record.image?.slice(at + 1) ?? '',
    tags: marks.tags.map(fold),
    tagNames: marks.tags,
    haystack: haystackOf(record, marks),
  }
}

/** A prompt may have millions of characters; nobody searches for what stands behind these. */
const maxSearchedChars = 20_000

/** Each text is a line of its own, the prompt first: a phrase is found whatever stands between its words. */
function haystackOf(record: ReadRecord, { tags, note }: Marks): string {
  const { prompt, conversationTitle, gen_id, id, conversationId } = record
  const line = (text: string | null) => foldedLine((text ?? '').slice(0, maxSearchedChars))
  const ids = [gen_id, id, conversationId].map((one) => fold((one ?? '').slice(0, maxSearchedChars)))
  return [line(prompt), line(conversationTitle), ...ids, ...tags.map(line), line(note)].join('\n')
}

/** The prompt of an entry, folded. */
export const promptOf = ({ haystack }: Entry): string => haystack.slice(0, haystack.indexOf('\n'))

/** The title of its conversation, folded. */
export function conversationOf({ haystack }: Entry): string {
  const start = haystack.indexOf('\n') + 1
  return haystack.slice(start, haystack.indexOf('\n', start))
}

/** Newest first; of one moment, by id, so that the order never depends on who came first. */
export function newestFirst(left: Entry, right: Entry): number {
  if (left.date !== right.date) return right.date - left.date
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0
}
