import { type Dirent, lstatSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { imageOfAwayName } from '../archive/away.ts'
import { isPlainFolder, statOf } from '../archive/confined.ts'
import { readMarks } from '../archive/mark-files.ts'
import { marksNameFor, noMarks, recordNameOfMarks } from '../archive/marks.ts'
import { createTurns, readAtOnce } from '../archive/read-files.ts'
import { type Entry, type EntryFile, entryOf, newestFirst } from './entry.ts'
import { imageOfRecord } from './image-of-record.ts'
import { isImageName, maxRecordBytes, readRecord } from './record.ts'

/** One folder below `database/` as it was when it was read. */
export interface Folder {
  /** The folder's own time; -1 when it may change again without another time, so that it is read anew. */
  readonly modifiedMs: number
  /** Paths below `database/`, the latest first. */
  readonly children: readonly string[]
  readonly entries: readonly Entry[]
  /** Folders in which the images of its records are or would be, with their times, as above; 0 when there is none. */
  readonly images: ReadonlyMap<string, number>
}

/** The folders of images as one pass over the archive finds them; it asks the disk once for each. */
export interface ImageFolders {
  timeOf(folder: string): Promise<number>
  /**
   * Images that are there or away. Read after the time was noted, so that what changes between the two is noticed by
   * the next pass.
   */
  namesIn(folder: string): Promise<ReadonlySet<string>>
  /** Those of them that are not on this disk. */
  awayIn(folder: string): Promise<ReadonlySet<string>>
}

/** Times of a disk may be as coarse as this (FAT), so a folder that changed a moment ago may change unseen. */
const coarseMs = 2_000

/** A time that can be relied on later: the same again means nothing changed. */
const reliable = (modifiedMs: number, now: number): number => (now - modifiedMs > coarseMs ? modifiedMs : -1)

/** Looks at folders of images; one that is a link is none. */
export function createImageFolders(root: string): ImageFolders {
  const plain = new Map<string, boolean>()
  const timeOf = remembering(async (folder) => {
    if (!(await isPlainFolder(root, folder, plain))) return 0
    return reliable((await statOf(path.join(root, folder)))?.mtimeMs ?? 0, Date.now())
  })
  const listingOf = remembering(async (folder) => {
    const entries = (await timeOf(folder)) === 0 ? [] : await entriesIn(path.join(root, folder))
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    const here = files.filter(isImageName)
    const away = new Set(files.flatMap((name) => imageOfAwayName(name) ?? []).filter(isImageName))
    for (const name of here) away.delete(name)
    return { names: new Set([...here, ...away]), away }
  })
  return {
    timeOf,
    namesIn: async (folder) => (await listingOf(folder)).names,
    awayIn: async (folder) => (await listingOf(folder)).away,
  }
}

function remembering<T>(ask: (folder: string) => Promise<T>): (folder: string) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (folder) => {
    const answer = known.get(folder) ?? ask(folder)
    known.set(folder, answer)
    return answer
  }
}

/**
 * Whether a folder that was read before is still what it was: neither it nor one of its images' folders has changed.
 */
export async function isUnchanged(before: Folder, modifiedMs: number, images: ImageFolders): Promise<boolean> {
  if (before.modifiedMs !== modifiedMs) return false
  for (const [folder, time] of before.images) if (time === -1 || (await images.timeOf(folder)) !== time) return false
  return true
}

/**
 * Reads a folder of records; those whose files look as they did `before` are not opened again.
 *
 * Shape   `<record>.json` with `<record>.marks.json` beside it; hidden files are passed over, and so are links, folders
 *         and what is no record. Read in this thread, with turns for others.
 * Errors  a folder that is gone holds nothing.
 */
export async function readFolder(
  root: string,
  folder: string,
  before: Folder | undefined,
  images: ImageFolders,
): Promise<Folder> {
  const database = path.join(root, 'database')
  const found = await statOf(path.join(database, folder))
  const modifiedMs = reliable(found?.mtimeMs ?? 0, Date.now())
  const names = found?.isDirectory() ? await entriesIn(path.join(database, folder)) : []
  const files = new Set(names.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name))
  const known = new Map(before?.entries.map((entry) => [entry.name, entry]))
  const records = [...files].filter((name) => name.endsWith('.json') && recordNameOfMarks(name) === undefined)
  const entries: Entry[] = []
  for (const name of records) {
    const place = entryFileAt(database, folder, name, files)
    const entry = place && (await refreshed(database, place, known.get(name)))
    if (entry) entries.push(await withImage(entry, images))
    await turn()
  }
  const children = names.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  return {
    modifiedMs,
    children: children.map(({ name }) => (folder === '' ? name : `${folder}/${name}`)).sort(latestFirst),
    entries: entries.sort(newestFirst),
    images: await timesOf(new Set(entries.map(imageFolderOf)), images),
  }
}

/** One for all folders that are read. */
const turn = createTurns()

/** Where the image of a record is, or would be. */
const imageFolderOf = ({ folder, imageFolder }: Entry) => imageFolder || `images/${folder}`

async function timesOf(folders: ReadonlySet<string>, images: ImageFolders): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  for (const folder of folders) times.set(folder, await images.timeOf(folder))
  return times
}

/** Dated folders, padded or not. */
const latestFirst = (left: string, right: string) => right.localeCompare(left, 'en', { numeric: true })

function entryFileAt(
  database: string,
  folder: string,
  name: string,
  files: ReadonlySet<string>,
): EntryFile | undefined {
  const found = statAtOnce(path.join(database, folder, name))
  if (!found?.isFile() || found.size > maxRecordBytes) return undefined
  const marksName = marksNameFor(name)
  const marks = files.has(marksName) ? statAtOnce(path.join(database, folder, marksName)) : undefined
  return { folder, name, modifiedMs: found.mtimeMs, sizeBytes: found.size, marksModifiedMs: marks?.mtimeMs ?? 0 }
}

function statAtOnce(target: string) {
  try {
    return lstatSync(target, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

async function refreshed(database: string, place: EntryFile, known: Entry | undefined): Promise<Entry | undefined> {
  const { folder, name, modifiedMs, sizeBytes, marksModifiedMs } = place
  const isSame = known?.modifiedMs === modifiedMs && known.sizeBytes === sizeBytes
  if (known && isSame && known.marksModifiedMs === marksModifiedMs) return known
  const bytes = readAtOnce(path.join(database, folder, name), maxRecordBytes)
  const record = bytes && readRecord(bytes.toString())
  if (!record) return undefined
  return entryOf(place, record, marksModifiedMs === 0 ? noMarks : await readMarks(database, folder, name))
}

/** Says whether the image is there; records of the 2023 tool do not name theirs, so it is found by how it begins. */
async function withImage(entry: Entry, images: ImageFolders): Promise<Entry> {
  const [names, away] = [await images.namesIn(imageFolderOf(entry)), await images.awayIn(imageFolderOf(entry))]
  if (entry.isImageNamed) {
    const [isMissing, isAway] = [!names.has(entry.imageName), away.has(entry.imageName)]
    return isMissing === entry.isMissing && isAway === entry.isAway ? entry : { ...entry, isMissing, isAway }
  }
  // Looked for each time, since another file may have come that could be it as well.
  const imageName = imageOfRecord({ date: entry.date, gen_id: entry.genId || null }, names) ?? ''
  const isAway = away.has(imageName)
  if (imageName === entry.imageName && isAway === entry.isAway) return entry
  return { ...entry, imageFolder: imageName && imageFolderOf(entry), imageName, isMissing: imageName === '', isAway }
}

async function entriesIn(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => [])
}
