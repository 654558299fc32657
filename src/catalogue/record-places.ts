import path from 'node:path'
import { recordNameOfMarks } from '../archive/marks.ts'
import { readAtOnce, walkFiles } from '../archive/read-files.ts'
import { maxRecordBytes, readRecord } from './record.ts'
import type { ReadRecord } from './record-fields.ts'

/** Where a record stands: a folder below `database/`, which may be empty, and a name. */
export interface RecordPlace {
  readonly folder: string
  readonly name: string
}

/** The path of a record relative to the archive. */
export const pathOfRecord = ({ folder, name }: RecordPlace): string =>
  ['database', folder, name].filter((step) => step !== '').join('/')

/** Every file in the place of a record; none is opened. */
export async function recordPlaces(root: string): Promise<RecordPlace[]> {
  const places: RecordPlace[] = []
  await walkFiles(path.join(root, 'database'), (folder, name) => {
    if (name.endsWith('.json') && recordNameOfMarks(name) === undefined) places.push({ folder, name })
  })
  return places
}

/** The record in a place that was just listed, read in this thread; undefined when there is none. */
export const recordAt = (root: string, place: RecordPlace): ReadRecord | undefined =>
  readRecord(readAtOnce(path.join(root, pathOfRecord(place)), maxRecordBytes)?.toString() ?? '')
