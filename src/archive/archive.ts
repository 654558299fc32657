import path from 'node:path'
import { isObject, parseJson } from '../decode/json.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import { type DatedFacts, type ImageFacts, mergeFacts } from '../sites/facts.ts'
import { bareId, type FileId } from '../sites/ids.ts'
import type { ImageContent } from './content.ts'
import { codeOf } from './disk-errors.ts'
import { createFeed, type Feed, type RecordChange } from './feed.ts'
import { moveAside, sweepTemporary, writeNew, writeOver } from './files.ts'
import { ensureFolder, flushFolder } from './folders.ts'
import { lockArchive } from './lock.ts'
import { writeMarks } from './mark-files.ts'
import type { Marks } from './marks.ts'
import { folderFor, imageNameFor, maxNameBytes, recordNameFor, shortNameBytes } from './names.ts'
import { factsJournal, openPending, type Pending, type PendingLimits } from './pending.ts'
import { type ReadArchive, readerOf } from './read-archive.ts'
import { readUnlinked, realPathOf } from './read-files.ts'
import { createReadiness } from './readiness.ts'
import { readRecordNames } from './record-names.ts'
import {
  completeRecord,
  correctRecord,
  factsOfRecord,
  type PictureRecord,
  type Source,
  type Stored,
  serializeRecord,
  storedRecord,
} from './records.ts'
import { createTakenNames } from './taken-names.ts'

/** The archive: a folder of pictures and their records, open to be written. */
export interface Archive extends ReadArchive, Feed {
  readonly pending: Pending
  /**
   * Gives an image its place in the dated folder of its picture, or the `wanted` one where that is free; the path
   * relative to the archive.
   */
  storeImage(facts: DatedFacts, content: ImageContent, wanted?: string): Promise<string>
  /**
   * Writes a record, which is the proof that its image was archived; the image's folder was flushed before. `wanted` is
   * its path below `database/` on another machine, which had it before.
   */
  addRecord(facts: DatedFacts, record: PictureRecord, wanted?: string): Promise<void>
  /**
   * Writes a record of the 2023 tool as another machine has it; `place` is its path below `database/`. One that is
   * there stays.
   */
  addOldRecord(fileId: FileId, bytes: Uint8Array, place: string): Promise<void>
  /** An image, then its record. */
  store(facts: DatedFacts, content: ImageContent, source: Source): Promise<PictureRecord>
  /**
   * Adds to the record of a picture what news of it says; true when it changed. A record that is empty or torn is put
   * aside: `has` is false then, and the picture wanted again.
   */
  complete(news: ImageFacts): Promise<boolean>
  /** Gives a picture the image that is its own, where it had another's. */
  correct(fileId: FileId, stored: Omit<Stored, 'archivedAt'>): Promise<PictureRecord | undefined>
  /** Puts the image of an archived picture back to its place; `image` is that place. */
  restoreImage(fileId: FileId, image: string, content: ImageContent): Promise<PictureRecord | undefined>
  /** Writes what a person marks beside a record, whoever has the archive open. */
  mark(folder: string, recordName: string, marks: Marks): Promise<void>
  /** Makes a folder of the archive; `relative` with `/`. */
  ready(relative: string): Promise<void>
  /**
   * Removes what writes of a run that was killed have left; returns how many files. Only for whoever holds the lock.
   */
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
  /** The archive is there and ours; what it holds is still to be read, which takes a moment where it holds much. */
  readonly onOurs?: () => void
  /** A record or a journal was empty, torn or unreadable, and was put aside; its path relative to the archive. */
  readonly onTorn?: (file: string) => void
  readonly pendingLimits?: PendingLimits
  /** Facts that waited for their picture had to make room for newer ones. */
  readonly onForgotten?: (facts: ImageFacts) => void
}

/**
 * What else a folder holds only keeps names apart that differ in upper and lower case: no two files ever get one name.
 * Listing it before each picture is O(n²) where thousands of pictures have the same date.
 */
const namesForMs = 10_000

/**
 * Opens an archive to be written, making its folders where they are missing. Whoever only looks calls `readArchive`.
 *
 * Shape   `images/yyyy/MM/dd/…`, `database/yyyy/MM/dd/<gen_id>-<fileId>.json`, `pending/`. One made by the 2023 tool is
 *         opened as it is.
 * Errors  ArchiverError "disk" when the folder cannot be made or written, "archive-locked" when another process writes.
 */
