import { setTimeout as rest } from 'node:timers/promises'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { type Entry, promptOf } from '../catalogue/entry.ts'
import { relatedOf } from '../catalogue/related.ts'
import type { Thumbs } from '../catalogue/thumbs.ts'
import { type Duplicate, duplicatesOf } from './duplicates.ts'
import { createLooks, type Looks } from './looks.ts'
import type { Near } from './near.ts'
import { loadReader, type ReadPixels } from './pixels.ts'
import { createPromptKeeper, type PromptKeeper } from './prompt-keeper.ts'
import { rankedOf, type SimilarPicture, type Tier } from './rank.ts'

/** What there is beside a picture. "Duplicate" and "similar" are two things, and no picture is both. */
export interface Similar {
  /** False as long as pictures are still being looked at, or the list is being read. */
  readonly isReady: boolean
  /** False where the optional package sharp is not installed: nothing is found by look then, and no duplicates. */
  readonly hasLook: boolean
  readonly duplicates: readonly Duplicate[]
  /** In order of rank. */
  readonly similar: readonly SimilarPicture[]
}

/** Finds what is like a picture. */
export interface SimilarFinder {
  /** So many similar ones at most; duplicates are always all. */
  to(entry: Entry, limit: number): Promise<Similar>
  close(): Promise<void>
}

export interface SimilarOptions {
  readonly root: string
  readonly catalogue: Catalogue
  readonly thumbs: Thumbs
  /** How long nothing is done after the list was read. */
  readonly afterMs?: number
  readonly readPixels?: () => Promise<ReadPixels | undefined>
}

/** First a person wants to see pictures. */
const defaultAfterMs = 10_000
/** Near prompts that are asked for, also to put a long conversation in order. */
const nearPrompts = 200
/** As many as an answer holds. */
const nearLooks = 200

/**
 * Begins to find out what pictures are like.
 *
 * Shape   looks are made in the background and stay in `.cache/`; relations and prompts come from the list.
 * Errors  none: what cannot be looked at is similar by its relations and words alone.
 */
export function createSimilarFinder(options: SimilarOptions): SimilarFinder {
  const { catalogue, afterMs = defaultAfterMs } = options
  const closing = new AbortController()
  let begun: Promise<Begun> | undefined
  const begin = () => {
    begun ??= beginWith(options)
    return begun
  }
  const later = catalogue.examined.then(() => rest(afterMs, undefined, { signal: closing.signal, ref: false }))
  later.then(begin).catch(() => {})

  return {
    async to(entry, limit) {
      const { prompts, looks, duplicatesOf } = await begin()
      await looks?.take(entry)
      const duplicates = await duplicatesOf(entry)
      const index = await prompts.current()
      const isDuplicate = new Set(duplicates.map(({ id }) => id))
      const isShown = ({ id }: Entry) =>
        id !== entry.id && !isDuplicate.has(id) && catalogue.get(id)?.isMissing === false
      const near = index?.near(promptOf(entry), nearPrompts) ?? []
      const tiers = tiersOf(catalogue.entries, entry, near, looks)
      const isReady = catalogue.isWhole && index !== undefined && (looks?.isWhole ?? true)
      return { isReady, hasLook: looks !== undefined, duplicates, similar: rankedOf(tiers, isShown, limit) }
    },
    async close() {
      closing.abort()
      const { prompts, looks } = (await begun) ?? {}
      await Promise.all([prompts?.close(), looks?.close()])
    },
  }
}

interface Begun {
  readonly prompts: PromptKeeper
  readonly looks: Looks | undefined
  readonly duplicatesOf: (entry: Entry) => Promise<readonly Duplicate[]>
}

async function beginWith({ root, catalogue, thumbs, readPixels = loadReader }: SimilarOptions): Promise<Begun> {
  const prompts = createPromptKeeper(catalogue)
  const read = await readPixels()
  if (!read) return { prompts, looks: undefined, duplicatesOf: async () => [] }
  const looks = await createLooks({ root, catalogue, thumbs, read })
  return { prompts, looks, duplicatesOf: (entry) => duplicatesOf(entry, looks, thumbs, read) }
}

/** The reasons in their order. */
function tiersOf(entries: readonly Entry[], entry: Entry, prompts: readonly Near[], looks: Looks | undefined): Tier[] {
  const { lineage, conversation } = relatedOf(entries, entry)
  const lookOf = (other: Entry) => looks?.nearness(entry, other) ?? 0
  const wordsOf = new Map(prompts.map((near) => [near.entry.id, near.nearness]))
  // An edit looks like what it was made of, and its words are often those of any other edit.
  const inBoth = (other: Entry) => 0.2 * (wordsOf.get(other.id) ?? 0) + 0.8 * lookOf(other)
  const isNext = (other: Entry) => isSame(other.genId, entry.parentGenId) || isSame(other.parentGenId, entry.genId)
  const isTurn = (other: Entry) => isSame(other.messageId, entry.messageId)
  const valued = (others: readonly Entry[], nearness: (other: Entry) => number): Near[] =>
    others.map((other) => ({ entry: other, nearness: nearness(other) }))
  return [
    {
      why: (other) => (isTurn(other) ? 'turn' : 'lineage'),
      pictures: valued(lineage, (other) => (isNext(other) ? 1 : lookOf(other))),
    },
    { why: () => 'conversation', pictures: valued(conversation, inBoth) },
    // Of pictures with the same words, those that look like it come first.
    {
      why: () => 'prompt',
      pictures: prompts.map((near) => ({ ...near, nearness: 0.9 * near.nearness + 0.1 * lookOf(near.entry) })),
    },
    { why: () => 'look', pictures: looks?.near(entry, nearLooks) ?? [] },
  ]
}

const isSame = (one: string, other: string) => one !== '' && one === other
