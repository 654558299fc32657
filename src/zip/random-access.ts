/** No chunk of a stream is longer: each costs a trip to the disk, and memory. */
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
