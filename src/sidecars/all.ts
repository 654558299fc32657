import path from 'node:path'
import pLimit from 'p-limit'
import { statOf } from '../archive/confined.ts'
import { walkFiles } from '../archive/read-files.ts'
import { pathOfRecord, type RecordPlace, recordPlaces } from '../catalogue/record-places.ts'
import { messageOf } from '../errors.ts'
import { findSidecar, isOurs } from './on-disk.ts'
import { pictureAt } from './pictures.ts'
import type { Sidecars, Tended } from './sidecars.ts'
import type { Written } from './written.ts'

/** What a walk through all pictures tells on its way. */
export interface Walk {
  readonly root: string
  readonly signal?: AbortSignal | undefined
  onProgress?(done: number, all: number): void
  /** A picture that the disk refused; the others follow. */
  onFailed?(record: string, reason: string): void
}

/** Pictures looked at a time; the sidecars themselves limit what is written at a time. */
const atOnce = 16

async function forAll(
  { signal, onProgress = () => {}, onFailed = () => {} }: Omit<Walk, 'root'>,
  places: readonly RecordPlace[],
  work: (place: RecordPlace) => Promise<void>,
): Promise<void> {
  let done = 0
  await pLimit(atOnce).map(places, async (place) => {
    if (signal?.aborted) return
    await work(place).catch((error: unknown) => onFailed(pathOfRecord(place), messageOf(error)))
    done += 1
    onProgress(done, places.length)
  })
}

export type WriteCounts = Record<Tended['outcome'] | 'marked' | 'failed', number>

/** Makes every sidecar of an archive right; those that look as they were noted are not opened. */
export async function writeAll(sidecars: Sidecars, walk: Walk): Promise<WriteCounts> {
  const counts: WriteCounts = { written: 0, kept: 0, edited: 0, left: 0, none: 0, marked: 0, failed: 0 }
  await forAll(counting(walk, counts), await recordPlaces(walk.root), async (place) => {
    const tended = await sidecars.look(place)
    counts[tended?.outcome ?? 'kept'] += 1
    if (tended?.isMarked) counts.marked += 1
  })
  return counts
}

export interface RemoveCounts {
  removed: number
  left: number
  failed: number
}

/** Removes every sidecar whose bytes are ours, also those of records that are gone. */
export async function removeAll(sidecars: Sidecars, walk: Walk): Promise<RemoveCounts> {
  const counts: RemoveCounts = { removed: 0, left: 0, failed: 0 }
  const places = new Map((await recordPlaces(walk.root)).map((place) => [pathOfRecord(place), place]))
  for (const { record } of sidecars.noted()) places.set(record, placeOf(record))
  await forAll(counting(walk, counts), [...places.values()], async (place) => {
    const removed = await sidecars.remove(place)
    if (removed) counts[removed] += 1
  })
  return counts
}

/** The place a record's path names. */
export function placeOf(record: string): RecordPlace {
  const { dir, base } = path.posix.parse(record)
  return { folder: dir.replace(/^database\/?/, ''), name: base }
}

const counting = ({ root: _, onFailed, ...walk }: Walk, counts: { failed: number }): Omit<Walk, 'root'> => ({
  ...walk,
  onFailed(record, reason) {
    counts.failed += 1
    onFailed?.(record, reason)
  },
})

/** How the sidecars of an archive stand. */
export interface SidecarsStatus {
  /** Images that may have one. */
  pictures: number
  /** As we wrote it. */
  written: number
  /** Somebody else wrote to it, or it was never ours. */
  edited: number
  missing: number
  /** Sidecars beside which there is no image. */
  readonly orphaned: readonly string[]
}

/** Looks at every sidecar of an archive; nothing is written. */
export async function statusOf(noted: Iterable<Written>, walk: Walk): Promise<SidecarsStatus> {
  const { root } = walk
  const rows = new Map([...noted].map((row) => [row.record, row]))
  const status = { pictures: 0, written: 0, edited: 0, missing: 0, orphaned: await orphansIn(root) }
  await forAll(walk, await recordPlaces(root), async (place) => {
    const picture = await pictureAt(root, place)
    if (picture?.image === undefined) return
    status.pictures += 1
    const found = await findSidecar(root, picture.image)
    const isOwn = found?.bytes && isOurs(found.bytes, rows.get(pathOfRecord(place)), picture)
    status[!found ? 'missing' : isOwn ? 'written' : 'edited'] += 1
  })
  return status
}

async function orphansIn(root: string): Promise<string[]> {
  const sidecars: string[] = []
  await walkFiles(path.join(root, 'images'), (folder, name) => {
    if (/\.[^.]+\.xmp$/i.test(name)) sidecars.push(['images', folder, name].filter((step) => step !== '').join('/'))
  })
  const isOrphan = async (sidecar: string) =>
    (await statOf(path.join(root, sidecar.slice(0, -'.xmp'.length)))) === undefined
  const flags = await pLimit(atOnce).map(sidecars, isOrphan)
  return sidecars.filter((_, at) => flags[at])
}
