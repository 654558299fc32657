import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { openPacked } from '../../zip/entry.ts'
import { largestChunkBytes, type RandomAccess, sliceAccess } from '../../zip/random-access.ts'
import type { BytesPlace } from './export-file.ts'

/** Zips that stay open: those of one export are read by turns. */
const maxOpenFiles = 8

/** Reads places of the disk for a thread that has nothing else to do meanwhile. */
export interface OwnAccess {
  /**
   * The bytes at a place; a chunk may be overwritten by the next. Errors: as `ExportFile.open`.
   */
  open(place: BytesPlace): AsyncIterable<Buffer>
}

/** Waits for each call of the system, and reads into one buffer that is used again and again. */
export function createOwnAccess(bufferBytes: number): OwnAccess {
  const buffer = Buffer.allocUnsafeSlow(bufferBytes)
  /** Longest unread first. */
  const files = new Map<string, RandomAccess>()

  const fileAt = (file: string): RandomAccess => {
    const access = files.get(file) ?? accessTo(file, buffer)
    files.delete(file)
    files.set(file, access)
    const [oldest] = files
    if (files.size > maxOpenFiles && oldest) {
      files.delete(oldest[0])
      void oldest[1].close()
    }
    return access
  }

  return {
    open(place) {
      const access = fileAt(place.file)
      const { start, entry } = place
      if (entry) return openPacked(sliceAccess(access, start, place.lengthBytes), entry)
      return (access.passing ?? access.stream)(start, access.size)
    },
  }
}

function accessTo(file: string, buffer: Buffer): RandomAccess {
  const handle = openSync(file, 'r')
  const { size } = fstatSync(handle)
  const fill = (bytes: Buffer, position: number): Buffer => {
    let filled = 0
    while (filled < bytes.length) {
      const read = readSync(handle, bytes, filled, bytes.length - filled, position + filled)
      if (read === 0) break
      filled += read
    }
    return bytes.subarray(0, filled)
  }
  const pieces = async function* (start: number, end: number, room: (length: number) => Buffer) {
    for (let at = start; at < Math.min(end, size); ) {
      const chunk = fill(room(Math.min(end, size) - at), at)
      if (chunk.length === 0) throw new Error('the file became shorter while it was read')
      at += chunk.length
      yield chunk
    }
  }
  return {
    size,
    read: async (position, length) =>
      fill(Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position))), position),
    stream: (start, end) => pieces(start, end, (length) => Buffer.allocUnsafe(Math.min(length, largestChunkBytes))),
    passing: (start, end) => pieces(start, end, (length) => buffer.subarray(0, length)),
    close: async () => closeSync(handle),
  }
}
