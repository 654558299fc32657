import type { Marks } from '../archive/marks.ts'
import type { PictureList } from '../catalogue/listing.ts'
import type { Picture } from '../catalogue/record-fields.ts'

/** What `data.js` of a static copy sets as `window.galleryData`; image URLs are relative to the copy. */
export interface GalleryData {
  readonly list: PictureList
  /** In the order of the list. */
  readonly pictures: readonly Picture[]
  /** Marks by id, of the pictures that have any. */
  readonly marks: Readonly<Record<string, Marks>>
}
