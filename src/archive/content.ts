import { createHash } from 'node:crypto'
import type { ImageExtension, ImageKind } from '../decode/image-bytes.ts'
import { writeNew } from './files.ts'
import { readUnlinked } from './read-files.ts'
import type { Stored } from './records.ts'

/** The bytes of an image that is to be stored, wherever they lie now. */
export interface ImageContent {
  readonly sha256: string
  /** Length. */
  readonly bytes: number
  readonly extension: ImageExtension
  readonly mime: Stored['mime']
  /** Pixels by the file's own header. */
  readonly widthPx: number | null
  readonly heightPx: number | null
  /** Gives the bytes this name, unless it is taken. */
  put(target: string): Promise<'written' | 'taken'>
  /** Whether just these bytes have this name already. */
  isAt(target: string): Promise<boolean>
  /** False where `put` leaves it to the caller to flush the folder before anything relies on the name. */
  readonly isFlushed: boolean
}

/** An image that was received and lies in memory. */
export function contentInMemory(bytes: Uint8Array, { extension, mime, widthPx, heightPx }: ImageKind): ImageContent {
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    extension,
    mime,
    widthPx,
    heightPx,
    put: (target) => writeNew(target, bytes),
    isAt: async (target) => (await readUnlinked(target))?.equals(bytes) ?? false,
    isFlushed: true,
  }
}
