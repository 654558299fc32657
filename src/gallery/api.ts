/**
 * The contract between the gallery's server and its page, and whatever other program asks: types only.
 *
 * Source  docs/api.md
 */

import type { Marks } from '../archive/marks.ts'

/** Bits: 1 favourite · 2 has a seed · 4 the image is missing. */
export type Flags = number

/** Answer of `GET /api/list`: columns, newest first; position `n` of each is one picture. */
export interface PictureList {
  /** Rises whenever anything in the list changed; positions are those of this revision. */
  readonly revision: number
  /** False as long as older pictures are still being read: `changed` tells when there are more. */
  readonly isWhole: boolean
  readonly total: number
  readonly pictures: {
    readonly id: readonly string[]
    /** Unix seconds. */
    readonly date: readonly number[]
    /** Pixels; 0 when unknown. */
    readonly width: readonly number[]
    readonly height: readonly number[]
    readonly flags: readonly Flags[]
  }
}

/** The filters of `GET /api/search` and `GET /api/pictures`, as they stand in the query; each may be left out. */
export interface Filters {
  readonly q?: string
  /** `yyyy-MM-dd` (local, the whole day) or Unix seconds; both ends belong to the range. */
  readonly from?: string
  readonly to?: string
  readonly by?: GeneratedBy
  readonly shape?: Shape
  readonly source?: Source
  readonly seed?: '1'
  readonly favourite?: '1'
  readonly tag?: string
}

export type GeneratedBy = 'dalle' | 'gpt-image'
export type Shape = 'square' | 'wide' | 'tall'
export type Source = 'live' | 'history' | 'export'

/** Answer of `GET /api/search`. */
export interface SearchResult {
  readonly revision: number
  /** As in the list. */
  readonly isWhole: boolean
  readonly count: number
  /** Base64 of a bitmap over the positions of the list of that revision, least significant bit first. */
  readonly hits: string
}

/** A picture: its record as far as it is told, and where to get it. Unknown is null. */
export interface Picture {
  readonly id: string
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
  readonly source: PictureSource
  readonly sha256: string | null
  readonly bytes: number | null
  readonly mime: string | null
  /** Path of the image relative to the archive, with `/`; null when it is missing and was never told. */
  readonly image: string | null
  readonly archivedAt: string | null
  readonly updatedAt: string | null
  readonly by: GeneratedBy
  readonly imageUrl: string
  readonly thumbUrl: string
  /** Absolute path of the image on disk; in a static copy, relative to the copy. Null when it is missing. */
  readonly path: string | null
  readonly conversationUrl: string | null
  readonly isMissing: boolean
}

/** Where a picture came from. */
export interface PictureSource {
  readonly origin: Source
  readonly channel: string | null
  readonly host: string | null
  readonly archive: string | null
  readonly entry: string | null
}

/** A picture in a row of related ones. */
export interface Small {
  readonly id: string
  readonly prompt: string | null
  readonly date: number
  readonly width: number | null
  readonly height: number | null
  readonly isMissing: boolean
}

/** Answer of `GET /api/pictures/:id`. */
export interface PictureDetails {
  readonly picture: Picture
  readonly marks: Marks
  readonly related: {
    /** The other pictures of the same conversation, oldest first. */
    readonly conversation: readonly Small[]
    /** Those it was edited from, those edited from it, and those of the same turn, oldest first. */
    readonly lineage: readonly Small[]
  }
}

/** Answer of `GET /api/pictures`. */
export interface PicturePage {
  readonly revision: number
  /** As in the list. */
  readonly isWhole: boolean
  readonly total: number
  readonly pictures: readonly Picture[]
}

/** Data of the event `changed` on `GET /api/events`. */
export interface Changed {
  readonly revision: number
  /** Ids; both are empty when only marks changed, and when there are more than 500. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** Body of every answer that is an error. */
export interface ApiError {
  readonly error: string
}

/** What `data.js` of a static copy sets as `window.galleryData`; image URLs are relative to the copy. */
export interface GalleryData {
  readonly list: PictureList
  /** In the order of the list. */
  readonly pictures: readonly Picture[]
  /** Marks by id, of the pictures that have any. */
  readonly marks: Readonly<Record<string, Marks>>
}
