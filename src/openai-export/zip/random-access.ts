import { open } from 'node:fs/promises'

/** Most media come in one chunk; a large file comes in larger ones, since each costs a trip to the disk. */
const smallestChunkBytes = 512 * 1024
export const largestChunkBytes = 1024 * 1024

/** Bytes that can be read at any place: a file, or a part of one. */
export interface RandomAccess {
  readonly size: number
  /** As many bytes as there are from `position` on, `length` at most. */
  read(position: number, length: number): Promise<Buffer>
  /** The bytes from `start` up to `end`, in chunks of at most 1 MiB that are the reader's own. */
  stream(start: number, end: number): AsyncIterable<Buffer>
  close(): Promise<void>
}

/**
 * A file to be read at any place. Who opens it closes it.
 *
 * Errors  what the file system says; a `stream` of a file that became shorter throws.
 */
export async function fileAccess(path: string): Promise<RandomAccess> {
  const handle = await open(path, 'r')
  const { size } = await handle.stat().catch(async (error) => {
    await handle.close()
    throw error
  })
  const read = async (position: number, length: number) => {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)))
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  }
  return {
    size,
    read,
    stream: (start, end) => readAhead(read, start, Math.min(end, size)),
    close: () => handle.close(),
  }
}

/** A part of something that can be read, such as a zip that lies unpacked in another. Closing it closes nothing. */
export function sliceAccess(access: RandomAccess, start: number, length: number): RandomAccess {
  const size = Math.max(0, Math.min(length, access.size - start))
  return {
    size,
    read: (position, wanted) => access.read(start + position, Math.max(0, Math.min(wanted, size - position))),
    stream: (from, to) => access.stream(start + from, start + Math.min(to, size)),
    close: async () => {},
  }
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
