import { createHash } from 'node:crypto'
import { openConfined } from '../archive/confined.ts'
import { hasContentCredentials } from '../decode/content-credentials.ts'

/** What the bytes of a file are now. */
export interface HashedFile {
  readonly sha256: string
  readonly lengthBytes: number
  readonly modifiedMs: number
  /** Null for a file too long to be looked at as a whole. */
  readonly hasCredentials: boolean | null
}

/** Files under way: while one is hashed others are read. More made it slower (docs/performance.md). */
const lanes = 2
/** Nearly every original fits, and is read by one call. */
const laneBytes = 8 * 1024 * 1024

/** Reads files for their hashes, in lanes that each have one buffer. */
export interface FileHasher {
  /** Undefined for a file that is not there, is a link, or cannot be read. */
  hash(place: string, onBytes: (count: number) => void): Promise<HashedFile | undefined>
}

/** Makes the reader of one archive's files; each of its lanes is a caller of `hash` at a time. */
function createFileHasher(root: string): FileHasher {
  const buffer = Buffer.allocUnsafe(laneBytes)
  return {
    async hash(place, onBytes) {
      const file = await openConfined(root, place)
      if (!file) return undefined
      try {
        const hash = createHash('sha256')
        let lengthBytes = 0
        let hasCredentials: boolean | null = false
        for (;;) {
          const { bytesRead } = await file.handle.read(buffer, 0, buffer.length, null)
          if (bytesRead === 0) break
          const chunk = buffer.subarray(0, bytesRead)
          hash.update(chunk)
          if (lengthBytes === 0) hasCredentials = bytesRead === file.sizeBytes ? hasContentCredentials(chunk) : null
          lengthBytes += bytesRead
          onBytes(bytesRead)
          if (lengthBytes >= file.sizeBytes) break
        }
        return { sha256: hash.digest('hex'), lengthBytes, modifiedMs: file.modifiedMs, hasCredentials }
      } catch {
        return undefined
      } finally {
        await file.handle.close()
      }
    },
  }
}

export interface HashFilesOptions {
  readonly signal?: AbortSignal | undefined
  onBytes?(count: number): void
}

/** Hands each item to `onFile` with what its file is now; in the order in which they are done. */
export async function hashFiles<Item>(
  root: string,
  items: Iterable<Item>,
  placeOf: (item: Item) => string,
  onFile: (item: Item, found: HashedFile | undefined) => Promise<void> | void,
  { signal, onBytes = () => {} }: HashFilesOptions = {},
): Promise<void> {
  const left = items[Symbol.iterator]()
  const work = async () => {
    const hasher = createFileHasher(root)
    for (let next = left.next(); !next.done && !signal?.aborted; next = left.next())
      await onFile(next.value, await hasher.hash(placeOf(next.value), onBytes))
  }
  await Promise.all(Array.from({ length: lanes }, work))
}
