import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { openConfined } from '../archive/confined.ts'
import { placeOver, remove, stage } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { linesOf } from '../archive/lines.ts'
import { namesIn } from '../archive/read-files.ts'
import { isObject, parseJson } from '../decode/json.ts'
import type { Entry } from './entry.ts'
import type { Folder } from './folders.ts'

/** What a folder below `database/` held. */
export type KnownFolder = readonly [folder: string, Folder]

/** Where everything is that may be thrown away. */
export const cacheFolder = '.cache'
const cacheName = 'gallery-index.ndjson'
const version = 5

/** What is kept of an entry, in this order, with a value of the type that each has; its folder is said once for all. */
const fields = {
  name: '',
  modifiedMs: 0,
  sizeBytes: 0,
  marksModifiedMs: 0,
  id: '',
  date: 0,
  width: 0,
  height: 0,
  hasSeed: false,
  favourite: false,
  stars: 0,
  flag: '',
  isMissing: false,
  isAway: false,
  by: '',
  source: '',
  profiles: [],
  genId: '',
  parentGenId: '',
  conversationId: '',
  messageId: '',
  isImageNamed: false,
  imageFolder: '',
  imageName: '',
  haystack: '',
  tags: [],
  tagNames: [],
} as const satisfies { [Key in Exclude<keyof Entry, 'folder'>]: Entry[Key] | string }

const names = Object.keys(fields) as (keyof typeof fields)[]
const shapes = Object.values(fields).map((value) => (Array.isArray(value) ? 'list' : typeof value))
/** Where each stands in a line of the cache. */
const at = Object.fromEntries(names.map((name, position) => [name, position])) as Record<keyof typeof fields, number>

/**
 * Reads the cache, folder by folder, the latest first.
 *
 * Shape   a line `{ galleryIndex: 5 }`, then one for each folder of records.
 * Errors  none: it ends at the first line that is not just that, and what it does not say is read from the archive.
 */
export async function* readCache(root: string): AsyncGenerator<KnownFolder, void, void> {
  const file = await openConfined(root, `${cacheFolder}/${cacheName}`)
  if (!file) return
  try {
    const lines = linesOf(file.handle.createReadStream({ autoClose: false, highWaterMark: chunkBytes }))
    const head = parseJson((await lines.next()).value ?? '')
    if (!isObject(head) || head.galleryIndex !== version) return
    for await (const line of lines) {
      if (line === '') continue
      const known = folderOf(parseJson(line))
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

const isKept = (value: unknown, shape: string | undefined) =>
  shape === 'list' ? isTexts(value) : typeof value === shape

/** Written out, for objects made in one piece are half as large and sooner made, and there are 100,000 of them. */
function revive(folder: string, imageFolders: readonly string[], values: unknown): Entry | undefined {
  if (!Array.isArray(values) || values.length !== names.length) return undefined
  for (let n = 0; n < shapes.length; n++) if (!isKept(values[n], shapes[n])) return undefined
  const imageFolder: string = values[at.imageFolder]
  return {
    folder,
    name: values[at.name],
    modifiedMs: values[at.modifiedMs],
    sizeBytes: values[at.sizeBytes],
    marksModifiedMs: values[at.marksModifiedMs],
    id: values[at.id],
    date: values[at.date],
    width: values[at.width],
    height: values[at.height],
    hasSeed: values[at.hasSeed],
    favourite: values[at.favourite],
    stars: values[at.stars],
    flag: values[at.flag],
    isMissing: values[at.isMissing],
    isAway: values[at.isAway],
    by: values[at.by],
    source: values[at.source],
    profiles: values[at.profiles],
    genId: values[at.genId],
    parentGenId: values[at.parentGenId],
    conversationId: values[at.conversationId],
    messageId: values[at.messageId],
    isImageNamed: values[at.isImageNamed],
    // One string for all that share it.
    imageFolder: imageFolders.find((one) => one === imageFolder) ?? imageFolder,
    imageName: values[at.imageName],
    haystack: values[at.haystack],
    tags: values[at.tags],
    tagNames: values[at.tagNames],
  }
}

/** Writes the cache when something has changed, but not for each change. */
export interface Saver {
  touch(): void
  /** Now, if there is anything new; and what is being written is written to its end. */
  save(): Promise<void>
}

/** For whoever only looks. */
export const noSaver: Saver = { touch: () => {}, save: () => Promise.resolve() }

const saveAfterMs = 20_000

/** Makes the saver; a cache that cannot be written is reported and done without. */
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
    const tuples = entries.map((entry) => names.map((name) => entry[name]))
    text += `${JSON.stringify({ folder, modifiedMs, children, images: Object.fromEntries(images), entries: tuples })}\n`
    if (text.length < chunkBytes) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}
