import type { ListedPath } from '../read/asset-paths.ts'
import { distinct, type StagedAsset } from '../read/assets.ts'
import type { Conversations } from '../read/conversations.ts'
import type { Sidecars } from '../read/sidecars.ts'

export type Rule = 'T0' | 'T1' | 'T2' | 'T3' | 'T4' | 'T5' | 'T6' | 'T7' | 'T8'
export type MissingReason =
  | 'not_in_export'
  | 'part_missing'
  | 'era_omits_generated'
  | 'expired'
  | 'deleted_by_user'
  | 'placeholder'
  | 'unreadable'
  | 'damaged'

/** What one rule found, kept also when a better one decided. */
export interface Evidence {
  readonly rule: Rule
  readonly says: 'decides' | 'agrees' | 'contradicts'
  readonly detail: string
}

/** Which file is meant, or why none is. */
export interface Match {
  readonly status: 'exact' | 'probable' | 'ambiguous' | 'missing'
  readonly rule: Rule | null
  readonly asset: StagedAsset | null
  readonly candidates: readonly StagedAsset[]
  readonly evidence: readonly Evidence[]
  readonly reason: MissingReason | 'ambiguous' | 'conflict' | null
}

/** What an archive of live captures knows already. */
export interface LiveArchive {
  /** SHA-256 of the picture archived under a file id or a generation id, if that is certain. */
  byFileId(id: string): string | undefined
  byGenId(genId: string): string | undefined
  /** SHA-256 of the picture an earlier import took for this file, by evidence that the archive does not hold. */
  takenFor(id: string): string | undefined
  /** An earlier import had proof for what it took. */
  isSure(id: string): boolean
  /** The file ids of pictures with these bytes. */
  fileIdsOf(sha256: string): readonly string[]
}

export interface Known {
  readonly assets: readonly StagedAsset[]
  /** Archived as pictures by earlier imports: they count where an id, a name or a hash says which file they are. */
  readonly taken?: readonly StagedAsset[]
  readonly conversations: Conversations
  readonly sidecars: Sidecars
  /** As in `Contents`. */
  readonly assetPaths: ReadonlyMap<string, readonly ListedPath[]>
  readonly live: LiveArchive
  /** When the exports were made, as far as known: what expired before that is not in them. */
  readonly exportedAt: Date | null
  readonly unread: Unread
}

/** What is there and was not read: it may be the file a reference means, though another seems the only one. */
export interface Unread {
  /** Every conversation that was promised or begun was read. */
  readonly hasAllConversations: boolean
  /** Lengths in bytes of assets that were promised or cannot be read. */
  readonly sizes: ReadonlySet<number>
  /** A zip was cut off, so there may be assets of any size. */
  readonly hasOthers: boolean
  /** The ids in the names of files that cannot be read. */
  readonly fileIds: ReadonlySet<string>
}

/** A match by one rule alone. */
export const decided = (status: 'exact' | 'probable', rule: Rule, asset: StagedAsset, detail: string): Match => ({
  status,
  rule,
  asset,
  candidates: [],
  evidence: [{ rule, says: 'decides', detail }],
  reason: null,
})

/** Several files may be it: all are named, none is taken. */
export const ambiguous = (
  candidates: readonly StagedAsset[],
  reason: 'ambiguous' | 'conflict',
  evidence: readonly Evidence[],
): Match => ({ status: 'ambiguous', rule: null, asset: null, candidates: distinct(candidates), evidence, reason })
