import { conversationOf, type Entry } from './entry.ts'

/** What pictures share: how it is searched, how many have it, and the newest of them. */
export interface SharedName {
  readonly folded: string
  readonly count: number
  readonly newest: Entry
}

/** The tags and the titles of conversations of a list, the most frequent first. */
export interface Names {
  readonly tags: readonly SharedName[]
  readonly conversations: readonly SharedName[]
}

const known = new WeakMap<readonly Entry[], Names>()

/** Collects them, once for each list. */
export function namesOf(entries: readonly Entry[]): Names {
  let names = known.get(entries)
  if (!names) {
    names = {
      tags: sharedIn(entries, ({ tags }) => tags),
      conversations: sharedIn(entries, (entry) => [conversationOf(entry)]),
    }
    known.set(entries, names)
  }
  return names
}

function sharedIn(entries: readonly Entry[], textsOf: (entry: Entry) => readonly string[]): SharedName[] {
  const found = new Map<string, { folded: string; count: number; newest: Entry }>()
  for (const entry of entries) {
    for (const folded of textsOf(entry)) {
      const one = found.get(folded)
      if (one) one.count += 1
      else if (folded !== '') found.set(folded, { folded, count: 1, newest: entry })
    }
  }
  return [...found.values()].sort((one, other) => other.count - one.count)
}

/** A tag as its owner wrote it. */
export const tagNameOf = ({ folded, newest }: SharedName): string =>
  newest.tagNames[newest.tags.indexOf(folded)] ?? folded
