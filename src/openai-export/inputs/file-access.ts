import { open } from 'node:fs/promises'
import { largestChunkBytes, type RandomAccess } from '../../zip/random-access.ts'

/** Most files come in one chunk; a large file comes in larger ones, since each costs a trip to the disk. */
const smallestChunkBytes = 512 * 1024

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
