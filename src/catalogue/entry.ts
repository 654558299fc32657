// Pure and without Node, so that the page of a static copy can do the same with its pictures.

import type { Marks } from '../archive/marks.ts'
import type { Origin } from '../archive/origins.ts'
import { fold } from './fold.ts'
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
    haystack: haystackOf(record, marks),
  }
}

/** A prompt may have millions of characters; nobody searches for what stands behind these. */
const maxSearchedChars = 20_000

function haystackOf(record: ReadRecord, { tags, note }: Marks): string {
  const { prompt, conversationTitle, gen_id, id, conversationId } = record
  const texts = [prompt, conversationTitle, gen_id, id, conversationId, ...tags, note]
  return texts.map((text) => fold((text ?? '').slice(0, maxSearchedChars))).join('\n')
}

/** Newest first; of one moment, by id, so that the order never depends on who came first. */
export function newestFirst(left: Entry, right: Entry): number {
  if (left.date !== right.date) return right.date - left.date
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0
}
