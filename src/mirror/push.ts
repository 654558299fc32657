import { createImageFolders } from '../catalogue/folders.ts'
import { pathOfRecord, type RecordPlace, recordPlaces } from '../catalogue/record-places.ts'
import { pushCollections } from './collections.ts'
import { inLanes } from './lanes.ts'
import { noteLast } from './last.ts'
import type { Mirror } from './mirror.ts'
import { learnOriginals } from './originals.ts'
import { type Pushed, pushPicture } from './push-picture.ts'

/** What a push came to, and how far it is. */
export interface PushCounts {
  readonly pictures: number
  /** Of these pictures so many were looked at. */
  looked: number
  originals: number
  records: number
  marks: number
  collections: number
  bytes: number
  missing: number
  failed: number
}

export interface PushOptions {
  readonly mirror: Mirror
  readonly signal?: AbortSignal | undefined
  /** Pictures sent at a time. */
  readonly lanes?: number
  onProgress?(counts: PushCounts): void
  /** The file of a record or of a collection. */
  onFailed?(file: string, reason: string): void
}

const manyLanes = 8

/**
 * Sends everything that is not up there; what is, says the journal. A run that was stopped is gone on with.
 *
 * Errors  ArchiverErrors of store and disk; what is wrong with one picture or collection is reported, and the others
 *         follow.
 */
export async function push(options: PushOptions): Promise<PushCounts> {
  const { mirror, signal, lanes = manyLanes, onProgress = () => {} } = options
  // The first time, another machine may have sent originals that are here as well.
  if (mirror.known.size === 0) await learnOriginals(mirror)
  const places = await recordPlaces(mirror.root)
  const images = createImageFolders(mirror.root)
  const counts = {
    pictures: places.length,
    looked: 0,
    originals: 0,
    records: 0,
    marks: 0,
    collections: 0,
    bytes: 0,
    missing: 0,
    failed: 0,
  }
  const onFailed = (file: string, reason: string) => {
    counts.failed += 1
    options.onFailed?.(file, reason)
  }
  const onPlaceFailed = (place: RecordPlace, reason: string) => onFailed(pathOfRecord(place), reason)
  await inLanes(places, { lanes, signal, onFailed: onPlaceFailed }, async (place) => {
    counts.looked += 1
    add(counts, await pushPicture(mirror, images, place))
    onProgress(counts)
  })
  counts.collections = await pushCollections(mirror, { lanes, signal, onFailed })
  await noteLast(mirror, { failed: counts.failed })
  return counts
}

function add(counts: PushCounts, pushed: Pushed): void {
  for (const key of ['originals', 'records', 'marks', 'bytes', 'missing'] as const) counts[key] += pushed[key]
}
