// Pure and without Node: what a record says, as the page of the gallery knows it, too.

import type { Origin } from '../archive/origins.ts'

export const generators = ['dalle', 'gpt-image'] as const
export type GeneratedBy = (typeof generators)[number]

/** A record as it is read to be shown, searched and compared, whichever tool wrote it. Unknown is null. */
export interface ReadRecord {
  /** The file's id without prefix, that of another site with the site's name: no two pictures have the same. */
  readonly id: string
  readonly site: string
  readonly gen_id: string | null
  readonly prompt: string | null
  readonly promptSource: string | null
  readonly seed: number | null
  /** Unix seconds. */
  readonly date: number
  readonly dateSource: string | null
  readonly fileId: string
  readonly width: number | null
  readonly height: number | null
  readonly conversationId: string | null
  readonly conversationTitle: string | null
  readonly messageId: string | null
  readonly parent_gen_id: string | null
  readonly edit_op: string | null
  readonly source: RecordSource
  readonly sha256: string | null
  readonly bytes: number | null
  readonly mime: string | null
  /** Path of the image relative to the archive, with `/`; null when it was never said. */
  readonly image: string | null
  readonly archivedAt: string | null
  readonly updatedAt: string | null
  /** Which of ChatGPT's generators; null for a picture of another site. */
  readonly by: GeneratedBy | null
}

/** Where a picture came from. */
export interface RecordSource {
  readonly origin: Origin
  readonly channel: string | null
  readonly host: string | null
  readonly archive: string | null
  readonly entry: string | null
  /** How sure an import was that these bytes are this file. */
  readonly match: 'exact' | 'probable' | null
}

/** A picture in full: its record, and where to get it. */
export interface Picture extends ReadRecord {
  readonly imageUrl: string
  readonly thumbUrl: string
  /** Absolute path of the image on disk; in a static copy, relative to the copy. Null when it is missing. */
  readonly path: string | null
  readonly conversationUrl: string | null
  readonly isMissing: boolean
}

/** A picture in a row of related ones. */
export type Small = Pick<Picture, 'id' | 'prompt' | 'date' | 'width' | 'height' | 'isMissing'>
