import type { Entry } from '../catalogue/entry.ts'
import type { Near } from './near.ts'

/** Why a picture is called similar, the best reason first. */
export type WhySimilar = 'turn' | 'lineage' | 'conversation' | 'prompt' | 'look'

/** A picture like another. */
export interface SimilarPicture {
  readonly id: string
  readonly why: WhySimilar
  /** 0 to 1; of one reason the higher is the nearer, and different reasons cannot be compared. */
  readonly score: number
}

/** Pictures that are similar for one reason. */
export interface Tier {
  readonly why: (entry: Entry) => WhySimilar
  readonly pictures: readonly Near[]
}

/** A reason fills no more than this share of an answer, so that every reason is heard. */
const maxShare = 1 / 3

/**
 * The pictures of the first tier, then those of the second, and so on, each picture once, and only those that are
 * shown.
 */
export function rankedOf(tiers: readonly Tier[], isShown: (entry: Entry) => boolean, limit: number): SimilarPicture[] {
  const ranked = new Map<string, SimilarPicture>()
  const perTier = Math.ceil(limit * maxShare)
  for (const { why, pictures } of tiers) {
    const others = pictures.filter(({ entry }) => !ranked.has(entry.id) && isShown(entry))
    const best = others.sort((left, right) => right.nearness - left.nearness).slice(0, perTier)
    for (const { entry, nearness } of best)
      ranked.set(entry.id, { id: entry.id, why: why(entry), score: Math.round(nearness * 1_000) / 1_000 })
  }
  return [...ranked.values()].slice(0, limit)
}
