import { createHash } from 'node:crypto'
import path from 'node:path'
import type { FileId, ImageFacts } from '../decode/facts.ts'
import { bareId } from '../decode/facts.ts'
import type { ImageKind } from '../decode/image-bytes.ts'
import { parseJson } from '../decode/json.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import { readCatalogue } from './catalogue.ts'
import { codeOf, ensureFolder, namesIn, readIfThere, writeNew, writeOver } from './files.ts'
import { folderFor, imageNameFor, recordNameFor } from './names.ts'
import { openPending, type Pending } from './pending.ts'
import {
  completeRecord,
  type DatedFacts,
  factsOfRecord,
  type PictureRecord,
  recordOf,
  serializeRecord,
} from './records.ts'

/** The archive: a folder of pictures and their records. */
export interface Archive {
  readonly root: string
  has(fileId: FileId): boolean
  /** Writes image, then record; the record is the proof. */
  keep(facts: DatedFacts, bytes: Uint8Array, kind: ImageKind, host: string | null): Promise<PictureRecord>
  /** Adds to a record what `learned` makes of it; true when it changed. */
  complete(fileId: FileId, learned: (known: ImageFacts) => ImageFacts): Promise<boolean>
  readonly count: number
  readonly pending: Pending
}

/**
 * Opens an archive, making its folders where they are missing.
 *
 * Shape   `images/yyyy/MM/dd/…`, `database/yyyy/MM/dd/<gen_id>-<fileId>.json`, `pending/`. One made by the 2023 tool is
 *         opened as it is.
 * Errors  ArchiverError "disk" when the folder cannot be made or written.
 */
export async function openArchive(root: string, now: () => Date = () => new Date()): Promise<Archive> {
  const [images, database] = [path.join(root, 'images'), path.join(root, 'database')]
  const { catalogue, pending } = await open()

  async function open() {
    try {
      await Promise.all([ensureFolder(images), ensureFolder(database)])
      const [catalogue, pending] = await Promise.all([readCatalogue(database), openPending(path.join(root, 'pending'))])
      return { catalogue, pending }
    } catch (error) {
      throw new ArchiverError('disk', `The archive ${root} cannot be opened: ${messageOf(error)}`, {
        hint: 'Check that the folder in "archivePath" exists, is writable and has space left.',
        cause: error,
      })
    }
  }

  /** The name under which these bytes now stand in their dated folder. */
  async function storeImage(facts: DatedFacts, bytes: Uint8Array, kind: ImageKind): Promise<string> {
    const folder = folderFor(facts.createdAt)
    for (let turn = 0; ; turn++) {
      const suffix = turn === 0 ? '' : `-${bareId(facts.fileId)}${turn === 1 ? '' : `-${turn}`}`
      const name = imageNameFor(facts, kind.extension, suffix)
      const target = path.join(images, folder, name)
      const isTaken = await clashes(path.join(images, folder), name)
      if (!isTaken && (await writeNew(target, bytes)) === 'written') return `images/${folder}/${name}`
      // The same bytes stand there when a run ended between the image and its record.
      if ((await readIfThere(target))?.equals(bytes)) return `images/${folder}/${name}`
    }
  }

  return {
    root,
    has: catalogue.has,
    async keep(facts, bytes, kind, host) {
      const image = await storeImage(facts, bytes, kind)
      const record = recordOf(facts, {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: bytes.length,
        mime: kind.mime,
        widthPx: kind.widthPx,
        heightPx: kind.heightPx,
        image,
        host,
        archivedAt: now(),
      })
      const [folder, name] = [folderFor(facts.createdAt), recordNameFor(facts)]
      await writeNew(path.join(database, folder, name), serializeRecord(record))
      catalogue.add(facts.fileId, folder, name)
      return record
    },
    async complete(fileId, learned) {
      const target = path.join(database, catalogue.pathOf(fileId) ?? '')
      const known = factsOfRecord(parseJson((await readIfRecord(target)) ?? ''), fileId)
      const completed = known && completeRecord(known.record, learned(known.facts), now())
      if (!completed) return false
      await writeOver(target, serializeRecord(completed))
      return true
    },
    get count() {
      return catalogue.size
    },
    pending,
  }
}

/** A record may have been deleted by hand since the start; then there is nothing to complete. */
async function readIfRecord(target: string): Promise<string | undefined> {
  try {
    return (await readIfThere(target))?.toString()
  } catch (error) {
    if (codeOf(error) === 'EISDIR') return undefined
    throw error
  }
}

/** Whether a folder holds a name that a file system without upper and lower case would take for the same. */
async function clashes(folder: string, name: string): Promise<boolean> {
  const fold = (text: string) => text.normalize('NFC').toLowerCase()
  return (await namesIn(folder)).some((other) => fold(other) === fold(name))
}
