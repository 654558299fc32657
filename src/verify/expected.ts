import { createTurns } from '../archive/read-files.ts'
import { createImageFolders } from '../catalogue/folders.ts'
import { imageOfRecord } from '../catalogue/image-of-record.ts'
import { pathOfRecord, type RecordPlace, recordAt, recordPlaces } from '../catalogue/record-places.ts'

/** An original as its record says it is. */
export interface Expected {
  /** Path of the record, relative to the archive. */
  readonly record: string
  readonly id: string
  readonly conversationId: string | null
  /** Whose accounts have shown it. */
  readonly profiles: readonly string[]
  /** Path of the image, relative to the archive. */
  readonly image: string
  /** Null for a record of the 2023 tool, which says none. */
  readonly sha256: string | null
  readonly lengthBytes: number | null
  /** When the record was written last: its image is older. Null where it does not say. */
  readonly writtenAt: Date | null
}

/** What an archive says it holds. */
export interface Expectations {
  readonly images: readonly Expected[]
  /** Files in the place of records that are none. */
  readonly unreadable: readonly string[]
}

/**
 * Reads every record of an archive; nothing is written.
 *
 * Errors  none: what cannot be read as a record is listed as such.
 */
export async function readExpectations(root: string): Promise<Expectations> {
  const images = createImageFolders(root)
  const expectedIn = async (at: RecordPlace): Promise<Expected | string> => {
    const place = pathOfRecord(at)
    const record = recordAt(root, at)
    if (!record) return place
    const imageFolder = `images/${at.folder}`
    const found = record.image === null ? imageOfRecord(record, await images.namesIn(imageFolder)) : undefined
    const image = record.image ?? (found && `${imageFolder}/${found}`)
    const { id, conversationId, profiles, sha256, bytes, updatedAt, archivedAt } = record
    const writtenAt = updatedAt ?? archivedAt
    return {
      ...{ record: place, id, conversationId, profiles, sha256, lengthBytes: bytes },
      // Of a record of the 2023 tool whose image is not found, only the record is known.
      image: image ?? '',
      writtenAt: writtenAt === null ? null : new Date(writtenAt),
    }
  }
  const turn = createTurns()
  const read: (Expected | string)[] = []
  for (const at of await recordPlaces(root)) {
    read.push(await expectedIn(at))
    await turn()
  }
  return {
    images: read.filter((one) => typeof one !== 'string'),
    unreadable: read.filter((one) => typeof one === 'string'),
  }
}
