// Pure and without Node, so that a static copy stacks its pictures just as the server does.

import { type Entry, promptOf } from './entry.ts'

/** Of one conversation, prompts this far apart are no variants of each other any more. */
const maxApartSeconds = 3_600
/** Prompts differ in one place, and in no more than this share of the longer one. */
const maxDifference = 0.1

/** Pictures of one message come together; so many of a conversation are looked back for others of it. */
const lookedBack = 8

/**
 * Groups the variants of a picture.
 *
 * Shape   a number for each entry, the same for those of one message, and for those whose prompts are nearly the one
 *         before in the same conversation; 0 for one that stands alone. Counted from the oldest, so that a new picture
 *         changes no number of an older one but of its own group.
 * Units   `entries` newest first.
 */
export function stacksOf(entries: readonly Entry[]): Uint32Array {
  const stacks = new Uint32Array(entries.length)
  /** The picture before each in its conversation; -1 for the first. */
  const before = new Int32Array(entries.length).fill(-1)
  const latest = new Map<string, number>()
  let count = 0
  for (let at = entries.length - 1; at >= 0; at--) {
    const conversationId = entries[at]?.conversationId ?? ''
    if (conversationId === '') continue
    before[at] = latest.get(conversationId) ?? -1
    latest.set(conversationId, at)
    const partner = partnerOf(entries, before, at)
    if (partner === -1) continue
    stacks[partner] ||= ++count
    stacks[at] = stacks[partner] ?? 0
  }
  return stacks
}

/** The same for a list that changes: marks, which change most often, leave the stacks as they were. */
export function createStacks(): (entries: readonly Entry[]) => Uint32Array {
  let known: readonly Entry[] = []
  let stacks: Uint32Array = new Uint32Array()
  return (entries) => {
    const isSame = entries.length === known.length && entries.every((entry, at) => isStackedAlike(entry, known[at]))
    if (!isSame) stacks = stacksOf(entries)
    known = entries
    return stacks
  }
}

/** Whether two entries are the same in all that decides about their stack. */
export const isStackedAlike = (entry: Entry, other: Entry | undefined): boolean =>
  entry === other ||
  (entry.date === other?.date &&
    entry.conversationId === other.conversationId &&
    entry.messageId === other.messageId &&
    promptOf(entry) === promptOf(other))

/** The position of the picture that another is stacked with, of those before it in its conversation; -1 for none. */
function partnerOf(entries: readonly Entry[], before: Int32Array, at: number): number {
  const { messageId = '' } = entries[at] ?? {}
  const last = before[at] ?? -1
  for (let one = last, n = 0; one >= 0 && n < lookedBack && messageId !== ''; one = before[one] ?? -1, n++)
    if (entries[one]?.messageId === messageId) return one
  return isVariant(entries[last], entries[at]) ? last : -1
}

const isVariant = (before: Entry | undefined, entry: Entry | undefined) =>
  before !== undefined &&
  entry !== undefined &&
  entry.date - before.date <= maxApartSeconds &&
  isNearly(before.haystack, entry.haystack)

/** Whether two prompts, the first lines of what is searched, are the same but for one short piece. */
function isNearly(one: string, other: string): boolean {
  const [lengthOfOne, lengthOfOther] = [one.indexOf('\n'), other.indexOf('\n')]
  const [most, longer] = [Math.min(lengthOfOne, lengthOfOther), Math.max(lengthOfOne, lengthOfOther)]
  if (most === 0 || longer - most > maxDifference * longer) return false
  let same = 0
  while (same < most && one.charCodeAt(same) === other.charCodeAt(same)) same += 1
  let end = 1
  while (end <= most - same && one.charCodeAt(lengthOfOne - end) === other.charCodeAt(lengthOfOther - end)) end += 1
  return longer - same - (end - 1) <= maxDifference * longer
}
