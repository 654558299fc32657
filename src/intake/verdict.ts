import type { PictureRecord } from '../archive/records.ts'

/** What became of facts or bytes that were handed in. */
export type Verdict =
  /**
   * Both halves were there, and the picture is on disk now; `was` says whether it replaced what was taken for it, or an
   * image that was gone.
   */
  | { readonly kind: 'stored'; readonly record: PictureRecord; readonly was: 'new' | 'corrected' | 'restored' }
  /** It is archived already. `image` is where its bytes, or these other bytes of it, lie; null where nobody says. */
  | { readonly kind: 'known'; readonly image: string | null; readonly isCompleted: boolean }
  /** The other half is still to come, or the disk refuses to be written and is tried again. */
  | { readonly kind: 'waiting' }
  /** The bytes are not the whole original of what the facts speak of; they are kept, and better ones still wanted. */
  | { readonly kind: 'unfit'; readonly reason: string }
