import { createHash } from 'node:crypto'
import path from 'node:path'
import { type ImageExtension, type ImageKind, inspectImage } from '../decode/image-bytes.ts'
import { parseJson } from '../decode/json.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import { type DatedFacts, type ImageFacts, mergeFacts } from '../sites/facts.ts'
import type { FileId } from '../sites/ids.ts'
import { bareId } from '../sites/ids.ts'
import { mismatch } from '../sites/mismatch.ts'
import {
  codeOf,
  ensureFolder,
  ensureFolderIn,
  namesIn,
  readIfThere,
  realPathOf,
  sweepTemporary,
  writeNew,
  writeOver,
} from './files.ts'
import { lockArchive } from './lock.ts'
import { folderFor, imageBeginningFor, imageNameFor, recordNameFor } from './names.ts'
import { openPending, type Pending } from './pending.ts'
import { readCatalogue } from './record-names.ts'
import {
  completeRecord,
  correctRecord,
  factsOfRecord,
  type PictureRecord,
  recordOf,
  type Stored,
  serializeRecord,
} from './records.ts'

/** The archive: a folder of pictures and their records. */
export interface Archive {
  readonly root: string
  has(fileId: FileId): boolean
  /** Writes image, then record; the record is the proof. */
  keep(facts: DatedFacts, bytes: Uint8Array, kind: ImageKind, host: string | null): Promise<PictureRecord>
  /**
   * The record of a picture whose image a run wrote that ended before the record, if there is such an image: named after
   * the same generation and the whole original of it. Undefined when there is none.
   */
  recover(facts: DatedFacts): Promise<PictureRecord | undefined>
  /** Adds to the record of a picture what news of it says; true when it changed. */
  complete(news: ImageFacts): Promise<boolean>
  /** What the record of a picture says. */
  factsOf(fileId: FileId): Promise<DatedFacts | undefined>
  /** Gives a picture the image that is its own, where it had another's. */
  correct(fileId: FileId, stored: Omit<Stored, 'archivedAt'>): Promise<void>
  readonly count: number
  readonly pending: Pending
  /** For other origins than the live one: an image on its own, and a record on its own. */
  storeImage(facts: DatedFacts, extension: ImageExtension, content: ImageContent): Promise<string>
  keepRecord(facts: DatedFacts, stored: Omit<Stored, 'archivedAt'>): Promise<PictureRecord>
  /** Makes a folder of the archive; `relative` with `/`. */
  ready(relative: string): Promise<void>
  /** Removes what writes of a run that was killed have left; returns how many files. Only for whoever holds the lock. */
  sweep(): Promise<number>
  /** Rejects when the archive is gone, or was taken over by another process (ArchiverError "archive-locked"). */
  check(): Promise<void>
  /** Gives the lock back. */
  close(): Promise<void>
}

export interface ArchiveOptions {
  readonly now?: () => Date
  /** Takes the archive's lock, as everybody must who writes. */
  readonly isLocked?: boolean
  /** How long a look at a folder holds good, for who writes many files in a row; else it is looked at before each. */
  readonly readyForMs?: number
}

/**
 * Opens an archive, making its folders where they are missing.
 *
 * Shape   `images/yyyy/MM/dd/…`, `database/yyyy/MM/dd/<gen_id>-<fileId>.json`, `pending/`. One made by the 2023 tool is
 *         opened as it is.
 * Errors  ArchiverError "disk" when the folder cannot be made or written, "archive-locked" when another process writes.
 */
