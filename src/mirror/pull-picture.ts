import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { bareIdInRecordName } from '../archive/names.ts'
import { completeRecord, factsOfRecord, type PictureRecord } from '../archive/records.ts'
import { imagePlace, maxRecordBytes, mimeOfName, readRecord } from '../catalogue/record.ts'
import { parseJson } from '../decode/json.ts'
import { messageOf } from '../errors.ts'
import type { PictureStore } from '../intake/picture-store.ts'
import { type DatedFacts, mergeFacts } from '../sites/facts.ts'
import { type FileId, fileIdOfBare } from '../sites/ids.ts'
import { isOfOne } from './lanes.ts'
import type { State } from './layout.ts'
import { hashOf, isPlainPlace } from './layout.ts'
import type { Mirror } from './mirror.ts'
import { contentAway } from './originals.ts'
import type { About } from './s3.ts'

/** A state of a record that is not known here. */
export interface NewState extends State {
  readonly key: string
  readonly md5: string | null
}

/** What became of a picture; "waiting" for its original, which is not up there. */
export type Pulled = 'added' | 'completed' | 'known' | 'waiting'

export interface PullPictureOptions {
  readonly archive: Archive
  readonly mirror: Mirror
  readonly store: PictureStore
  /** Whether an original is up there. */
  hasOriginal(sha256: string): boolean
  /** A state is not what its key says; the others of its picture are taken over. */
  onFlaw(state: NewState, reason: string): void
}

interface Read {
  readonly state: NewState
  readonly text: Buffer
  readonly about: About
  /** Undefined for a record of the 2023 tool. */
  readonly own: { readonly facts: DatedFacts; readonly record: PictureRecord } | undefined
}

/**
 * Takes over what one or several machines have said of a picture.
 *
 * Errors  an Error for what is wrong with all of it; ArchiverErrors of store and disk.
 */
export async function pullPicture(options: PullPictureOptions, states: readonly NewState[]): Promise<Pulled> {
  const { mirror, onFlaw } = options
  const read: Read[] = []
  for (const state of states) {
    try {
      read.push(await readState(mirror, state))
    } catch (error) {
      if (!isOfOne(error)) throw error
      onFlaw(state, messageOf(error))
    }
  }
  if (read.length === 0) return 'known'
  const own = read.flatMap((one) => (one.own ? { ...one, own: one.own } : []))
  const pulled = own.length > 0 ? await takeOver(options, own) : await takeOld(options, read)
  if (pulled !== 'waiting') for (const { state } of read) await mirror.known.note(state.key, state.md5)
  return pulled
}

async function readState({ store }: Mirror, state: NewState): Promise<Read> {
  const found = await store.get(state.key, maxRecordBytes)
  if (!found) throw new Error('it is gone from the mirror')
  if (hashOf(found.bytes) !== state.sha256) throw new Error('the mirror has other bytes in its place')
  const json = parseJson(found.bytes.toString())
  const fileId = fileIdIn(state, found.bytes)
  // The record as it is written, with its fields in their order and those that we do not know.
  const checked = factsOfRecord(json, fileId)
  const own = checked && { facts: checked.facts, record: json as PictureRecord }
  if (own && !isPlainImage(own.record.image)) throw new Error('its image is in no place of an archive')
  return { state, text: found.bytes, about: found.about, own }
}

const isPlainImage = (image: string) => imagePlace(image) !== null && isPlainPlace(image)

/** The id that the record tells must be the one in its name. */
function fileIdIn({ place }: NewState, text: Buffer): FileId {
  const record = readRecord(text.toString())
  const id = bareIdInRecordName(place.name) ?? ''
  const fileId = fileIdOfBare(id)
  if (!record || record.id !== id || fileId === null) throw new Error('is no record of this name')
  return fileId
}

type Own = Read & { readonly own: NonNullable<Read['own']> }

const momentOf = ({ own: { record } }: Own) => record.updatedAt ?? record.archivedAt

