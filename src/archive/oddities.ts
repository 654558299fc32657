import path from 'node:path'
import { momentAt, numberAt, textAt } from '../decode/json.ts'
import { openJournaledMap } from './journaled-map.ts'

/** A kind of oddity, as it was seen over all runs. */
export interface OddityCount {
  readonly kind: string
  /** The label of the profile it was seen in, where there are several; null where it is of none alone. */
  readonly profile: string | null
  readonly count: number
  readonly first: Date
  readonly last: Date
  /** What was said of the last one. */
  readonly detail: string
}

/** What tells kinds apart: each profile has its own. */
export const oddityKey = ({ kind, profile }: Pick<OddityCount, 'kind' | 'profile'>): string =>
  profile === null ? kind : `${kind} ${profile}`

/** What was odd, by kind. */
export interface Oddities {
  all(): readonly OddityCount[]
  /** Adds to what is known of its kind. Errors: none; a disk that refuses is done without. */
  add(news: OddityCount): Promise<void>
}

const maxKinds = 200
const maxDetailChars = 500

/** Opens `pending/oddities.ndjson`; without `ready` nothing is written. */
export async function openOddities(root: string, ready?: () => Promise<void>): Promise<Oddities> {
  const kept = await openJournaledMap<OddityCount>(path.join(root, 'pending', 'oddities.ndjson'), {
    ready: ready ?? (() => Promise.reject(new Error('opened to be read'))),
    keyOf: oddityKey,
    revive: oddityIn,
    maxSize: maxKinds,
    isOptional: true,
  })
  return {
    all: () => [...kept.values()],
    add(news) {
      const known = kept.get(oddityKey(news))
      const detail = news.detail.slice(0, maxDetailChars)
      if (!known) return kept.set({ ...news, detail })
      return kept.set({ ...news, detail, count: known.count + news.count, first: known.first })
    },
  }
}

/** Written by us, but a person may have edited it. */
function oddityIn(line: unknown): OddityCount | undefined {
  const [kind, count, detail] = [textAt(line, 'kind'), numberAt(line, 'count'), textAt(line, 'detail')]
  const [first, last] = [momentAt(line, 'first'), momentAt(line, 'last')]
  return kind !== null && count !== null && first && last
    ? { kind, profile: textAt(line, 'profile'), count, detail: detail ?? '', first, last }
    : undefined
}
