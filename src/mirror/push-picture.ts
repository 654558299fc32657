import { createHash } from 'node:crypto'
import path from 'node:path'
import { readAway } from '../archive/away.ts'
import { readConfined } from '../archive/confined.ts'
import { readMarks } from '../archive/mark-files.ts'
import { type Marks, marksNameFor, noMarks, textOfMarks } from '../archive/marks.ts'
import { fileAt } from '../archive/read-files.ts'
import type { ImageFolders } from '../catalogue/folders.ts'
import { imageOfRecord } from '../catalogue/image-of-record.ts'
import { maxImageBytes, maxRecordBytes, mimeOfName, readRecord } from '../catalogue/record.ts'
import type { ReadRecord } from '../catalogue/record-fields.ts'
import { pathOfRecord, type RecordPlace } from '../catalogue/record-places.ts'
import type { Known } from './known.ts'
import { hashOf, marksKey, originalKey, recordKey } from './layout.ts'
import type { Mirror } from './mirror.ts'
import type { About } from './s3.ts'

/** What of a picture was sent. */
export interface Pushed {
  readonly originals: number
  readonly records: number
  readonly marks: number
  readonly bytes: number
  /** Its original is not here, nor known to be up there. */
  readonly missing: number
}

/**
 * Sends what of a picture is not up there: its original, then its record, then its marks. So a record up there has its
 * original beside it, unless that was lost before.
 *
 * Errors  an Error for a picture whose file is not as its record says; ArchiverErrors of the store.
 */
export async function pushPicture(mirror: Mirror, images: ImageFolders, place: RecordPlace): Promise<Pushed> {
  const { root, known } = mirror
  const text = await readConfined(root, pathOfRecord(place), maxRecordBytes)
  if (!text) return { originals: 0, records: 0, marks: 0, bytes: 0, missing: 0 }
  const record = readRecord(text.toString())
  if (!record) throw new Error('is no record that can be read')
  const key = recordKey({ place, sha256: hashOf(text) })
  const isRecordUp = known.has(key)
  const original = await pushOriginal(mirror, images, place, record, isRecordUp)
  const isRecordSent = !isRecordUp && (await pushRecord(mirror, { key, text, isOld: record.sha256 === null }, original))
  const marks = await pushMarks(mirror, place)
  return {
    originals: original.bytes > 0 ? 1 : 0,
    records: isRecordSent ? 1 : 0,
    marks: marks ? 1 : 0,
    bytes: original.bytes + (isRecordSent ? text.length : 0),
    missing: original.isMissing ? 1 : 0,
  }
}

/**
 * True when it was sent. With a record of the 2023 tool goes what it does not say of its image: where that image is not
 * here, what another machine has said of it stays up there; and as long as it may come, the record is looked at again.
 */
async function pushRecord(
  { store, known }: Mirror,
  { key, text, isOld }: { readonly key: string; readonly text: Buffer; readonly isOld: boolean },
  { about, isMissing }: Original,
): Promise<boolean> {
  const there = isOld && about.sha256 === undefined ? await store.head(key) : undefined
  const { md5 } = there ?? (await store.put(key, text, { type: 'application/json', about }))
  if (!isOld || !isMissing) await known.note(key, md5)
  return !there
}

interface Original {
  /** Bytes sent. */
  readonly bytes: number
  readonly isMissing: boolean
  /** What a record of the 2023 tool does not say of its image. */
  readonly about: About
}

const nothingSent: Original = { bytes: 0, isMissing: false, about: {} }

