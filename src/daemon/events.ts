import type { PictureRecord } from '../archive/records.ts'
import type { TroubleKind } from '../archive/troubles.ts'
import type { AccountProgress } from '../backfill/workspaces.ts'
import type { Browser } from '../browser/browser.ts'
import type { Oddity } from '../decode/oddity.ts'

/**
 * What a watch tells while it runs; `profile` is the label of the one it is about, where it is about one of several.
 */
export type WatchEvent = News & { readonly profile?: string }

type News =
  | { readonly kind: 'watching'; readonly archive: string; readonly browser: Browser['kind']; readonly port: number }
  | { readonly kind: 'gallery'; readonly url: string }
  | { readonly kind: 'kept'; readonly record: PictureRecord }
  | { readonly kind: 'oddity'; readonly oddity: Oddity }
  | { readonly kind: 'notice'; readonly text: string }
  /** Something that only a person can mend, with what to do. */
  | { readonly kind: 'trouble'; readonly trouble: TroubleKind; readonly text: string }
  | { readonly kind: 'backfill'; readonly progress: AccountProgress }
  | { readonly kind: 'tabs'; readonly count: number }
  | { readonly kind: 'counts'; readonly total: number; readonly waiting: number }

export type OnEvent = (event: WatchEvent) => void
