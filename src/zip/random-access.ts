/** No chunk of a stream is longer: each costs a trip to the disk, and memory. */
export const largestChunkBytes = 1024 * 1024

/** Bytes that can be read at any place: a file, or a part of one. */
export interface RandomAccess {
  readonly size: number
  /** As many bytes as there are from `position` on, `length` at most. */
  read(position: number, length: number): Promise<Buffer>
  /** The bytes from `start` up to `end`, in chunks of at most 1 MiB that are the reader's own. */
  stream(start: number, end: number): AsyncIterable<Buffer>
  /** The same in larger chunks, each of which is overwritten by the next; for a source that can spare the memory. */
  passing?(start: number, end: number): AsyncIterable<Buffer>
  /** Where it lies on the disk, if it does, so that another thread can open it. */
  readonly place?: DiskPlace
  close(): Promise<void>
}

/** A file, and where in it something begins. */
export interface DiskPlace {
  readonly file: string
  readonly start: number
}

/** A part of something that can be read, such as a zip that lies unpacked in another. Closing it closes nothing. */
export function sliceAccess(access: RandomAccess, start: number, length: number): RandomAccess {
  const size = Math.max(0, Math.min(length, access.size - start))
  const { place, passing } = access
  return {
    size,
    ...(place && { place: { file: place.file, start: place.start + start } }),
    ...(passing && { passing: (from, to) => passing(start + from, start + Math.min(to, size)) }),
    read: (position, wanted) => access.read(start + position, Math.max(0, Math.min(wanted, size - position))),
    stream: (from, to) => access.stream(start + from, start + Math.min(to, size)),
    close: async () => {},
  }
}
