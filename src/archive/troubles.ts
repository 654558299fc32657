import path from 'node:path'
import { momentAt, numberAt, textAt } from '../decode/json.ts'
import { openJournaledMap } from './journaled-map.ts'

/** What keeps pictures from coming, and only a person can mend. */
export const troubleKinds = ['logged-out', 'disk-full', 'browser', 'site-changed'] as const
export type TroubleKind = (typeof troubleKinds)[number]

/** Signs of a trouble, as they were seen since it began; whether they suffice, `status/troubles.ts` says. */
export interface Trouble {
  readonly kind: TroubleKind
  /** The profile it is of, by the label its user gave; null where there is one profile, or where it is everybody's. */
  readonly profile: string | null
  /** First sign, last sign, and how many. */
  readonly since: Date
  readonly last: Date
  readonly count: number
  /** What the last sign said; may be empty. */
  readonly detail: string
  /** When the person was last notified. */
  readonly notifiedAt: Date | null
}

/** Troubles that are not over, kept over restarts so that nobody is notified twice. */
export interface Troubles {
  all(): readonly Trouble[]
  get(kind: TroubleKind, profile: string | null): Trouble | undefined
  /** Errors of both: none; a disk that refuses, as a full one does, is done without. */
  set(trouble: Trouble): Promise<void>
  delete(kind: TroubleKind, profile: string | null): Promise<void>
}

const maxTroubles = 200
const maxDetailChars = 500

/** Opens `pending/troubles.ndjson`; without `ready` nothing is written. */
export async function openTroubles(root: string, ready?: () => Promise<void>): Promise<Troubles> {
  const kept = await openJournaledMap<Trouble>(path.join(root, 'pending', 'troubles.ndjson'), {
    ready: ready ?? (() => Promise.reject(new Error('opened to be read'))),
    keyOf: ({ kind, profile }) => keyOf(kind, profile),
    revive: troubleIn,
    maxSize: maxTroubles,
    isOptional: true,
  })
  return {
    all: () => [...kept.values()],
    get: (kind, profile) => kept.get(keyOf(kind, profile)),
    set: (trouble) => kept.set({ ...trouble, detail: trouble.detail.slice(0, maxDetailChars) }),
    delete: async (kind, profile) => void (await kept.delete(keyOf(kind, profile))),
  }
}

const keyOf = (kind: TroubleKind, profile: string | null) => (profile === null ? kind : `${kind} ${profile}`)

/** Written by us, but a person may have edited it. */
function troubleIn(line: unknown): Trouble | undefined {
  const kind = troubleKinds.find((one) => one === textAt(line, 'kind'))
  const [since, last, count] = [momentAt(line, 'since'), momentAt(line, 'last'), numberAt(line, 'count')]
  if (!kind || !since || !last || count === null) return undefined
  const [profile, detail, notifiedAt] = [textAt(line, 'profile'), textAt(line, 'detail'), momentAt(line, 'notifiedAt')]
  return { kind, profile, since, last, count, detail: detail ?? '', notifiedAt }
}
