/**
 * The contract between the gallery's server and its page, and whatever other program asks: types only.
 *
 * Source  docs/api.md
 */

import type { Marks } from '../archive/marks.ts'
import type { Picture, Small } from '../catalogue/record-fields.ts'

/** Answer of `GET /api/coverage`, and of `dalle-archiver coverage --json`. */
export type { Coverage } from '../backfill/coverage.ts'
/** Answer of `GET /api/list`, and data of the event `changed` on `GET /api/events`. */
export type { Changed, PictureList } from '../catalogue/listing.ts'
export type { Picture, Small } from '../catalogue/record-fields.ts'

/** Answer of `GET /api/search`. */
export interface SearchResult {
  readonly revision: number
  /** As in the list. */
  readonly isWhole: boolean
  readonly count: number
  /** Base64 of a bitmap over the positions of the list of that revision, least significant bit first. */
  readonly hits: string
  /** Those positions in order of rank, the best first; left out where that is the order of the list. */
  readonly order?: readonly number[]
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

/** Body of every answer that is an error. */
export interface ApiError {
  readonly error: string
}
