import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { openConfined } from '../archive/confined.ts'
import { ensureFolderIn, namesIn, placeOver, remove, stage } from '../archive/files.ts'
import { isObject, parseJson } from '../decode/json.ts'
import type { Entry } from './entry.ts'
import type { Folder } from './folders.ts'

/** What a folder below `database/` held. */
export type KnownFolder = readonly [folder: string, Folder]

/** Where everything is that may be thrown away. */
export const cacheFolder = '.cache'
const cacheName = 'gallery-index.ndjson'
const version = 2

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
 * Reads the cache, folder by folder, the latest first.
 *
 * Shape   a line `{ galleryIndex: 2 }`, then one for each folder of records.
 * Errors  none: it ends at the first line that is not just that, and what it did not tell is read from the archive.
 */
export async function* readCache(root: string): AsyncGenerator<KnownFolder, void, void> {
  const file = await openConfined(root, `${cacheFolder}/${cacheName}`)
  if (!file) return
  try {
    const lines = linesOf(file.handle.createReadStream({ autoClose: false, highWaterMark: chunkBytes }))
    const head = (await lines.next()).value
    if (!isObject(head) || head.galleryIndex !== version) return
    for await (const line of lines) {
      const known = folderOf(line)
      if (!known) return
      yield known
    }
  } catch {
    // A disk that cannot be read will say so where the records are read.
  } finally {
    await file.handle.close()
  }
}

const chunkBytes = 64 * 1024

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<unknown, void, void> {
  let begun: Buffer[] = []
  for await (const chunk of chunks) {
    let at = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
      yield parseJson(Buffer.concat([...begun, chunk.subarray(at, end)]).toString())
      begun = []
      at = end + 1
    }
    begun.push(chunk.subarray(at))
  }
}

function folderOf(line: unknown): KnownFolder | undefined {
  if (!isObject(line)) return undefined
  const { folder, modifiedMs, children, entries } = line
  const images = timesOf(line.images)
  if (typeof folder !== 'string' || typeof modifiedMs !== 'number' || !Array.isArray(entries)) return undefined
  if (!isTexts(children) || !images) return undefined
  const revived = entries.map((entry) => revive(folder, [...images.keys()], entry))
  return revived.includes(undefined)
    ? undefined
    : [folder, { modifiedMs, children, images, entries: revived as readonly Entry[] }]
}

function timesOf(value: unknown): Map<string, number> | undefined {
  if (!isObject(value)) return undefined
  const times = new Map<string, number>()
  for (const [folder, time] of Object.entries(value)) {
    if (typeof time !== 'number') return undefined
    times.set(folder, time)
  }
  return times
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
  /** Now, if there is anything new; and what is being written is written to its end. */
  save(): Promise<void>
}

const saveAfterMs = 20_000

/** Makes the saver; a cache that cannot be written is told and done without. */
export function createSaver(
  root: string,
  known: () => Iterable<KnownFolder>,
  onTrouble: (error: unknown) => void,
): Saver {
  let timer: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()
  /** One after the other: each removes the pieces of those before. */
  const save = (): Promise<void> => {
    last = last.then(async () => {
      if (timer === undefined) return
      clearTimeout(timer)
      timer = undefined
      await saveCache(root, known()).catch(onTrouble)
    })
    return last
  }
  return {
    touch: () => {
      timer ??= setTimeout(() => void save(), saveAfterMs).unref()
    },
    save,
  }
}

/** Writes the cache, whole or not at all; old pieces of ended runs are removed. */
async function saveCache(root: string, known: Iterable<KnownFolder>): Promise<void> {
  await ensureFolderIn(root, cacheFolder, { isPrivate: true })
  const folder = path.join(root, cacheFolder)
  for (const name of await namesIn(folder)) if (isPiece(name)) await remove(path.join(folder, name))
  const staged = path.join(folder, `gallery-index-${randomBytes(8).toString('hex')}.part`)
  await stage(staged, chunksOf(known), () => {})
  await placeOver(staged, path.join(folder, cacheName))
}

const isPiece = (name: string) => /^gallery-index-[0-9a-f]{16}\.part$/.test(name)

async function* chunksOf(known: Iterable<KnownFolder>): AsyncGenerator<Buffer> {
  let text = `${JSON.stringify({ galleryIndex: version })}\n`
  for (const [folder, { modifiedMs, children, images, entries }] of known) {
    const tuples = entries.map((entry) => [...fields.map(([name]) => entry[name]), entry.tags])
    text += `${JSON.stringify({ folder, modifiedMs, children, images: Object.fromEntries(images), entries: tuples })}\n`
    if (text.length < chunkBytes) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}
