import { bareId, type FileId } from '../sites/ids.ts'
import { bareIdInRecordName } from './names.ts'
import { walkFilesAtOnce } from './read-files.ts'

/** Every record by its file id, in memory; built from the names in `database/` alone, no record is opened. */
export interface RecordNames {
  has(fileId: FileId): boolean
  /** Path of a record relative to `database/`. */
  pathOf(fileId: FileId): string | undefined
  add(fileId: FileId, folder: string, name: string): void
  remove(fileId: FileId): void
  readonly size: number
}

/**
 * Reads the names of an archive's records; folders may be padded (`2023/01/05`) or not, as the 2023 tool wrote them.
 */
export async function readRecordNames(databaseFolder: string): Promise<RecordNames> {
  /** Bare file id → path. The id is cut out of the path, so that 100,000 records are small: two strings each. */
  const records = new Map<string, string>()
  await walkFilesAtOnce(databaseFolder, (folder, name) => {
    const place = [folder, name].join('/')
    const id = bareIdInRecordName(place)
    if (id !== undefined && !name.startsWith('-')) records.set(id, place)
  })
  return {
    has: (fileId) => records.has(bareId(fileId)),
    pathOf: (fileId) => records.get(bareId(fileId)),
    add: (fileId, folder, name) => void records.set(bareId(fileId), [folder, name].join('/')),
    remove: (fileId) => void records.delete(bareId(fileId)),
    get size() {
      return records.size
    },
  }
}
