import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { ensureFolderIn, namesIn, placeOver, readIfThere, remove, stage } from '../archive/files.ts'
import { isObject, parseJson } from '../decode/json.ts'
import { isPlainFolder } from './confined.ts'
import type { Entry } from './entry.ts'
import type { Folder } from './folders.ts'

/** All that is known of the archive's folders; the cache holds no more than the disk tells again. */
export interface Known {
  readonly folders: Map<string, Folder>
  /** Times of the folders that hold images. */
  readonly images: Map<string, number>
}

/** Where everything is that may be thrown away. */
export const cacheFolder = '.cache'
const cacheName = 'gallery-index.ndjson'
const version = 1

const fields = [
  ['name', ''],
  ['modifiedMs', 0],
  ['sizeBytes', 0],
  ['marksModifiedMs', 0],
  ['id', ''],
  ['date', 0],
  ['width', 0],
  ['height', 0],
  ['hasSeed', false],
  ['favourite', false],
  ['isMissing', false],
  ['by', ''],
  ['source', ''],
  ['genId', ''],
  ['parentGenId', ''],
  ['conversationId', ''],
  ['messageId', ''],
  ['imageFolder', ''],
  ['imageName', ''],
  ['haystack', ''],
] as const satisfies readonly (readonly [keyof Entry, string | number | boolean])[]

/**
 * Reads the cache.
 *
 * Shape   a line `{ galleryIndex: 1 }`, one for each folder of records, one with the times of the image folders, which is
 *         the last and so tells that the file is whole.
 * Errors  undefined for anything that is not just that: then everything is read again.
 */
export async function loadCache(root: string): Promise<Known | undefined> {
  if (!(await isPlainFolder(root, cacheFolder, new Map()))) return undefined
  const bytes = await readIfThere(path.join(root, cacheFolder, cacheName)).catch(() => undefined)
  if (!bytes) return undefined
  const lines = linesOf(bytes)
  const head = lines.next().value
  if (!isObject(head) || head.galleryIndex !== version) return undefined
  const folders = new Map<string, Folder>()
  for (const line of lines) {
    if (!isObject(line)) return undefined
    const images = line.images === undefined ? undefined : imagesOf(line.images)
    if (images) return { folders, images }
    const folder = folderOf(line)
    if (!folder || typeof line.folder !== 'string') return undefined
    folders.set(line.folder, folder)
  }
  return undefined
}

function* linesOf(bytes: Buffer): Generator<unknown> {
  let at = 0
  while (at < bytes.length) {
    const found = bytes.indexOf(10, at)
    const end = found < 0 ? bytes.length : found
    yield parseJson(bytes.toString('utf8', at, end))
    at = end + 1
  }
}

function imagesOf(value: unknown): Map<string, number> | undefined {
  if (!isObject(value)) return undefined
  const times = Object.entries(value).filter((pair): pair is [string, number] => typeof pair[1] === 'number')
  return new Map(times)
}

function folderOf(line: Readonly<Record<string, unknown>>): Folder | undefined {
  const { folder, modifiedMs, children, imageFolders, entries } = line
  if (typeof folder !== 'string' || typeof modifiedMs !== 'number' || !Array.isArray(entries)) return undefined
  if (!isTexts(children) || !isTexts(imageFolders)) return undefined
  const revived = entries.map((entry) => revive(folder, imageFolders, entry))
  return revived.includes(undefined)
    ? undefined
    : { modifiedMs, children, imageFolders, entries: revived as readonly Entry[] }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** Written out field by field: objects made in one piece are half as large, and there are 100,000 of them. */
function revive(folder: string, imageFolders: readonly string[], values: unknown): Entry | undefined {
  if (!Array.isArray(values) || !isTexts(values[fields.length])) return undefined
  for (let at = 0; at < fields.length; at++) if (typeof values[at] !== typeof fields[at]?.[1]) return undefined
  const imageFolder = values[17] as string
  return {
    folder,
    name: values[0],
    modifiedMs: values[1],
    sizeBytes: values[2],
    marksModifiedMs: values[3],
    id: values[4],
    date: values[5],
    width: values[6],
    height: values[7],
    hasSeed: values[8],
    favourite: values[9],
    isMissing: values[10],
    by: values[11],
    source: values[12],
    genId: values[13],
    parentGenId: values[14],
    conversationId: values[15],
    messageId: values[16],
    // One string for all that share it.
    imageFolder: imageFolders.find((one) => one === imageFolder) ?? imageFolder,
    imageName: values[18],
    haystack: values[19],
    tags: values[20],
  }
}

/** Writes the cache when something has changed, but not for each change. */
export interface Saver {
  touch(): void
  /** Now, if there is anything new. */
  save(): Promise<void>
}

const saveAfterMs = 20_000

/** Makes the saver; a cache that cannot be written is told and done without. */
export function createSaver(root: string, known: Known, onTrouble: (error: unknown) => void): Saver {
  let timer: NodeJS.Timeout | undefined
  const save = async () => {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    await saveCache(root, known).catch(onTrouble)
  }
  return {
    touch: () => {
      timer ??= setTimeout(() => void save(), saveAfterMs).unref()
    },
    save,
  }
}

/** Writes the cache, whole or not at all; old pieces of ended runs are removed. */
async function saveCache(root: string, { folders, images }: Known): Promise<void> {
  await ensureFolderIn(root, cacheFolder, { isPrivate: true })
  const folder = path.join(root, cacheFolder)
  for (const name of await namesIn(folder)) if (isPiece(name)) await remove(path.join(folder, name))
  const staged = path.join(folder, `gallery-index-${randomBytes(8).toString('hex')}.part`)
  await stage(staged, chunksOf(folders, images), () => {})
  await placeOver(staged, path.join(folder, cacheName))
}

const isPiece = (name: string) => /^gallery-index-[0-9a-f]{16}\.part$/.test(name)
const chunkChars = 256 * 1024

async function* chunksOf(folders: Known['folders'], images: Known['images']): AsyncGenerator<Buffer> {
  let text = `${JSON.stringify({ galleryIndex: version })}\n`
  for (const [folder, { modifiedMs, children, imageFolders, entries }] of [...folders]) {
    const tuples = entries.map((entry) => [...fields.map(([name]) => entry[name]), entry.tags])
    text += `${JSON.stringify({ folder, modifiedMs, children, imageFolders, entries: tuples })}\n`
    if (text.length < chunkChars) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(`${text}${JSON.stringify({ images: Object.fromEntries(images) })}\n`)
}
