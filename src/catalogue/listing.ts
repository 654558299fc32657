import { type Entry, newestFirst } from './entry.ts'
import { isStackedAlike, stacksOf } from './stacks.ts'

/** Bits: 1 favourite · 2 has a seed · 4 the image is missing · 8 it is away, in the mirror. */
export type Flags = number
/** Bits: 1, 2, 4 the number of stars · 8 picked · 16 rejected · 32 tagged "blur". */
export type MarkBits = number

/** All pictures as columns, newest first; position `n` of each is one picture. */
export interface PictureList {
  /** Rises whenever anything in the list changed; positions are those of this revision. */
  readonly revision: number
  /** False as long as older pictures are still being read: `changed` tells when there are more. */
  readonly isWhole: boolean
  readonly total: number
  /** Labels of all profiles, in order of the alphabet. */
  readonly profiles: readonly string[]
  readonly pictures: {
    readonly id: readonly string[]
    /** Unix seconds. */
    readonly date: readonly number[]
    /** Pixels; 0 when unknown. */
    readonly width: readonly number[]
    readonly height: readonly number[]
    readonly flags: readonly Flags[]
    readonly marks: readonly MarkBits[]
    /** Pictures of one group have one number, which says nothing more; 0 for one that stands alone. */
    readonly stack: readonly number[]
  }
}

/** What changed in the list since the revision before. */
export interface Changed {
  readonly revision: number
  /** Ids; both are empty when only marks changed, and when there are more than 500. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /**
   * Only marks changed, and these are the pictures whose numbers in the list are others now: who has the list of the
   * revision before need not get it again. Left out where anything else changed, and when there are more than 500.
   */
  readonly marked?: readonly (readonly [id: string, flags: Flags, marks: MarkBits])[]
}

/** More ids than these are not listed one by one. */
const maxListedIds = 500

/** What of an order of pictures is told: the pictures, and each of them by its id. */
export interface Ordered {
  readonly entries: readonly Entry[]
  readonly byId: ReadonlyMap<string, Entry>
}

/** Newest first, each id once. */
export function ordered(found: readonly Entry[]): Ordered {
  const byId = new Map<string, Entry>()
  for (const entry of [...found].sort(newestFirst)) if (!byId.has(entry.id)) byId.set(entry.id, entry)
  return { entries: [...byId.values()], byId }
}

/** What is another between two lists. */
export function difference(before: Ordered, after: Ordered): Omit<Changed, 'revision'> {
  const marked = markedSince(before.entries, after.entries)
  if (marked) return { added: [], removed: [], ...(marked.length <= maxListedIds && { marked }) }
  const added = [...after.byId.keys()].filter((id) => !before.byId.has(id))
  const removed = [...before.byId.keys()].filter((id) => !after.byId.has(id))
  return added.length + removed.length > maxListedIds ? { added: [], removed: [] } : { added, removed }
}

/** The pictures whose numbers are others now; undefined where more than marks changed. */
function markedSince(before: readonly Entry[], after: readonly Entry[]): Changed['marked'] {
  if (before.length !== after.length) return undefined
  const marked: (readonly [string, Flags, MarkBits])[] = []
  for (const [at, entry] of after.entries()) {
    const last = before[at]
    if (entry === last) continue
    if (!last || !isSameBesideMarks(last, entry)) return undefined
    const [flags, marks] = [flagsOf(entry), markBitsOf(entry)]
    if (flags !== flagsOf(last) || marks !== markBitsOf(last)) marked.push([entry.id, flags, marks])
  }
  return marked
}

const isSameBesideMarks = (one: Entry, other: Entry) =>
  one.id === other.id &&
  one.width === other.width &&
  one.height === other.height &&
  one.profiles.join('\n') === other.profiles.join('\n') &&
  isStackedAlike(one, other)

/** The list as columns, which are a third of the size of objects; `stacks` are computed if they are not given. */
export function listOf(
  entries: readonly Entry[],
  revision: number,
  isWhole: boolean,
  stacks = stacksOf(entries),
): PictureList {
  const column = <T>(of: (entry: Entry) => T): T[] => entries.map(of)
  return {
    revision,
    isWhole,
    total: entries.length,
    profiles: [...new Set(entries.flatMap(({ profiles }) => profiles))].sort(),
    pictures: {
      id: column(({ id }) => id),
      date: column(({ date }) => date),
      width: column(({ width }) => width),
      height: column(({ height }) => height),
      flags: column(flagsOf),
      marks: column(markBitsOf),
      stack: [...stacks],
    },
  }
}

/** Tagged so, a picture is shown only when somebody points at it. */
const blurTag = 'blur'

const markBitsOf = ({ stars, flag, tags }: Entry): MarkBits =>
  stars | (flag === 'picked' ? 8 : 0) | (flag === 'rejected' ? 16 : 0) | (tags.includes(blurTag) ? 32 : 0)

const flagsOf = ({ favourite, hasSeed, isMissing, isAway }: Entry): Flags =>
  (favourite ? 1 : 0) | (hasSeed ? 2 : 0) | (isMissing ? 4 : 0) | (isAway ? 8 : 0)

/** Positions as the bitmap that answers carry: base64, least significant bit first. */
export function bitmapOf(hits: Uint32Array, length: number): string {
  const bits = Buffer.alloc(Math.ceil(length / 8))
  for (const at of hits) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7))
  return bits.toString('base64')
}
