// Pure and without Node: what a record says, as the page of the gallery knows it, too.

import type { Marks } from '../archive/marks.ts'
import type { Origin } from '../archive/origins.ts'

export const generators = ['dalle', 'gpt-image'] as const
export type GeneratedBy = (typeof generators)[number]

/** Fields of a record that are texts or null and are shown as they are; a new one of that kind is added here. */
export const textFields = [
  'gen_id',
  'prompt',
  'promptSource',
  'dateSource',
  'conversationId',
  'conversationTitle',
  'messageId',
  'parent_gen_id',
  'edit_op',
  'archivedAt',
  'updatedAt',
] as const

/** A record as it is read to be shown, searched and compared, whichever tool wrote it. Unknown is null. */
export interface ReadRecord extends Readonly<Record<(typeof textFields)[number], string | null>> {
  /** The file's id without prefix, that of another site with the site's name: no two pictures have the same. */
  readonly id: string
  readonly site: string
  readonly seed: number | null
  /** Unix seconds. */
  readonly date: number
  readonly fileId: string
  readonly width: number | null
  readonly height: number | null
  readonly source: RecordSource
  /** Labels of the profiles that have shown it; none where no profile has a label. */
  readonly profiles: readonly string[]
  readonly sha256: string | null
  readonly bytes: number | null
  readonly mime: string | null
  /** Path of the image relative to the archive, with `/`; null when it was never said. */
  readonly image: string | null
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
  /** Absolute path of the image on disk; in a static copy, relative to the copy. Null when it is missing or away. */
  readonly path: string | null
  readonly conversationUrl: string | null
  readonly isMissing: boolean
  /** The image is in the mirror, and fetched when it is shown. */
  readonly isAway: boolean
}

/** A picture for programs: its record, what the person marked, and where its image is. */
export interface PictureObject extends ReadRecord, Omit<Marks, 'imageDeleted'> {
  /**
   * Path of the image relative to the archive, with `/`; of a missing one, where it was. Null when it was never said.
   */
  readonly image: string | null
  readonly isMissing: boolean
  /** The image is in the mirror, and not on this disk. */
  readonly isAway: boolean
}

/** A picture in a row of related ones. */
export type Small = Pick<Picture, 'id' | 'prompt' | 'date' | 'width' | 'height' | 'isMissing'>