export async function openArchive(given: string, options: ArchiveOptions = {}): Promise<Archive> {
  const { now = () => new Date(), onTorn = () => {} } = options
  const { root, lock, ready, names, pending } = await open(given, options, now)
  const reader = readerOf(root, names, pending)
  const { feed, tellRecord, tellMarks } = createFeed()
  const taken = createTakenNames(root, namesForMs)
  /** Becomes shorter once the disk has refused a name. */
  let longestName = maxNameBytes

  async function storeImage(facts: DatedFacts, content: ImageContent, wanted?: string): Promise<string> {
    if (wanted !== undefined) {
      const { dir, base } = path.posix.parse(wanted)
      await ready(dir)
      if ((await placeAs(dir, base, content)) === true) return wanted
    }
    const folder = `images/${folderFor(facts.createdAt)}`
    await ready(folder)
    for (let tries = 0; ; ) {
      const suffix = tries === 0 ? '' : `-${bareId(facts.fileId)}${tries === 1 ? '' : `-${tries}`}`
      const name = imageNameFor(facts, content.extension, suffix, longestName)
      const placed = await placeAs(folder, name, content)
      if (placed === 'too-long' && longestName > shortNameBytes) longestName = shortNameBytes
      else if (placed === 'too-long') throw new Error(`${name}: the disk takes no name this long`)
      else if (placed) return `${folder}/${name}`
      else tries += 1
    }
  }

  /** Whether the content now has this name; the same bytes have it when a run ended between an image and its record. */
  async function placeAs(folder: string, name: string, content: ImageContent): Promise<boolean | 'too-long'> {
    const target = path.join(root, folder, name)
    try {
      const isFree = await taken.isFree(folder, name)
      if (!isFree || (await content.put(target)) === 'taken') return await content.isAt(target)
      taken.note(folder, name)
      return true
    } catch (error) {
      if (codeOf(error) === 'ENAMETOOLONG') return 'too-long'
      throw error
    }
  }

  async function addRecord(facts: DatedFacts, record: PictureRecord, wanted?: string): Promise<void> {
    const own = `${folderFor(facts.createdAt)}/${recordNameFor(facts)}`
    const { dir: folder, base: name } = path.posix.parse(wanted ?? own)
    await ready(path.posix.join('database', folder))
    const target = path.join(root, 'database', folder, name)
    // A record that is there already was made by a run that ended before it could note it.
    if ((await writeNew(target, serializeRecord(record))) === 'taken' && !(await readUnlinked(target)))
      throw new ArchiverError('disk', `${target} is a link or a folder where a record should be.`)
    names.add(facts.fileId, folder, name)
    tellRecord(record, wanted === undefined ? 'added' : 'pulled')
  }

  /** An empty or torn record proves nothing: it is no record any more, and the picture is archived anew. */
  async function putTornAside(fileId: FileId, place: string): Promise<void> {
    await lock?.check()
    await moveAside(path.join(root, 'database', place), '.torn')
    names.remove(fileId)
    onTorn(`database/${place}`)
  }

  /** Replaces a record by what is made of it; undefined when there was nothing to replace. */
  async function rewrite(
    fileId: FileId,
    change: RecordChange,
    make: (known: NonNullable<ReturnType<typeof factsOfRecord>>) => PictureRecord | undefined,
  ): Promise<PictureRecord | undefined> {
    const place = names.pathOf(fileId)
    if (place === undefined) return undefined
    const target = path.join(root, 'database', place)
    const bytes = await readUnlinked(target)
    const json = parseJson(bytes?.toString() ?? '')
    if (bytes && !isObject(json)) await putTornAside(fileId, place)
    const known = factsOfRecord(json, fileId)
    const made = known && make(known)
    if (!made) return undefined
    await lock?.check()
    await writeOver(target, serializeRecord(made))
    tellRecord(made, change)
    return made
  }

  return {
    ...reader,
    ...feed,
    get count() {
      return names.size
    },
    pending,
    storeImage,
    addRecord,
    async addOldRecord(fileId, bytes, place) {
      const { dir: folder, base: name } = path.posix.parse(place)
      await ready(path.posix.join('database', folder))
      await writeNew(path.join(root, 'database', place), bytes)
      names.add(fileId, folder, name)
    },
    async store(facts, content, source) {
      const image = await storeImage(facts, content)
      const record = storedRecord(facts, content, image, source, now())
      await addRecord(facts, record)
      return record
    },
    async complete(news) {
      const learned = (known: DatedFacts) => mergeFacts(known, news)
      const made = await rewrite(news.fileId, 'completed', ({ record, facts }) =>
        completeRecord(record, learned(facts), now()),
      )
      return made !== undefined
    },
    correct: (fileId, stored) => rewrite(fileId, 'corrected', ({ record }) => correctRecord(record, stored, now())),
    async restoreImage(fileId, image, content) {
      await ready(path.posix.dirname(image))
      await content.put(path.join(root, image))
      if (!content.isFlushed) await flushFolder(path.dirname(path.join(root, image)))
      const record = await reader.readRecord(fileId)
      if (record) tellRecord(record, 'restored')
      return record
    },
    async mark(folder, recordName, marks) {
      await writeMarks(root, folder, recordName, marks)
      tellMarks(folder, recordName)
    },
    ready,
    sweep: () => sweepTemporary(root),
    check: async () => lock?.check(),
    close: async () => lock?.release(),
  }
}

async function open(given: string, options: ArchiveOptions, now: () => Date) {
  try {
    await ensureFolder(given)
    // The archive itself may be a link; inside it none is followed.
    const root = await realPathOf(given)
    const lock = options.isLocked ? await lockArchive(root, now) : undefined
    options.onOurs?.()
    const ready = createReadiness(root, { lock, readyForMs: options.readyForMs ?? 0 })
    await ready('images')
    await ready('database')
    const [names, pending] = await Promise.all([
      readRecordNames(path.join(root, 'database')),
      openPendingIn(root, () => ready('pending', { isPrivate: true }), options),
    ])
    await ready('pending', { isPrivate: true })
    await pending.tidy()
    return { root, lock, ready, names, pending }
  } catch (error) {
    if (error instanceof ArchiverError) throw error
    throw new ArchiverError('disk', `The archive ${given} cannot be opened: ${messageOf(error)}`, {
      hint: 'Check that the folder in "archivePath" exists, is writable and has space left.',
      cause: error,
    })
  }
}

/** A start never fails because of what waits: a journal that cannot be read is put aside, and one begins anew. */
async function openPendingIn(root: string, ready: () => Promise<void>, options: ArchiveOptions): Promise<Pending> {
  const { onTorn = () => {}, onForgotten, pendingLimits: limits } = options
  const pendingOptions = { ready, ...(limits && { limits }), ...(onForgotten && { onForgotten }) }
  const folder = path.join(root, 'pending')
  try {
    return await openPending(folder, pendingOptions)
  } catch {
    await ready()
    await moveAside(path.join(folder, factsJournal), '.unreadable')
    onTorn(`pending/${factsJournal}`)
    return openPending(folder, pendingOptions)
  }
}
