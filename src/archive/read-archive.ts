import path from 'node:path'
import { parseJson } from '../decode/json.ts'
import { ArchiverError } from '../errors.ts'
import type { DatedFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { readUnlinked, realPathOf } from './files.ts'
import { openPending, type Pending } from './pending.ts'
import { type RecordNames, readRecordNames } from './record-names.ts'
import { factsOfRecord } from './records.ts'

/** An archive as those see it who only look: nothing here writes. */
export interface ReadArchive {
  /** Where it really is, without links. */
  readonly root: string
  readonly count: number
  has(fileId: FileId): boolean
  /** The path of a picture's record relative to `database/`. */
  recordOf(fileId: FileId): string | undefined
  /** What the record of a picture says. */
  factsOf(fileId: FileId): Promise<DatedFacts | undefined>
  readonly waiting: Pick<Pending, 'count' | 'withoutBytes' | 'fileIds' | 'facts' | 'hasBytes'>
}

/**
 * Opens an archive to be looked at, also beside a process that writes and on a disk that cannot be written.
 *
 * Errors  ArchiverError "disk" when there is no such folder.
 */
export async function readArchive(given: string): Promise<ReadArchive> {
  const root = await realPathOf(given).catch((error: unknown) => {
    throw new ArchiverError('disk', `There is no archive at ${given}.`, {
      hint: 'Archive something first, or say where the archive is: --archive DIR, or --config FILE.',
      cause: error,
    })
  })
  const [names, pending] = await Promise.all([
    readRecordNames(path.join(root, 'database')),
    openPending(path.join(root, 'pending'), refuse),
  ])
  return readerOf(root, names, pending)
}

const refuse = () => Promise.reject(new Error('the archive was opened to be looked at'))

/** What looking at an archive comes to, whoever opened it. */
export function readerOf(root: string, names: RecordNames, pending: Pending): ReadArchive {
  return {
    root,
    get count() {
      return names.size
    },
    has: names.has,
    recordOf: names.pathOf,
    async factsOf(fileId) {
      const bytes = await readUnlinked(path.join(root, 'database', names.pathOf(fileId) ?? ''))
      return factsOfRecord(parseJson(bytes?.toString() ?? ''), fileId)?.facts
    },
    waiting: pending,
  }
}
