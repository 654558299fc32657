import { createHash } from 'node:crypto'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { openConfined } from '../archive/confined.ts'
import { appendTo, writeOver } from '../archive/files.ts'
import { ensureFolderIn } from '../archive/folders.ts'
import { cacheFolder } from '../catalogue/index-cache.ts'
import { type Look, type LookPlace, lookBytes } from './look.ts'

/** Looks by the image they are of, in memory and in the folder of what may be thrown away. */
export interface Rows {
  /** The row of an image that was looked at; its key tells this image from any other, and from what it was before. */
  find(key: string): number | undefined
  add(key: string, look: Look): number
  /** Where a look lies; written into `place` where one is given, so that a walk over all of them makes nothing. */
  look(row: number, place?: Mutable<LookPlace>): LookPlace
  /** Appends to the file what is not in it yet. */
  save(): Promise<void>
  /** Writes the file anew when most of it is of images that are gone. */
  tidy(used: ReadonlySet<number>): Promise<void>
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Characters of a key, each of one byte. */
export const keyLength = 16

/** The key of an image that lies there, and was written then. */
export function keyFor(image: string, { mtimeMs, size }: { readonly mtimeMs: number; readonly size: number }): string {
  const hash = createHash('sha256').update(`${image}\0${mtimeMs}\0${size}`)
  return hash.digest().toString('latin1', 0, keyLength)
}

const fileName = 'looks.bin'
/** Rows of another version have other check sums. */
const version = 1
const checkAt = keyLength + lookBytes
const rowBytes = checkAt + 4
/** Rows of a block: no larger piece is ever copied as the table grows. */
const perBlock = 4_096
/** Fewer rows of images that are gone are not worth the writing. */
const maxUnused = 1_000

/**
 * Opens the looks of an archive.
 *
 * Shape   the file has rows of one length: key, look, check sum. Rows that are not whole are passed over, and the file
 *         is written anew then.
 * Errors  none: a cache that cannot be read is made again, and one that cannot be written is not.
 */
export async function openRows(root: string): Promise<Rows> {
  const blocks: Uint8Array[] = []
  const rowOf = new Map<string, number>()
  const file = path.join(root, cacheFolder, fileName)
  let count = 0
  let saved = 0
  let isTorn = false

  const bytesOf = (row: number) => {
    const at = (row % perBlock) * rowBytes
    return (blocks[Math.floor(row / perBlock)] ?? none).subarray(at, at + rowBytes)
  }

  const put = (bytes: Uint8Array): number => {
    if (count % perBlock === 0) blocks.push(new Uint8Array(perBlock * rowBytes))
    const row = count++
    bytesOf(row).set(bytes)
    rowOf.set(Buffer.from(bytes.subarray(0, keyLength)).toString('latin1'), row)
    return row
  }

  const load = async () => {
    for await (const piece of piecesOf(root))
      for (let at = 0; at < piece.length; at += rowBytes) {
        const bytes = piece.subarray(at, at + rowBytes)
        if (bytes.length === rowBytes && isWhole(bytes)) put(bytes)
        else isTorn = true
      }
  }
  await load().catch(() => {
    isTorn = true
  })
  saved = count

  const write = async (rows: readonly number[], isAnew: boolean) => {
    const bytes = Buffer.concat(rows.map(bytesOf))
    await ensureFolderIn(root, cacheFolder, { isPrivate: true })
    await (isAnew ? writeOver(file, bytes, { isDurable: false }) : appendTo(file, bytes))
    isTorn = false
  }

  return {
    find: (key) => rowOf.get(key),
    add(key, look) {
      const bytes = Buffer.alloc(rowBytes)
      bytes.write(key, 'latin1')
      bytes.set(look, keyLength)
      bytes.writeUInt32BE(crc32(bytes.subarray(0, checkAt), version), checkAt)
      return put(bytes)
    },
    look(row, place = { bytes: none, at: 0 }) {
      place.bytes = blocks[Math.floor(row / perBlock)] ?? none
      place.at = (row % perBlock) * rowBytes + keyLength
      return place
    },
    async save() {
      if (saved === count && !isTorn) return
      const from = isTorn ? 0 : saved
      saved = count
      await write(range(from, count), isTorn).catch(() => {})
    },
    async tidy(used) {
      if (saved - used.size > used.size / 2 + maxUnused) await write([...used], true).catch(() => {})
    },
  }
}

const none = new Uint8Array(0)

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

const isWhole = (bytes: Buffer) => crc32(bytes.subarray(0, checkAt), version) === bytes.readUInt32BE(checkAt)

/** The bytes of the file in pieces of whole rows; only the last may end within one. */
async function* piecesOf(root: string): AsyncGenerator<Buffer, void, void> {
  const file = await openConfined(root, `${cacheFolder}/${fileName}`)
  if (!file) return
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of file.handle.createReadStream({ highWaterMark: chunkBytes })) {
    const bytes = Buffer.concat([rest, chunk as Buffer])
    const end = bytes.length - (bytes.length % rowBytes)
    yield bytes.subarray(0, end)
    rest = bytes.subarray(end)
  }
  yield rest
}

const chunkBytes = 256 * 1024
