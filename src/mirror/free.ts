import { createHash } from 'node:crypto'
import path from 'node:path'
import { readAway, removeAway, writeAway } from '../archive/away.ts'
import { confined, readConfined } from '../archive/confined.ts'
import { remove } from '../archive/files.ts'
import { identityOf } from '../archive/read-files.ts'
import { maxImageBytes, maxRecordBytes, readRecord } from '../catalogue/record.ts'
import { pathOfRecord, recordPlaces } from '../catalogue/record-places.ts'
import { inLanes } from './lanes.ts'
import { hashOf, originalKey } from './layout.ts'
import type { Mirror } from './mirror.ts'
import { fetchOriginal } from './originals.ts'

/** What freeing came to, and how far it is. */
export interface FreeCounts {
  /** Originals here that are old enough. */
  originals: number
  looked: number
  freed: number
  bytes: number
  /** Not up there, or not what was archived. */
  stayed: number
}

export interface FreeOptions {
  readonly mirror: Mirror
  /** Originals of pictures that were made later stay. */
  readonly before: Date
  /** Looks at everything, and frees nothing. */
  readonly isDryRun?: boolean
  readonly signal?: AbortSignal | undefined
  onProgress?(counts: FreeCounts): void
  /** An original stays here, and why. */
  onStays?(image: string, reason: string): void
}

const lanes = 4

interface Candidate {
  readonly image: string
  readonly sha256: string
}

/**
 * Lets originals leave this disk that the mirror has, by the checksum that it says it keeps at this moment.
 *
 * Shape   first the file that stands for it, then the original goes: stopped anywhere, one of the two is there. What
 *         records of the 2023 tool tell of stays, for they say no hash.
 * Errors  ArchiverErrors of store and disk; why an original stays is reported, and the others follow.
 */
export async function free(options: FreeOptions): Promise<FreeCounts> {
  const { mirror, before, signal, onProgress = () => {}, onStays = () => {} } = options
  const candidates = await candidatesIn(mirror.root, before)
  const counts = { originals: candidates.length, looked: 0, freed: 0, bytes: 0, stayed: 0 }
  const onFailed = ({ image }: Candidate, reason: string) => {
    counts.stayed += 1
    onStays(image, reason)
  }
  await inLanes(candidates, { lanes, signal, onFailed }, async (candidate) => {
    counts.looked += 1
    const bytes = await freeOne(options, candidate)
    counts.bytes += bytes
    counts.freed += 1
    onProgress(counts)
  })
  return counts
}

/** Originals here that records name with their hash, and of which no record is too young. */
async function candidatesIn(root: string, before: Date): Promise<Candidate[]> {
  const found = new Map<string, Candidate & { readonly isOld: boolean }>()
  for (const place of await recordPlaces(root)) {
    const record = readRecord((await readConfined(root, pathOfRecord(place), maxRecordBytes))?.toString() ?? '')
    if (!record?.image || !record.sha256) continue
    const { image, sha256, date } = record
    const isOld = date * 1000 < before.getTime() && (found.get(image)?.isOld ?? true)
    found.set(image, { image, sha256, isOld })
  }
  const candidates: Candidate[] = []
  for (const { isOld, ...candidate } of found.values())
    if (isOld && (await confined(root, candidate.image))) candidates.push(candidate)
  return candidates
}

/** How many bytes left. Errors: an Error that says why it stays. */
async function freeOne({ mirror, isDryRun }: FreeOptions, { image, sha256 }: Candidate): Promise<number> {
  const { root } = mirror
  const target = path.join(root, image)
  const identity = await identityOf(target)
  const bytes = await readConfined(root, image, maxImageBytes)
  if (!bytes) throw new Error('it cannot be read')
  if (hashOf(bytes) !== sha256) throw new Error('its bytes are not those that were archived')
  if (!(await isUpThere(mirror, sha256, bytes)))
    throw new Error('the mirror does not have it (dalle-archiver mirror push)')
  if (isDryRun) return bytes.length
  await letBeAway(mirror, { image, sha256 }, bytes.length, identity)
  return bytes.length
}

/** Errors: an Error when what stands for it has no place, or the original is no longer the one that was looked at. */
async function letBeAway({ root, name }: Mirror, { image, sha256 }: Candidate, bytes: number, identity?: string) {
  const target = path.join(root, image)
  const written = await writeAway(target, { sha256, bytes, mirror: name })
  if (written === 'taken' && (await readAway(root, image))?.sha256 !== sha256)
    throw new Error('another file is in the place of what would stand for it')
  if (identity !== undefined && (await identityOf(target)) === identity) return remove(target)
  // The store may have taken minutes to answer.
  if (written === 'written') await removeAway(root, image)
  throw new Error('it was changed meanwhile')
}

/** By the checksum that the store keeps; where it keeps none, by reading the bytes. */
async function isUpThere({ store }: Mirror, sha256: string, bytes: Buffer): Promise<boolean> {
  const found = await store.head(originalKey(sha256))
  if (!found || found.lengthBytes !== bytes.length) return false
  if (found.md5 !== null) return found.md5 === createHash('md5').update(bytes).digest('hex')
  return (await fetchOriginal(store, sha256)).equals(bytes)
}
