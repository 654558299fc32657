import path from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { statAtOnce } from '../archive/confined.ts'
import { createTurns } from '../archive/read-files.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Entry } from '../catalogue/entry.ts'
import { imageOf } from '../catalogue/pictures.ts'
import type { Thumbs } from '../catalogue/thumbs.ts'
import { type LookPlace, lookNearness, lookOf, lookSide, twinness } from './look.ts'
import { bestOf, type Near } from './near.ts'
import type { ReadPixels } from './pixels.ts'
import { keyFor, openRows } from './rows.ts'

/** What every picture looks like, found out in the background. */
export interface Looks {
  /** Every picture of the list as it stands was looked at, or cannot be. */
  readonly isWhole: boolean
  /** Looks at one picture now. */
  take(entry: Entry): Promise<void>
  /** How near two pictures look, 0 to 1; 0 also where one of them was not looked at. */
  nearness(left: Entry, right: Entry): number
  /** Pictures that look near to this one, the nearest first. */
  near(entry: Entry, count: number): readonly Near[]
  /** Pictures whose hashes and shape could be those of the same picture, the nearest first. */
  twins(entry: Entry, count: number): readonly Entry[]
  close(): Promise<void>
}

export interface LooksOptions {
  readonly root: string
  readonly catalogue: Catalogue
  readonly thumbs: Thumbs
  readonly read: ReadPixels
}

/** After a picture was looked at, rest for so many times as long as that took. */
const restFactor = 2
/** Looks that are written together. */
const perSave = 256

/**
 * Follows the list and looks at each picture once: through its thumbnail, which is made for that where there is none.
 *
 * Errors  none: a picture without a thumbnail has no look, and is tried again in the next run.
 */
export async function createLooks({ root, catalogue, thumbs, read }: LooksOptions): Promise<Looks> {
  const rows = await openRows(root)
  const closing = new AbortController()
  const { signal } = closing
  const known = new Map<string, Known>()
  let unsaved = 0
  let seen = -1

  /** True when the picture had to be looked at. */
  const take = async (entry: Entry): Promise<boolean> => {
    const key = keyOf(root, entry)
    const found = key === undefined ? undefined : rows.find(key)
    const row = found ?? (key === undefined ? undefined : await lookAt(entry, key))
    if (!signal.aborted) known.set(entry.id, { entry, row })
    return key !== undefined && found === undefined
  }

  const lookAt = async (entry: Entry, key: string): Promise<number | undefined> => {
    const thumb = await thumbs.get(entry, 240, signal)
    const pixels = thumb && (await read(thumb.bytes, lookSide).catch(() => undefined))
    if (!pixels) return undefined
    if (++unsaved % perSave === 0) await rows.save()
    return rows.add(key, lookOf(pixels))
  }

  const isKnown = (entry: Entry) => {
    const before = known.get(entry.id)
    return before !== undefined && isUnchanged(before.entry, entry)
  }

  const walk = async () => {
    const { revision, entries } = catalogue
    const turn = createTurns()
    for (const entry of entries.filter((one) => !isKnown(one))) {
      const began = performance.now()
      const isNew = await take(entry)
      await turn()
      if (signal.aborted) return
      if (isNew) await rest(restFactor * (performance.now() - began), undefined, { signal })
    }
    for (const id of known.keys()) if (!catalogue.get(id)) known.delete(id)
    await rows.save()
    await rows.tidy(new Set([...known.values()].flatMap(({ row }) => row ?? [])))
    seen = revision
  }

  let walking: Promise<void> | undefined
  /** One walk at a time; what changes meanwhile is the next one's. */
  const follow = () => {
    if (!catalogue.isWhole || signal.aborted || seen === catalogue.revision) return
    walking ??= walk()
      .catch(() => {
        // Whatever it was is tried again when the list changes, not at once.
        seen = catalogue.revision
      })
      .finally(() => {
        walking = undefined
        follow()
      })
  }
  const forget = catalogue.onRevision(follow)
  follow()

  const rowOf = ({ id }: Entry) => known.get(id)?.row
  /** The best of all others, by a value of two looks. */
  const best = (entry: Entry, count: number, worthOf: (own: LookPlace, other: LookPlace) => number): Near[] => {
    const one = known.get(entry.id)
    if (one?.row === undefined) return []
    const own = rows.look(one.row)
    const place = { bytes: own.bytes, at: own.at }
    const others = bestOf(known.values(), count, (other) =>
      other.row === undefined || other === one ? 0 : worthOf(own, rows.look(other.row, place)),
    )
    return others.map(({ one, value }) => ({ entry: one.entry, nearness: value }))
  }

  return {
    get isWhole() {
      return seen === catalogue.revision
    },
    async take(entry) {
      if (!isKnown(entry)) await take(entry)
    },
    nearness(left, right) {
      const [one, other] = [rowOf(left), rowOf(right)]
      return one === undefined || other === undefined ? 0 : lookNearness(rows.look(one), rows.look(other))
    },
    near: (entry, count) => best(entry, count, lookNearness),
    twins: (entry, count) => best(entry, count, twinness).map((near) => near.entry),
    async close() {
      closing.abort()
      forget()
      await walking
      await rows.save()
    },
  }
}

interface Known {
  readonly entry: Entry
  readonly row: number | undefined
}

/** What of a record decides which image is shown; marks do not. */
const isUnchanged = (before: Entry, after: Entry) =>
  before === after ||
  (before.modifiedMs === after.modifiedMs &&
    before.sizeBytes === after.sizeBytes &&
    before.isMissing === after.isMissing &&
    imageOf(before) === imageOf(after))

/** What tells an image from any other, and from what it was before it was written last; undefined without an image. */
function keyOf(root: string, entry: Entry): string | undefined {
  const image = entry.isMissing ? undefined : imageOf(entry)
  const found = image === undefined ? undefined : statAtOnce(path.join(root, image))
  return image !== undefined && found?.isFile() ? keyFor(image, found) : undefined
}
