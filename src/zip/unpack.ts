import { pipeline, Readable } from 'node:stream'
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import { messageOf } from '../errors.ts'
import type { Found } from './headers.ts'
import { largestChunkBytes } from './random-access.ts'
import { wrapBytes } from './wrapped.ts'

/** Entries up to this size are inflated in one go. */
const atOnceBytes = 512 * 1024

/** How many times its packed size an entry larger than `freeBytes` may inflate to. JSON reaches about 30. */
export const maxRatio = 200

/** Below this size nobody minds how well something was packed. */
export const freeBytes = 64 * 1024 * 1024

type Declared = Pick<Found, 'name' | 'sizeBytes' | 'compressedBytes' | 'crc32' | 'mayBeLarger'>

/** Whether an entry is read whole before it is inflated. */
export const isInflatedAtOnce = ({ compressedBytes, sizeBytes }: Declared) =>
  Math.max(compressedBytes, sizeBytes) <= atOnceBytes

/** The plain bytes of a deflated entry. */
export async function* inflated(found: Declared, packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const whole = isInflatedAtOnce(found) ? await gathered(packed) : null
  const plain = whole && inflatedAtOnce(whole, found.sizeBytes)
  if (plain) yield plain
  else yield* inflatedInChunks(found, whole ? [whole] : packed)
}

async function gathered(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

/** A stream costs as much as inflating a small file; null when something is wrong, which the stream then reports. */
function inflatedAtOnce(packed: Buffer, sizeBytes: number): Buffer | null {
  try {
    return inflateRawSync(packed, { chunkSize: sizeBytes + 64, maxOutputLength: Math.max(1, sizeBytes) })
  } catch {
    return null
  }
}

async function* inflatedInChunks(found: Declared, packed: AsyncIterable<Buffer> | Buffer[]): AsyncGenerator<Buffer> {
  const { plain, end } = inflating(packed, found.sizeBytes)
  try {
    yield* plain
  } catch (error) {
    throw new Error(`"${found.name}" is damaged: ${messageOf(error)}`, { cause: error })
  } finally {
    end()
  }
}

/** Inflates while it is read; `end` must be called, `packedBytes` tells how far it came. */
export function inflating(packed: AsyncIterable<Buffer> | Buffer[], sizeBytes: number) {
  const chunkSize = Math.max(1024, Math.min(largestChunkBytes / 2, sizeBytes))
  const plain = createInflateRaw({ chunkSize, readableHighWaterMark: 2 * chunkSize } as object)
  const input = Readable.from(packed, { highWaterMark: 1 })
  // What goes wrong with the input destroys `plain` too, whose reader hears of it.
  pipeline(input, plain, () => {})
  const end = () => {
    input.destroy()
    plain.destroy()
  }
  return { plain, end, packedBytes: () => plain.bytesWritten }
}

/** Passes on what is there, and throws as `ZipEntry.open` says. */
export async function* checked(found: Declared, plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const mostBytes = found.mayBeLarger ? Number.POSITIVE_INFINITY : found.sizeBytes
  let [bytes, sum] = [0, 0]
  for await (const chunk of plain) {
    const spare = mostBytes - bytes
    bytes += chunk.length
    if (isBomb(bytes, found.compressedBytes)) throw new Error(`"${found.name}" ${bombText}`)
    if (chunk.length > spare && spare > 0) yield chunk.subarray(0, spare)
    if (chunk.length > spare) throw new Error(`"${found.name}" is larger than the ${mostBytes} bytes it is said to be`)
    sum = crc32(chunk, sum)
    yield chunk
  }
  if (bytes < found.sizeBytes || (bytes - found.sizeBytes) % wrapBytes !== 0) {
    throw new Error(`"${found.name}" has ${bytes} bytes instead of the ${found.sizeBytes} it is said to have`)
  }
  if (sum !== found.crc32) throw new Error(`"${found.name}" is damaged: its checksum differs`)
}

const bombText = `unpacks to more than ${maxRatio} times its size`
/** Whether that much is more than an honest entry unpacks to. */
export const isBomb = (bytes: number, packedBytes: number) => bytes > freeBytes && bytes > maxRatio * packedBytes
