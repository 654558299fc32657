import path from 'node:path'
import { recordNameOfMarks } from '../archive/marks.ts'
import { walkFiles } from '../archive/read-files.ts'

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