/** One that was proven comes before one that was guessed, and then the last one. */
const isBetter = (one: Own, than: Own): boolean => {
  const isProven = ({ own }: Own) => own.record.source.match !== 'probable'
  return isProven(one) === isProven(than) ? momentOf(one) > momentOf(than) : isProven(one)
}

async function takeOver(
  { archive, mirror, store, hasOriginal }: PullPictureOptions,
  read: readonly Own[],
): Promise<Pulled> {
  const facts = await mergedFacts(archive, read)
  const [first, ...others] = read.filter(({ own }) => hasOriginal(own.record.sha256))
  // What is said of it is true all the same; but nothing here gives way to bytes that nobody has.
  if (!first && archive.has(facts.fileId)) await store.complete(facts)
  if (!first) return 'waiting'
  const best = others.reduce((best, one) => (isBetter(one, best) ? one : best), first)
  const { record } = best.own
  const merged = completeRecord(record, facts, mirror.now()) ?? record
  const verdict = await store.add({
    facts,
    content: contentAway(record, mirror.name),
    source: record.source,
    as: { record: merged, place: placeBelowDatabase(best) },
  })
  if (verdict.kind === 'stored') return verdict.was === 'new' ? 'added' : 'completed'
  return verdict.kind === 'known' && verdict.isCompleted ? 'completed' : 'known'
}

/** What all say together, with what is known here, in the order in which it was written. */
async function mergedFacts(archive: Archive, read: readonly Own[]): Promise<DatedFacts> {
  const all = read.map((one) => ({ at: momentOf(one), facts: one.own.facts }))
  const [first] = all
  const here = first && (await archive.readRecord(first.facts.fileId))
  const known = here && factsOfRecord(here, first.facts.fileId)
  if (known) all.push({ at: here.updatedAt ?? here.archivedAt, facts: known.facts })
  const inOrder = all.toSorted((a, b) => (a.at < b.at ? -1 : 1)).map(({ facts }) => facts)
  const merged = inOrder.reduce((before, facts) => mergeFacts(before, facts))
  // The channel says which of two titles is newer: that of the last one. What waits here for its image is known, too.
  const last = { ...merged, channel: inOrder.at(-1)?.channel ?? merged.channel }
  return mergeFacts(archive.pending.facts(merged.fileId), last)
}

const placeBelowDatabase = ({ state: { place } }: Read) => path.posix.join(place.folder, place.name)

/** A record of the 2023 tool is taken over as it is where there is none; nothing is ever added to it. */
async function takeOld({ archive, mirror, hasOriginal }: PullPictureOptions, read: readonly Read[]): Promise<Pulled> {
  const id = fileIdOfBare(bareIdInRecordName(read[0]?.state.place.name ?? '') ?? '')
  if (!id || archive.has(id)) return 'known'
  const isUpThere = (one: Read) => hasOriginal(oldImageIn(one)?.sha256 ?? '')
  const one = read.find(isUpThere)
  const old = one && oldImageIn(one)
  if (!old) return 'waiting'
  const { image } = old
  const content = contentAway({ ...old, width: null, height: null }, mirror.name)
  const target = path.join(archive.root, image)
  await archive.ready(path.posix.dirname(image))
  if ((await content.put(target)) === 'taken' && !(await content.isAt(target)))
    throw new Error('another file is in the place of its image')
  await archive.addOldRecord(id, one.text, placeBelowDatabase(one))
  return 'added'
}

/** What was sent with a record of the 2023 tool; undefined where it is not enough to find its image. */
function oldImageIn({ about }: Read) {
  const { sha256, bytes: length } = about
  const [image = '', bytes] = [about.image, Number(length)]
  const mime = mimeOfName(image)
  if (!isPlainImage(image) || !mime || sha256 === undefined || !Number.isSafeInteger(bytes) || bytes < 1)
    return undefined
  return { image, sha256, bytes, mime: mime as PictureRecord['mime'] }
}
