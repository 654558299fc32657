import path from 'node:path'
import { isObject, type Json, momentAt, parseJson, textAt } from '../decode/json.ts'
import { type FileId, reviveFileId } from '../sites/ids.ts'
import { remove, writeOver } from './files.ts'
import { namesIn, readIfThere, writtenAt } from './read-files.ts'

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
  /** How many bytes wait; 0 when none do, or when a former run has left them. */
  lengthOf(fileId: FileId): number
  /** Since when they wait. */
  since(fileId: FileId): Date | undefined
  get(fileId: FileId): Promise<WaitingBytes | undefined>
  /** In place of those that waited before. */
  put(fileId: FileId, waiting: WaitingBytes, isCut: boolean): Promise<void>
  drop(fileId: FileId): Promise<void>
  /** Removes notes of bytes that are not there: a run ended before these were written. */
  tidy(): Promise<void>
}

const bytesEnding = '.bytes'
const originEnding = '.origin.json'

/**
 * Opens the waiting bytes in a folder; nothing is written.
 *
 * Shape   `<file id>.bytes` with `<file id>.origin.json` saying host and time. `ready` is awaited before each write.
 * Errors  what cannot be read counts for nothing.
 */
export async function openBytesStore(folder: string, ready: () => Promise<void>): Promise<BytesStore> {
  const waiting = new Map<FileId, Date>()
  const unfit = new Set<FileId>()
  const lengths = new Map<FileId, number>()
  const orphans = new Set<FileId>()
  const fileFor = (fileId: FileId, ending: string) => path.join(folder, fileId + ending)
  const names = new Set(await namesIn(folder))
  for (const name of names) await load(name)

  async function load(name: string) {
    const fileId = reviveFileId(name.replace(/\..*$/, ''))
    if (!fileId) return
    if (name.endsWith(bytesEnding)) {
      // Whoever looks beside a running daemon may find a name whose file is gone a moment later.
      const since = await writtenAt(path.join(folder, name)).catch(() => undefined)
      if (since) waiting.set(fileId, since)
    }
    if (!name.endsWith(originEnding)) return
    if (!names.has(fileId + bytesEnding)) orphans.add(fileId)
    else if ((await originOf(fileId)).isCut === true) unfit.add(fileId)
  }

  /** A link or a folder in a file's place holds nothing for us. */
  function readOwn(fileId: FileId, ending: string): Promise<Buffer | undefined> {
    return readIfThere(fileFor(fileId, ending)).catch(() => undefined)
  }

  /** What was noted beside waiting bytes. */
  async function originOf(fileId: FileId): Promise<Json> {
    const origin = parseJson((await readOwn(fileId, originEnding))?.toString() ?? '')
    return isObject(origin) ? origin : {}
  }

  return {
    has: (fileId) => waiting.has(fileId),
    fileIds: () => waiting.keys(),
    get size() {
      return waiting.size
    },
    isUnfit: (fileId) => unfit.has(fileId),
    markUnfit: (fileId) => void unfit.add(fileId),
    lengthOf: (fileId) => lengths.get(fileId) ?? 0,
    since: (fileId) => waiting.get(fileId),
    async get(fileId) {
      const bytes = waiting.has(fileId) ? await readOwn(fileId, bytesEnding) : undefined
      if (!bytes) {
        waiting.delete(fileId)
        return undefined
      }
      const origin = await originOf(fileId)
      const receivedAt = momentAt(origin, 'receivedAt') ?? waiting.get(fileId) ?? new Date()
      return { bytes, host: textAt(origin, 'host'), receivedAt }
    },
    async put(fileId, { bytes, host, receivedAt }, isCut) {
      orphans.delete(fileId)
      await ready()
      const origin = JSON.stringify({ host, receivedAt: receivedAt.toISOString(), isCut })
      await writeOver(fileFor(fileId, originEnding), Buffer.from(origin), { isDurable: false })
      try {
        await writeOver(fileFor(fileId, bytesEnding), bytes, { isDurable: false })
      } catch (error) {
        if (!waiting.has(fileId)) await remove(fileFor(fileId, originEnding)).catch(() => {})
        throw error
      }
      waiting.set(fileId, receivedAt)
      lengths.set(fileId, bytes.length)
      if (isCut) unfit.add(fileId)
      else unfit.delete(fileId)
    },
    async drop(fileId) {
      lengths.delete(fileId)
      unfit.delete(fileId)
      if (!waiting.delete(fileId)) return
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
