/**
 * The contract between the gallery's server and its page, and whatever other program asks: types only.
 *
 * Source  docs/api.md
 */

import type { Marks } from '../archive/marks.ts'
import type { Facets } from '../catalogue/facets.ts'
import type { Picture, Small } from '../catalogue/record-fields.ts'
import type { Suggestion } from '../catalogue/suggest.ts'
import type { SuggestedTag } from '../catalogue/suggested-tags.ts'

/** Answer of `GET /api/coverage`, and of `dalle-archiver coverage --json`. */
export type { Coverage } from '../backfill/coverage.ts'
/** Answer of `GET /api/facets?<filters>`. */
export type { Facets } from '../catalogue/facets.ts'
/** Answer of `GET /api/list`, and data of the event `changed` on `GET /api/events`. */
export type { Changed, PictureList } from '../catalogue/listing.ts'
export type { Picture, Small } from '../catalogue/record-fields.ts'
export type { Suggestion } from '../catalogue/suggest.ts'
/** Answer of `GET /api/similar/:id`. */
export type { Similar } from '../similar/similar.ts'

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
  /** Nothing was found for what was asked, and this for the nearest words. */
  readonly corrected?: string
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

/** A step in the tree of pictures that were edited from each other. */
export interface LineageNode extends Small {
  /** The picture it was edited from; null for the first one, and where that is not here. */
  readonly parentId: string | null
}

/** Answer of `GET /api/pictures/:id/lineage`: the whole tree, each picture behind the one it was edited from. */
export interface Lineage {
  readonly nodes: readonly LineageNode[]
}

/** Body of `PATCH /api/marks`. */
export interface MarkMany {
  readonly ids: readonly string[]
  readonly changes: Partial<Pick<Marks, 'stars' | 'flag' | 'favourite'>> & {
    readonly addTags?: readonly string[]
    readonly removeTags?: readonly string[]
  }
}

/** Answer of `PATCH /api/marks`. */
export interface MarkedMany {
  readonly changed: number
  readonly failed: number
  /** How those were marked that were changed, to be sent back by whoever undoes it. */
  readonly before: readonly (Pick<Marks, 'stars' | 'flag' | 'favourite' | 'tags'> & { readonly id: string })[]
}

/** Answer of `POST /api/delete`, whose body is `{ ids }`. */
export interface DeletedMany {
  readonly deleted: number
  readonly failed: number
  /** What was freed. */
  readonly bytes: number
}

/** Answer of `GET /api/suggest?q=…`: what the last word of `q` may become, at most eight. */
export interface Suggestions {
  readonly suggestions: readonly Suggestion[]
}

/** Answer of `GET /api/prompts?<filters>&offset=&limit=`: the most used first, of those the newest. */
export interface PromptPage {
  readonly total: number
  readonly prompts: readonly PromptGroup[]
}

export interface PromptGroup {
  readonly prompt: string
  readonly count: number
  /** The newest twelve whose image is here. */
  readonly ids: readonly string[]
  /** Unix seconds. */
  readonly first: number
  readonly last: number
}

/** Answer of `GET /api/suggested-tags`: words that recur in prompts and are no tags yet, the most frequent first. */
export interface SuggestedTags {
  readonly tags: readonly SuggestedTag[]
}

/** Answer of `GET /api/numbers`. */
export interface Numbers {
  readonly total: number
  /** Of the originals together. */
  readonly bytes: number
  readonly days: Facets['days']
  readonly by: Facets['by']
  readonly shape: Facets['shape']
  readonly source: Facets['source']
  /** By hour of the day, in this machine's time zone: 24 numbers. */
  readonly hours: readonly number[]
  /** The most used words of what is searched, at most fifty. */
  readonly words: readonly (readonly [word: string, count: number])[]
  /** Pictures whose image is here. */
  readonly held: number
  /** What the account is known to hold beside them; null where nobody ever asked. */
  readonly lacking: number | null
  /** Images that no verification has seen intact; null where there was none. */
  readonly unverified: number | null
}

/** A collection as it is listed. */
export interface CollectionSummary {
  readonly id: string
  readonly name: string
  readonly note: string
  /** "list": pictures in an order of one's own. "smart": whatever a search finds. */
  readonly kind: 'list' | 'smart'
  /** Pictures of it that are here. */
  readonly count: number
  /** The id of its first picture; null for an empty one. */
  readonly cover: string | null
  /** The search of a smart one. */
  readonly query?: string
}

/** Answer of `GET /api/collections`, by name. */
export interface CollectionList {
  readonly collections: readonly CollectionSummary[]
}

/** Answer of `GET /api/collections/:id`, and of whatever makes or changes one. */
export interface CollectionDetails extends CollectionSummary {
  /** In order, as far as they are here. */
  readonly ids: readonly string[]
}

/** Body of `POST /api/collections`; with `query` it is a smart one. */
export interface NewCollection {
  readonly name: string
  readonly note?: string
  readonly ids?: readonly string[]
  readonly query?: string
}

/** Body of `PATCH /api/collections/:id`; `order` names pictures that come first from now on, in this order. */
export interface CollectionChanges {
  readonly name?: string
  readonly note?: string
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  readonly order?: readonly string[]
  readonly query?: string
}

/** Body of `POST /api/take-out`. */
export interface TakeOutRequest {
  readonly ids: readonly string[]
  /** XMP beside each image, or inside of it; left out: the images as they are. */
  readonly with?: 'sidecars' | 'embedded'
  /** The answer is a `TakeOutTicket`, for the page to go to. */
  readonly ticket?: boolean
}

/** `GET /api/take-out/:ticket` gives the zip, once and within a minute. */
export interface TakeOutTicket {
  readonly ticket: string
}

/** Body of every answer that is an error. */
export interface ApiError {
  readonly error: string
}
