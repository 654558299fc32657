import path from 'node:path'
import { confined, readConfined } from '../archive/confined.ts'
import { readMarks } from '../archive/mark-files.ts'
import { createImageFolders } from '../catalogue/folders.ts'
import { imageOfRecord } from '../catalogue/image-of-record.ts'
import { maxRecordBytes, readRecord } from '../catalogue/record.ts'
import { pathOfRecord, type RecordPlace } from '../catalogue/record-places.ts'
import type { Described } from './xmp.ts'

/** A picture with the image that it is to have a sidecar for. */
export interface PictureAt extends Described {
  /** Relative to the archive; undefined when the image is not there, or was deleted in the gallery. */
  readonly image: string | undefined
}

/** Reads the picture of a record; undefined when there is no record. */
export async function pictureAt(root: string, place: RecordPlace): Promise<PictureAt | undefined> {
  const bytes = await readConfined(root, pathOfRecord(place), maxRecordBytes)
  const record = readRecord(bytes?.toString() ?? '')
  if (!record) return undefined
  const marks = await readMarks(path.join(root, 'database'), place.folder, place.name)
  const image = record.image ?? (await unnamedImageOf(root, place, record))
  const isThere = image !== undefined && !marks.imageDeleted && (await confined(root, image)) !== undefined
  return { record, marks, image: isThere ? image : undefined }
}

/** The image of a record of the 2023 tool, which does not name it. */
async function unnamedImageOf(root: string, { folder }: RecordPlace, record: Parameters<typeof imageOfRecord>[0]) {
  const imageFolder = `images/${folder}`
  const name = imageOfRecord(record, await createImageFolders(root).namesIn(imageFolder))
  return name && `${imageFolder}/${name}`
}

/** The sidecar of an image: its whole name, and `.xmp`. */
export const sidecarOfImage = (image: string): string => `${image}.xmp`