export async function openArchive(given: string, options: ArchiveOptions = {}): Promise<Archive> {
  const { now = () => new Date(), readyForMs = 0 } = options
  const { root, lock, catalogue, pending } = await open()
  const database = path.join(root, 'database')
  const readyUntil = new Map<string, number>()

  async function open() {
    try {
      await ensureFolder(given)
      // The archive itself may be a link; inside it none is followed.
      const root = await realPathOf(given)
      const lock = options.isLocked ? await lockArchive(root, now) : undefined
      const ready = async (relative: string, isPrivate = false) => {
        await lock?.check()
        await ensureFolderIn(root, relative, { isPrivate })
      }
      await ready('images')
      await ready('database')
      const [catalogue, pending] = await Promise.all([
        readCatalogue(path.join(root, 'database')),
        openPending(path.join(root, 'pending'), () => ready('pending', true)),
      ])
      return { root, lock, catalogue, pending }
    } catch (error) {
      if (error instanceof ArchiverError) throw error
      throw new ArchiverError('disk', `The archive ${given} cannot be opened: ${messageOf(error)}`, {
        hint: 'Check that the folder in "archivePath" exists, is writable and has space left.',
        cause: error,
      })
    }
  }

  /** The path under which the content now stands in its dated folder. */
  async function storeImage(facts: DatedFacts, extension: ImageExtension, content: ImageContent): Promise<string> {
    const folder = `images/${folderFor(facts.createdAt)}`
    await ready(folder)
    for (let turn = 0; ; turn++) {
      const suffix = turn === 0 ? '' : `-${bareId(facts.fileId)}${turn === 1 ? '' : `-${turn}`}`
      const name = imageNameFor(facts, extension, suffix)
      const target = path.join(root, folder, name)
      const isTaken = await clashes(path.join(root, folder), name)
      if (!isTaken && (await content.put(target)) === 'written') return `${folder}/${name}`
      // The same bytes stand there when a run ended between the image and its record.
      if (await content.isAt(target)) return `${folder}/${name}`
    }
  }

  /** Before each write: the archive is there and ours, and the folder is one of it. */
  async function ready(folder: string): Promise<void> {
    const began = performance.now()
    if (began < (readyUntil.get(folder) ?? 0)) return
    await lock?.check()
    await ensureFolderIn(root, folder)
    if (readyForMs > 0) readyUntil.set(folder, began + readyForMs)
  }

  async function keepRecord(facts: DatedFacts, stored: Omit<Stored, 'archivedAt'>): Promise<PictureRecord> {
    const record = recordOf(facts, { ...stored, archivedAt: now() })
    const [folder, name] = [folderFor(facts.createdAt), recordNameFor(facts)]
    await ready(`database/${folder}`)
    const target = path.join(database, folder, name)
    // A record that is there already was made by a run that ended before it could tell.
    if ((await writeNew(target, serializeRecord(record))) === 'taken' && !(await bytesAt(target)))
      throw new ArchiverError('disk', `${target} is a link or a folder where a record should be.`)
    catalogue.add(facts.fileId, folder, name)
    return record
  }

  /** Replaces a record by what is made of it; true when there was anything to replace. */
  async function rewrite(
    fileId: FileId,
    make: (known: NonNullable<ReturnType<typeof factsOfRecord>>) => PictureRecord | undefined,
  ): Promise<boolean> {
    const target = path.join(database, catalogue.pathOf(fileId) ?? '')
    const known = factsOfRecord(parseJson((await bytesAt(target))?.toString() ?? ''), fileId)
    const made = known && make(known)
    if (!made) return false
    await lock?.check()
    await writeOver(target, serializeRecord(made))
    return true
  }

  const liveSource = ({ channel }: DatedFacts, host: string | null) => ({ origin: 'live', channel, host }) as const

  return {
    root,
    has: catalogue.has,
    async keep(facts, bytes, kind, host) {
      const image = await storeImage(facts, kind.extension, {
        put: (target) => writeNew(target, bytes),
        isAt: async (target) => (await bytesAt(target))?.equals(bytes) ?? false,
      })
      return keepRecord(facts, { ...measured(bytes, kind), image, source: liveSource(facts, host) })
    },
    async recover(facts) {
      if (facts.genId === null) return undefined
      // That run may have been in another time zone.
      const days = [0, -1, 1].map((day) => folderFor(new Date(facts.createdAt.getTime() + day * dayMs)))
      const namesOf = async (folder: string, beginning: string) =>
        (await namesIn(path.join(root, folder))).filter((name) => name.startsWith(beginning))
      for (const day of days) {
        // An image of that generation may belong to a record that is there.
        if ((await namesOf(`database/${day}`, `${facts.genId}-`)).length > 0) return undefined
      }
      for (const folder of days.map((day) => `images/${day}`)) {
        for (const name of await namesOf(folder, imageBeginningFor(facts))) {
          const bytes = await bytesAt(path.join(root, folder, name))
          const kind = bytes && inspectImage(bytes)
          if (bytes && kind && !mismatch(facts, kind, bytes.length))
            return keepRecord(facts, {
              ...measured(bytes, kind),
              image: `${folder}/${name}`,
              source: liveSource(facts, null),
            })
        }
      }
      return undefined
    },
    complete: (news) =>
      rewrite(news.fileId, ({ record, facts }) => completeRecord(record, mergeFacts(facts, news), now())),
    async factsOf(fileId) {
      const target = path.join(database, catalogue.pathOf(fileId) ?? '')
      return factsOfRecord(parseJson((await bytesAt(target))?.toString() ?? ''), fileId)?.facts
    },
    correct: async (fileId, stored) =>
      void (await rewrite(fileId, ({ record }) => correctRecord(record, stored, now()))),
    get count() {
      return catalogue.size
    },
    pending,
    storeImage,
    keepRecord,
    ready,
    sweep: () => sweepTemporary(root),
    check: async () => lock?.check(),
    close: async () => lock?.release(),
  }
}

/** An image that is to be stored, whatever holds its bytes. */
export interface ImageContent {
  put(target: string): Promise<'written' | 'taken'>
  isAt(target: string): Promise<boolean>
}

const measured = (bytes: Uint8Array, kind: ImageKind) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
  mime: kind.mime,
  widthPx: kind.widthPx,
  heightPx: kind.heightPx,
})

const dayMs = 24 * 60 * 60 * 1000

/** What a file holds; a file that was deleted by hand, or that is a folder or a link by now, holds nothing for us. */
async function bytesAt(target: string): Promise<Buffer | undefined> {
  try {
    return await readIfThere(target)
  } catch (error) {
    if (['EISDIR', 'ELOOP'].includes(codeOf(error))) return undefined
    throw error
  }
}

/** Whether a folder holds a name that a file system without upper and lower case would take for the same. */
async function clashes(folder: string, name: string): Promise<boolean> {
  const fold = (text: string) => text.normalize('NFC').toLowerCase()
  return (await namesIn(folder)).some((other) => fold(other) === fold(name))
}
