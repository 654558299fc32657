import pLimit from 'p-limit'
import { confined } from '../archive/confined.ts'
import type { Origin } from '../archive/origins.ts'
import { createTurns, sha256Of } from '../archive/read-files.ts'
import type { PictureRecord } from '../archive/records.ts'
import { bareId, type FileId, firstSite, reviveFileId } from '../sites/ids.ts'
import { createImageFolders, type ImageFolders } from './folders.ts'
import { imageOfRecord } from './image-of-record.ts'
import type { ReadRecord } from './record-fields.ts'
import { type RecordPlace, recordAt, recordPlaces } from './record-places.ts'

/** What of an archived picture tells whether another is the same. */
export interface ArchivedPicture {
  readonly fileId: FileId
  readonly genId: string | null
  readonly sha256: string
  readonly image: string
  readonly origin: Origin
  /** How sure the import was that took these bytes for this file; undefined for what came in live. */
  readonly match: 'exact' | 'probable' | undefined
  /** The path of the file in the export it came from. */
  readonly entry: string | null
}

/** All archived pictures by whatever another may share with them. */
export interface ArchivedPictures {
  byFileId(fileId: FileId): ArchivedPicture | undefined
  byGenId(genId: string): ArchivedPicture | undefined
  bySha256(sha256: string): readonly ArchivedPicture[]
  note(picture: ArchivedPicture): void
  /** Every content that is archived as a picture. */
  hashes(): Iterable<string>
  /** Takes it back that these bytes are that file; true when no other picture uses the image. */
  withdraw(picture: ArchivedPicture): boolean
}

/** Images of records without a hash that are read at a time. */
const atOnce = 16

/**
 * Reads every record of an archive; the archive need not be opened, and nothing is written.
 *
 * Shape   the image of a record of the 2023 tool, which says neither image nor hash, is found by its name, and read for
 *         its hash. Records whose image is not found are passed over.
 */
export async function readArchivedPictures(root: string): Promise<ArchivedPictures> {
  const pictures = createArchivedPictures()
  const images = createImageFolders(root)
  const turn = createTurns()
  const read = await pLimit(atOnce).map(await recordPlaces(root), async (place) => {
    await turn()
    return pictureAt(root, images, place)
  })
  for (const picture of read) if (picture) pictures.note(picture)
  return pictures
}

async function pictureAt(root: string, images: ImageFolders, place: RecordPlace): Promise<ArchivedPicture | undefined> {
  const record = recordAt(root, place)
  const fileId = record && fileIdOf(record)
  if (!record || !fileId) return undefined
  const { gen_id: genId, source } = record
  const about = { fileId, genId, origin: source.origin, match: source.match ?? undefined, entry: source.entry }
  const image = record.image ?? (await unnamedImageOf(record, place.folder, images))
  const sha256 = image && ((record.image && record.sha256) ?? (await hashAt(root, image)))
  return image && sha256 ? { ...about, image, sha256 } : undefined
}

async function hashAt(root: string, image: string): Promise<string | undefined> {
  const place = await confined(root, image)
  return place && sha256Of(place)
}

async function unnamedImageOf(record: ReadRecord, folder: string, images: ImageFolders): Promise<string | undefined> {
  const imageFolder = `images/${folder}`
  const name = imageOfRecord(record, await images.namesIn(imageFolder))
  return name && `${imageFolder}/${name}`
}

/** The file id of a record; those of ChatGPT are known by what follows their prefix. */
function fileIdOf({ site, id }: Pick<ReadRecord, 'site' | 'id'>): FileId | null {
  return reviveFileId(site === firstSite ? `file-${id}` : id)
}

/** An archived picture by the record that was just written of it. */
export function archivedPictureOf(
  fileId: FileId,
  { gen_id: genId, sha256, image, source }: PictureRecord,
): ArchivedPicture {
  const { origin, match, entry = null } = source
  return { fileId, genId, sha256, image, origin, match, entry }
}

/** The same of a record that somebody else has written; undefined where it names no file. */
export function archivedPictureIn(record: PictureRecord): ArchivedPicture | undefined {
  const fileId = fileIdOf({ site: record.site ?? firstSite, id: record.fileId })
  return fileId ? archivedPictureOf(fileId, record) : undefined
}

/** Makes an index of archived pictures that holds none yet. */
export function createArchivedPictures(): ArchivedPictures {
  const byFileId = new Map<string, ArchivedPicture>()
  const byGenId = new Map<string, ArchivedPicture>()
  const bySha256 = new Map<string, ArchivedPicture[]>()
  return {
    byFileId: (fileId) => byFileId.get(bareId(fileId)),
    byGenId: (genId) => byGenId.get(genId),
    bySha256: (sha256) => bySha256.get(sha256) ?? [],
    hashes: () => bySha256.keys(),
    note(picture) {
      const { fileId, genId, sha256 } = picture
      byFileId.set(bareId(fileId), picture)
      if (genId) byGenId.set(genId, picture)
      const same = bySha256.get(sha256)
      if (same) same.push(picture)
      else bySha256.set(sha256, [picture])
    },
    withdraw({ fileId, sha256 }) {
      const others = (bySha256.get(sha256) ?? []).filter((one) => bareId(one.fileId) !== bareId(fileId))
      if (others.length > 0) bySha256.set(sha256, others)
      else bySha256.delete(sha256)
      byFileId.delete(bareId(fileId))
      return others.length === 0
    },
  }
}
