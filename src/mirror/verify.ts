import { readConfined } from '../archive/confined.ts'
import { maxRecordBytes, readRecord } from '../catalogue/record.ts'
import { pathOfRecord, recordPlaces } from '../catalogue/record-places.ts'
import { inLanes } from './lanes.ts'
import {
  beginnings,
  collectionOfKey,
  hashOf,
  marksOfKey,
  originalKey,
  recordKey,
  sha256OfKey,
  stateOfKey,
} from './layout.ts'
import type { Listed } from './listing.ts'
import type { Mirror } from './mirror.ts'

/** What the mirror turned out to be, and how far the look is. */
export interface MirrorVerification {
  /** Objects of ours up there. */
  objects: number
  bytes: number
  /** Whose checksum is that of the bytes that were sent. */
  byChecksum: number
  /** Of these objects so many are to be read, and were. */
  wanted: number
  read: number
  /** Other bytes than were sent. */
  damaged: number
  /** Sent, and no longer there. */
  gone: number
  /** Originals that records here name and that were never sent. */
  unsent: number
}

export interface VerifyMirrorOptions {
  readonly mirror: Mirror
  /** Reads so much of it, 0 to 1, chosen at random. */
  readonly sample: number
  readonly signal?: AbortSignal | undefined
  onProgress?(found: MirrorVerification): void
  onDamage?(key: string, what: 'damaged' | 'gone'): void
}

const lanes = 8
/** Fewer say nothing. */
const leastRead = 20

/**
 * Looks whether the mirror still has what it should: each object by the checksum that the store keeps, and some by
 * reading them. What is damaged or gone is forgotten, so that the next push sends it again. A listing may be behind:
 * what it leaves out is asked for.
 *
 * Errors  ArchiverErrors of the store.
 */
export async function verifyMirror(options: VerifyMirrorOptions): Promise<MirrorVerification> {
  const { mirror, onProgress = () => {}, onDamage = () => {} } = options
  const { known } = mirror
  const found: MirrorVerification = {
    ...{ objects: 0, bytes: 0, byChecksum: 0, wanted: 0, read: 0, damaged: 0, gone: 0, unsent: 0 },
  }
  let lostOriginals = 0
  const lose = async (key: string, what: 'damaged' | 'gone') => {
    found[what] += 1
    if (sha256OfKey(key) !== undefined) lostOriginals += 1
    onDamage(key, what)
    await known.forget(key)
  }
  const listed = await listAll(options, found, onProgress)
  const unread: Listed[] = []
  for (const object of listed.values()) {
    const sent = known.md5Of(object.key)
    if (sent === null || object.md5 === null) unread.push(object)
    else if (sent !== object.md5) await lose(object.key, 'damaged')
    else {
      found.byChecksum += 1
      unread.push(object)
    }
  }
  for (const key of [...known.keys()]) if (!listed.has(key)) await lose(key, 'gone')
  const chosen = chosenOf(unread, options.sample)
  found.wanted = chosen.length
  await inLanes(chosen, { lanes, signal: options.signal }, async ({ key }) => {
    const isWhole = await isAsItsKeySays(mirror, key)
    found.read += 1
    if (!isWhole) await lose(key, 'damaged')
    onProgress(found)
  })
  found.unsent = await countUnsent(mirror, listed)
  if (lostOriginals > 0) await forgetOldRecords(mirror)
  return found
}

async function listAll(
  { mirror: { store, known }, signal }: VerifyMirrorOptions,
  found: MirrorVerification,
  onProgress: (found: MirrorVerification) => void,
): Promise<ReadonlyMap<string, Listed>> {
  const listed = new Map<string, Listed>()
  const note = (object: Listed) => {
    listed.set(object.key, object)
    found.objects += 1
    found.bytes += object.lengthBytes
    onProgress(found)
  }
  for (const beginning of Object.values(beginnings))
    for await (const object of store.list(beginning)) if (sha256InKey(object.key) !== undefined) note(object)
  const left = [...known.keys()].filter((key) => !listed.has(key))
  await inLanes(left, { lanes, signal }, async (key) => {
    const there = await store.head(key)
    if (there) note({ key, ...there })
  })
  return listed
}

/** What the bytes under a key of ours must hash to. */
const sha256InKey = (key: string) =>
  sha256OfKey(key) ?? [stateOfKey, marksOfKey, collectionOfKey].map((read) => read(key)?.sha256).find(Boolean)

async function isAsItsKeySays({ store }: Mirror, key: string): Promise<boolean> {
  // What came out different on its way comes right the next time.
  for (let tries = 0; tries < 2; tries++) {
    const found = await store.get(key)
    if (found && hashOf(found.bytes) === sha256InKey(key)) return true
  }
  return false
}

function chosenOf(objects: Listed[], share: number): Listed[] {
  const count = Math.min(objects.length, Math.max(leastRead, Math.ceil(objects.length * share)))
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(Math.random() * (objects.length - at))
    const [one, two] = [objects[at], objects[other]]
    if (one && two) [objects[at], objects[other]] = [two, one]
  }
  return objects.slice(0, count)
}

/** Originals that records here name with their hash, and that are not up there. */
async function countUnsent({ root }: Mirror, listed: ReadonlyMap<string, Listed>): Promise<number> {
  const unsent = new Set<string>()
  for (const place of await recordPlaces(root)) {
    const record = readRecord((await readConfined(root, pathOfRecord(place), maxRecordBytes))?.toString() ?? '')
    if (record?.sha256 && !listed.has(originalKey(record.sha256))) unsent.add(record.sha256)
  }
  return unsent.size
}

/** Records of the 2023 tool do not say which original is theirs: the next push reads the images of all of them. */
async function forgetOldRecords({ root, known }: Mirror): Promise<void> {
  for (const place of await recordPlaces(root)) {
    const text = await readConfined(root, pathOfRecord(place), maxRecordBytes)
    if (text && readRecord(text.toString())?.sha256 === null)
      await known.forget(recordKey({ place, sha256: hashOf(text) }))
  }
}