async function pushOriginal(
  mirror: Mirror,
  images: ImageFolders,
  place: RecordPlace,
  record: ReadRecord,
  isRecordUp: boolean,
): Promise<Original> {
  const { root, store, known } = mirror
  // One that says no hash was read when its record was sent.
  if (record.sha256 === null ? isRecordUp : isSeenUpThere(known, originalKey(record.sha256))) return nothingSent
  const image = record.image ?? (await unnamedImageOf(record, place, images))
  const bytes = image === undefined ? undefined : await readConfined(root, image, maxImageBytes)
  if (!bytes || image === undefined) return absent(mirror, place, record, image)
  const sha256 = hashOf(bytes)
  if (record.sha256 !== null && sha256 !== record.sha256)
    throw new Error(`${image} is not what was archived; "dalle-archiver verify" says more`)
  const about = aboutOf(record, image, { sha256, bytes: bytes.length })
  const key = originalKey(sha256)
  if (isSeenUpThere(known, key)) return { ...nothingSent, about }
  const learned = known.learnedOf(key)
  if (learned && [null, createHash('md5').update(bytes).digest('hex')].includes(learned.md5)) {
    await known.note(key, learned.md5)
    return { ...nothingSent, about }
  }
  const { md5 } = await store.put(key, bytes, { type: mimeOfName(image) ?? 'application/octet-stream' })
  await known.note(key, md5)
  return { bytes: bytes.length, isMissing: false, about }
}

/** The image of a record of the 2023 tool, which does not name it. */
async function unnamedImageOf(record: ReadRecord, { folder }: RecordPlace, images: ImageFolders) {
  const imageFolder = `images/${folder}`
  const name = imageOfRecord(record, await images.namesIn(imageFolder))
  return name && `${imageFolder}/${name}`
}

/** What a listing alone names may be anything: it is compared with the bytes that are here. */
const isSeenUpThere = (known: Known, key: string) => known.has(key) && !known.learnedOf(key)

const aboutOf = (
  { sha256 }: ReadRecord,
  image: string,
  of: { readonly sha256: string; readonly bytes: number },
): About => (sha256 === null ? { image, sha256: of.sha256, bytes: String(of.bytes) } : {})

/** Away is not missing where it is known to be up there, and what the person deleted is not missed. */
async function absent(
  { root, known }: Mirror,
  place: RecordPlace,
  record: ReadRecord,
  image: string | undefined,
): Promise<Original> {
  const away = image === undefined ? undefined : await readAway(root, image)
  if (!away || image === undefined) return { ...nothingSent, isMissing: !(await marksAt(root, place)).imageDeleted }
  return { bytes: 0, isMissing: !known.has(originalKey(away.sha256)), about: aboutOf(record, image, away) }
}

/** The marks beside a record. */
export const marksAt = (root: string, { folder, name }: RecordPlace): Promise<Marks> =>
  readMarks(path.join(root, 'database'), folder, name)

/** When the marks beside a record were written, in milliseconds; undefined where there are none. */
export async function marksWrittenAt(root: string, { folder, name }: RecordPlace): Promise<number | undefined> {
  return (await fileAt(path.join(root, 'database', folder, marksNameFor(name))))?.writtenAt.getTime()
}

/** Marks as they are up there: that an image was deleted is true of one disk only. */
export const marksText = ({ favourite, tags, note, stars, flag }: Marks): Buffer =>
  Buffer.from(textOfMarks({ favourite, tags, note, stars, flag }))

const sha256OfNoMarks = hashOf(marksText(noMarks))

/**
 * Sends the marks of a picture if they are others than those that are known to be up there; none at all is a state,
 * too, once there were some. True when they were sent.
 */
export async function pushMarks({ root, store, known, now }: Mirror, place: RecordPlace): Promise<boolean> {
  const bytes = marksText(await marksAt(root, place))
  const sha256 = hashOf(bytes)
  const before = known.marksOf(place)
  if (sha256 === (before?.sha256 ?? sha256OfNoMarks)) return false
  const writtenAt = (await marksWrittenAt(root, place)) ?? now().getTime()
  // Later than what it replaces, whatever the clock says.
  const key = marksKey({ place, sha256, at: Math.max(writtenAt, (before?.at ?? 0) + 1) })
  const { md5 } = await store.put(key, bytes, { type: 'application/json' })
  await known.note(key, md5)
  return true
}
