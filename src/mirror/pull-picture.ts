import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { writeNew } from '../archive/files.ts'
import { bareIdInRecordName } from '../archive/names.ts'
import { completeRecord, factsOfRecord, type PictureRecord } from '../archive/records.ts'
import { imagePlace, mimeOfName, readRecord } from '../catalogue/record.ts'
import { pathOfRecord } from '../catalogue/record-places.ts'
import { parseJson } from '../decode/json.ts'
import type { PictureStore } from '../intake/picture-store.ts'
import { type DatedFacts, mergeFacts } from '../sites/facts.ts'
import { type FileId, fileIdOfBare } from '../sites/ids.ts'
import type { State } from './layout.ts'
import { hashOf } from './layout.ts'
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
 * Errors  an Error for a state that is not what its key says.
 */
export async function pullPicture(options: PullPictureOptions, states: readonly NewState[]): Promise<Pulled> {
  const { mirror } = options
  const read: Read[] = []
  for (const state of states) read.push(await readState(mirror, state))
  const own = read.flatMap((one) => (one.own ? { ...one, own: one.own } : []))
  const pulled = own.length > 0 ? await takeOver(options, own) : await takeOld(options, read)
  if (pulled !== 'waiting') for (const { key, md5 } of states) await mirror.known.note(key, md5)
  return pulled
}

async function readState({ store }: Mirror, state: NewState): Promise<Read> {
  const found = await store.get(state.key)
  if (!found) throw new Error('it is gone from the mirror')
  if (hashOf(found.bytes) !== state.sha256) throw new Error('the mirror has other bytes in its place')
  const json = parseJson(found.bytes.toString())
  const fileId = fileIdIn(state, found.bytes)
  // The record as it is written, with its fields in their order and those that we do not know.
  const checked = factsOfRecord(json, fileId)
  const own = checked && { facts: checked.facts, record: json as PictureRecord }
  if (own && imagePlace(own.record.image) === null) throw new Error('its image is in no place of an archive')
  return { state, text: found.bytes, about: found.about, own }
}

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
  const best = read.reduce((best, one) => (isBetter(one, best) ? one : best))
  const { record } = best.own
  const facts = await mergedFacts(archive, read)
  if (!archive.has(facts.fileId) && !hasOriginal(record.sha256)) return 'waiting'
  const merged = completeRecord(record, facts, mirror.now()) ?? record
  const verdict = await store.add({
    facts,
    content: contentAway(record, mirror.name),
    source: record.source,
    as: { record: merged, place: pathOfRecord(best.state.place).slice('database/'.length) },
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

/** A record of the 2023 tool is taken over as it is where there is none; nothing is ever added to it. */
async function takeOld({ archive, mirror, hasOriginal }: PullPictureOptions, read: readonly Read[]): Promise<Pulled> {
  const [one] = read
  const id = one && fileIdOfBare(bareIdInRecordName(one.state.place.name) ?? '')
  if (!one || !id || archive.has(id)) return 'known'
  const image = imagePlace(one.about.image ?? null)
  const mime = image === null ? undefined : mimeOfName(image)
  const { sha256 = '', bytes } = one.about
  if (image === null || !mime || !hasOriginal(sha256)) return 'waiting'
  const content = contentAway(
    { sha256, bytes: Number(bytes), mime: mime as PictureRecord['mime'], width: null, height: null },
    mirror.name,
  )
  const target = path.join(archive.root, image)
  await archive.ready(path.posix.dirname(image))
  if ((await content.put(target)) === 'taken' && !(await content.isAt(target)))
    throw new Error('another file is in the place of its image')
  const record = pathOfRecord(one.state.place)
  await archive.ready(path.posix.dirname(record))
  await writeNew(path.join(archive.root, record), one.text)
  return 'added'
}
