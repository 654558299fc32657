import path from 'node:path'
import { parseJson } from '../decode/json.ts'
import type { DatedFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { archiveFolder } from './confined.ts'
import { readMarks } from './mark-files.ts'
import { openPending, type Pending } from './pending.ts'
import { readUnlinked } from './read-files.ts'
import { type RecordNames, readRecordNames } from './record-names.ts'
import type { PictureRecord } from './records.ts'

/** An archive as those see it who only look: nothing here writes. */
export interface ReadArchive {
  /** Where it really is, without links. */
  readonly root: string
  readonly count: number
  has(fileId: FileId): boolean
  /** The path of a picture's record relative to `database/`. */
  recordOf(fileId: FileId): string | undefined
  /** Every record: its bare file id, and its path. */
  records: RecordNames['all']
  /** The record of a picture; undefined for one of the 2023 tool, and one that was changed by hand. */
  readRecord(fileId: FileId): Promise<PictureRecord | undefined>
  /** What that record says. */
  factsOf(fileId: FileId): Promise<DatedFacts | undefined>
  /** The person deleted the picture's image, and wants it to stay so. */
  isImageDeleted(fileId: FileId): Promise<boolean>
  readonly waiting: Pick<Pending, 'count' | 'withoutBytes' | 'fileIds' | 'facts' | 'hasBytes'>
}

/**
 * Opens an archive to be looked at, also beside a process that writes and on a disk that cannot be written.
 *
 * Errors  ArchiverError "disk" when there is no such folder.
 */
export async function readArchive(given: string): Promise<ReadArchive> {
  const root = await archiveFolder(given)
  const [names, pending] = await Promise.all([
    readRecordNames(path.join(root, 'database')),
    openPending(path.join(root, 'pending'), { ready: refuse }),
  ])
  return readerOf(root, names, pending)
}

const refuse = () => Promise.reject(new Error('the archive was opened to be looked at'))

/** What looking at an archive comes to, whoever opened it. */
export function readerOf(root: string, names: RecordNames, pending: Pending): ReadArchive {
  const read = async (fileId: FileId) => {
    const bytes = await readUnlinked(path.join(root, 'database', names.pathOf(fileId) ?? ''))
    // Loaded for the first record that is read: the schema takes longer to load than a small archive to be listed.
    const { factsOfRecord } = await import('./records.ts')
    return factsOfRecord(parseJson(bytes?.toString() ?? ''), fileId)
  }
  return {
    root,
    get count() {
      return names.size
    },
    has: names.has,
    recordOf: names.pathOf,
    records: names.all,
    readRecord: async (fileId) => (await read(fileId))?.record,
    factsOf: async (fileId) => (await read(fileId))?.facts,
    async isImageDeleted(fileId) {
      const place = names.pathOf(fileId)
      if (place === undefined) return false
      const { dir, base } = path.posix.parse(place)
      return (await readMarks(path.join(root, 'database'), dir, base)).imageDeleted === true
    },
    waiting: pending,
  }
}
