import path from 'node:path'
import { isObject, type Json, momentAt, numberAt, parseJson, textAt } from '../decode/json.ts'
import { type FileId, reviveFileId } from '../sites/ids.ts'
import { remove, writeOver } from './files.ts'
import { fileAt, namesIn, readIfThere } from './read-files.ts'

/** Bytes that wait for their facts. */
export interface WaitingBytes {
  readonly bytes: Buffer
  readonly host: string | null
  readonly receivedAt: Date
}

/** The bytes that wait on disk, one file each, with a note of where they came from beside it. */
export interface BytesStore {
  has(fileId: FileId): boolean
  fileIds(): Iterable<FileId>
  readonly size: number
  /** Bytes that look cut short, or do not fit what is known: better ones are still wanted. */
  isUnfit(fileId: FileId): boolean
  markUnfit(fileId: FileId): void
  /** How many bytes wait; 0 when none do. */
  lengthOf(fileId: FileId): number
  /** All of them together. */
  readonly totalBytes: number
  /** On which day they came, as day-count.ts counts. */
  dayOf(fileId: FileId): number | undefined
  get(fileId: FileId): Promise<WaitingBytes | undefined>
  /** In place of those that waited before. */
  put(fileId: FileId, waiting: WaitingBytes, isCut: boolean): Promise<void>
  drop(fileId: FileId): Promise<void>
  /** Removes notes of bytes that are not there: a run ended before these were written. */
  tidy(): Promise<void>
}

const bytesEnding = '.bytes'
const originEnding = '.origin.json'

/** What is known of waiting bytes without reading them. */
interface Entry {
  readonly lengthBytes: number
  readonly day: number
  readonly writtenAt: Date
  isUnfit: boolean
}

/**
 * Opens the waiting bytes in a folder; nothing is written.
 *
 * Shape   `<file id>.bytes` with `<file id>.origin.json` saying host, time and day. `ready` is awaited before each
 *         write.
 * Errors  what cannot be read counts for nothing.
 */
export async function openBytesStore(
  folder: string,
  ready: () => Promise<void>,
  days: { readonly today: number },
): Promise<BytesStore> {
  /** Oldest first. */
  const waiting = new Map<FileId, Entry>()
  const orphans = new Set<FileId>()
  let totalBytes = 0
  const fileFor = (fileId: FileId, ending: string) => path.join(folder, fileId + ending)

  const remember = (fileId: FileId, entry: Entry) => {
    forget(fileId)
    waiting.set(fileId, entry)
    totalBytes += entry.lengthBytes
  }

  const forget = (fileId: FileId): boolean => {
    totalBytes -= waiting.get(fileId)?.lengthBytes ?? 0
    return waiting.delete(fileId)
  }

  /** Bytes that a former run has left; whoever looks beside a running daemon may find a name whose file is gone. */
  const load = async (name: string) => {
    const fileId = reviveFileId(name.slice(0, -bytesEnding.length))
    const file = fileId && (await fileAt(path.join(folder, name)))
    if (!file) return []
    const origin = await originOf(fileId)
    const day = numberAt(origin, 'day') ?? days.today
    return [[fileId, { ...file, day, isUnfit: origin.isCut === true }] as const]
  }

  /** A link or a folder in a file's place holds nothing for us. */
  const readOwn = (fileId: FileId, ending: string): Promise<Buffer | undefined> =>
    readIfThere(fileFor(fileId, ending)).catch(() => undefined)

  /** What was noted beside waiting bytes. */
  const originOf = async (fileId: FileId): Promise<Json> => {
    const origin = parseJson((await readOwn(fileId, originEnding))?.toString() ?? '')
    return isObject(origin) ? origin : {}
  }

  const names = await namesIn(folder)
  const left: (readonly [FileId, Entry])[] = []
  for (const name of names) if (name.endsWith(bytesEnding)) left.push(...(await load(name)))
  left.sort(([, a], [, b]) => a.writtenAt.getTime() - b.writtenAt.getTime())
  for (const [fileId, entry] of left) remember(fileId, entry)
  for (const name of names) {
    const fileId = name.endsWith(originEnding) ? reviveFileId(name.slice(0, -originEnding.length)) : undefined
    if (fileId && !waiting.has(fileId)) orphans.add(fileId)
  }

  return {
    has: (fileId) => waiting.has(fileId),
    fileIds: () => waiting.keys(),
    get size() {
      return waiting.size
    },
    isUnfit: (fileId) => waiting.get(fileId)?.isUnfit === true,
    markUnfit(fileId) {
      const entry = waiting.get(fileId)
      if (entry) entry.isUnfit = true
    },
    lengthOf: (fileId) => waiting.get(fileId)?.lengthBytes ?? 0,
    get totalBytes() {
      return totalBytes
    },
    dayOf: (fileId) => waiting.get(fileId)?.day,
    async get(fileId) {
      const entry = waiting.get(fileId)
      const bytes = entry && (await readOwn(fileId, bytesEnding))
      if (!bytes) {
        forget(fileId)
        return undefined
      }
      const origin = await originOf(fileId)
      return { bytes, host: textAt(origin, 'host'), receivedAt: momentAt(origin, 'receivedAt') ?? entry.writtenAt }
    },
    async put(fileId, { bytes, host, receivedAt }, isCut) {
      orphans.delete(fileId)
      await ready()
      const day = days.today
      const origin = JSON.stringify({ host, receivedAt: receivedAt.toISOString(), day, isCut })
      await writeOver(fileFor(fileId, originEnding), Buffer.from(origin), { isDurable: false })
      try {
        await writeOver(fileFor(fileId, bytesEnding), bytes, { isDurable: false })
      } catch (error) {
        if (!waiting.has(fileId)) await remove(fileFor(fileId, originEnding)).catch(() => {})
        throw error
      }
      remember(fileId, { lengthBytes: bytes.length, day, writtenAt: receivedAt, isUnfit: isCut })
    },
    async drop(fileId) {
      if (!forget(fileId)) return
      await remove(fileFor(fileId, bytesEnding))
      await remove(fileFor(fileId, originEnding))
    },
    async tidy() {
      if (orphans.size > 0) await ready()
      for (const fileId of orphans) {
        orphans.delete(fileId)
        await remove(fileFor(fileId, originEnding))
      }
    },
  }
}
