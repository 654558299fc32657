import { type FileHandle, open } from 'node:fs/promises'
import { largestChunkBytes, type RandomAccess } from '../../zip/random-access.ts'

/** Most files come in one chunk; a large file comes in larger ones, since each costs a trip to the disk. */
const smallestChunkBytes = 512 * 1024

/** Files that may be open at the same time: some systems allow a program no more than 256. */
const maxOpenFiles = 64

/** Opens files to be read at any place, however many of them. */
export interface FilePool {
  /** Errors: what the file system says; a `stream` of a file that became shorter throws. Who opens it closes it. */
  open(path: string): Promise<RandomAccess>
}

/** A pool of open files: the one that was not read for the longest time is closed, and opened again when it is read. */
export function createFilePool(maxOpen = maxOpenFiles): FilePool {
  /** Longest unread first. */
  const handles = new Map<RandomAccess, Promise<FileHandle>>()
  const busy = new Map<RandomAccess, number>()
  const closed = new WeakSet<RandomAccess>()

  const closeOldest = async () => {
    const idle = [...handles].find(([access]) => !busy.get(access))
    if (handles.size <= maxOpen || !idle) return
    handles.delete(idle[0])
    await (await idle[1]).close()
  }

  /** The handle of a file, which stays open while `work` uses it. */
  const withHandle = async <T>(access: RandomAccess, path: string, work: (handle: FileHandle) => Promise<T>) => {
    if (closed.has(access)) throw new Error('the file was closed')
    busy.set(access, (busy.get(access) ?? 0) + 1)
    const handle = handles.get(access) ?? open(path, 'r')
    handles.delete(access)
    handles.set(access, handle)
    try {
      return await work(await handle)
    } finally {
      const others = (busy.get(access) ?? 1) - 1
      if (others > 0) busy.set(access, others)
      else busy.delete(access)
      await closeOldest()
    }
  }

  return {
    async open(path) {
      const handle = await open(path, 'r')
      const { size } = await handle.stat().catch(async (error) => {
        await handle.close()
        throw error
      })
      const access: RandomAccess = accessTo(path, size, (work) => withHandle(access, path, work), {
        async close() {
          closed.add(access)
          const opened = handles.get(access)
          handles.delete(access)
          await (await opened)?.close()
        },
      })
      handles.set(access, Promise.resolve(handle))
      await closeOldest()
      return access
    },
  }
}

/** One file to be read at any place. Errors: as those of a pool. */
export const fileAccess = (path: string): Promise<RandomAccess> => createFilePool().open(path)

function accessTo(
  file: string,
  size: number,
  withHandle: <T>(work: (handle: FileHandle) => Promise<T>) => Promise<T>,
  { close }: Pick<RandomAccess, 'close'>,
): RandomAccess {
  const read = async (position: number, length: number) => {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)))
    const filled = await withHandle((handle) => fill(handle, bytes, position))
    return bytes.subarray(0, filled)
  }
  const place = { file, start: 0 }
  return { size, place, read, stream: (start, end) => readAhead(read, start, Math.min(end, size)), close }
}

/** How many bytes there were. */
async function fill(handle: FileHandle, bytes: Buffer, position: number): Promise<number> {
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

/** While one chunk is worked on, the next is read; not after the first, so that a look at the start stays cheap. */
async function* readAhead(read: RandomAccess['read'], start: number, end: number): AsyncGenerator<Buffer> {
  let chunkBytes = smallestChunkBytes
  let next: Promise<Buffer> | undefined
  for (let at = start; at < end; ) {
    const chunk: Buffer = await (next ?? read(at, Math.min(chunkBytes, end - at)))
    if (chunk.length === 0) throw new Error('the file became shorter while it was read')
    const isFirst = at === start
    at += chunk.length
    chunkBytes = Math.min(largestChunkBytes, chunkBytes * 2)
    next = isFirst || at >= end ? undefined : read(at, Math.min(chunkBytes, end - at))
    next?.catch(() => {})
    yield chunk
  }
}
