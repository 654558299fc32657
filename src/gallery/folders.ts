import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { readIfThere } from '../archive/files.ts'
import { isPlainFolder, statOf } from './confined.ts'
import { type Entry, entryOf, newestFirst, type Place } from './entry.ts'
import { marksNameFor, noMarks, readMarks, recordNameOfMarks } from './marks.ts'
import { isImageName, maxRecordBytes, readRecord } from './record.ts'

/** One folder below `database/` as it was when it was read. */
export interface Folder {
  /** The folder's own time; -1 when it may change again without another time, so that it is read anew. */
  readonly modifiedMs: number
  /** Paths below `database/`. */
  readonly children: readonly string[]
  readonly entries: readonly Entry[]
  /** Folders in which the images of its records are or would be. */
  readonly imageFolders: readonly string[]
}

/** The names of images in a folder of the archive; those of one pass are read once. */
export type ImageNames = (folder: string) => Promise<ReadonlySet<string>>

/** Times of a disk may be as coarse as this (FAT), so a folder that changed a moment ago may change unseen. */
const coarseMs = 2_000

/** A time that can be relied on later: the same again means nothing changed. */
export const settled = (modifiedMs: number, now: number): number => (now - modifiedMs > coarseMs ? modifiedMs : -1)

/** Reads names of images, each folder once; a folder that is a link holds none. */
export function createImageNames(root: string, plain: Map<string, boolean>): ImageNames {
  const known = new Map<string, Promise<ReadonlySet<string>>>()
  const read = async (folder: string) => {
    if (!(await isPlainFolder(root, folder, plain))) return new Set<string>()
    const entries = await entriesIn(path.join(root, folder))
    return new Set(entries.filter((entry) => entry.isFile() && isImageName(entry.name)).map(({ name }) => name))
  }
  return (folder) => {
    const names = known.get(folder) ?? read(folder)
    known.set(folder, names)
    return names
  }
}

/**
 * Reads a folder of records; those whose files look as they did `before` are not opened again.
 *
 * Shape   `<record>.json` with `<record>.marks.json` beside it; hidden files are passed over, and so are links, folders
 *         and what is no record.
 * Errors  a folder that is gone holds nothing.
 */
export async function readFolder(
  root: string,
  folder: string,
  before: Folder | undefined,
  imageNames: ImageNames,
): Promise<Folder> {
  const database = path.join(root, 'database')
  const found = await statOf(path.join(database, folder))
  const modifiedMs = settled(found?.mtimeMs ?? 0, Date.now())
  const names = found?.isDirectory() ? await entriesIn(path.join(database, folder)) : []
  const files = new Set(names.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name))
  const known = new Map(before?.entries.map((entry) => [entry.name, entry]))
  const records = [...files].filter((name) => name.endsWith('.json') && recordNameOfMarks(name) === undefined)
  const entries: Entry[] = []
  for (let at = 0; at < records.length; at += batch) {
    const some = records.slice(at, at + batch).map(async (name) => {
      const place = await placeOf(database, folder, name, files)
      return place && refreshed(database, place, known.get(name))
    })
    for (const entry of await Promise.all(some)) if (entry) entries.push(await withImage(entry, imageNames))
  }
  const children = names.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  return {
    modifiedMs,
    children: children.map(({ name }) => (folder === '' ? name : `${folder}/${name}`)).sort(latestFirst),
    entries: entries.sort(newestFirst),
    imageFolders: [...new Set(entries.map((entry) => entry.imageFolder || `images/${folder}`))],
  }
}

const batch = 16

/** Dated folders, padded or not. */
const latestFirst = (left: string, right: string) => right.localeCompare(left, 'en', { numeric: true })

async function placeOf(
  database: string,
  folder: string,
  name: string,
  files: ReadonlySet<string>,
): Promise<Place | undefined> {
  const found = await statOf(path.join(database, folder, name))
  if (!found?.isFile() || found.size > maxRecordBytes) return undefined
  const marksName = marksNameFor(name)
  const marks = files.has(marksName) ? await statOf(path.join(database, folder, marksName)) : undefined
  return { folder, name, modifiedMs: found.mtimeMs, sizeBytes: found.size, marksModifiedMs: marks?.mtimeMs ?? 0 }
}

async function refreshed(database: string, place: Place, known: Entry | undefined): Promise<Entry | undefined> {
  const { folder, name, modifiedMs, sizeBytes, marksModifiedMs } = place
  const isSame = known?.modifiedMs === modifiedMs && known.sizeBytes === sizeBytes
  if (known && isSame && known.marksModifiedMs === marksModifiedMs) return known
  const bytes = await readIfThere(path.join(database, folder, name)).catch(() => undefined)
  const record = bytes && readRecord(bytes.toString())
  if (!record) return undefined
  return entryOf(place, record, marksModifiedMs === 0 ? noMarks : await readMarks(database, folder, name))
}

/** Says whether the image is there; records of the 2023 tool do not name theirs, so it is found by how it begins. */
async function withImage(entry: Entry, imageNames: ImageNames): Promise<Entry> {
  const imageFolder = entry.imageFolder || `images/${entry.folder}`
  const names = await imageNames(imageFolder)
  if (entry.imageName !== '') {
    const isMissing = !names.has(entry.imageName)
    return isMissing === entry.isMissing ? entry : { ...entry, isMissing }
  }
  const imageName = beginningWith(names, `${entry.date}-${entry.genId}`)
  return imageName === undefined ? entry : { ...entry, imageFolder, imageName, isMissing: false }
}

/** The name that is this beginning, with the prompt after it or without. */
function beginningWith(names: ReadonlySet<string>, beginning: string): string | undefined {
  if (beginning.endsWith('-')) return undefined
  return [...names].find((name) => name.startsWith(beginning) && /^[-. ]/.test(name.slice(beginning.length)))
}

async function entriesIn(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => [])
}
