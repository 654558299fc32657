import { crc32 } from 'node:zlib'
import { maxEntries } from './directory.ts'
import { type Found, knownSignatures, type Local, localAt, methods, signatureAt, signatures } from './headers.ts'
import { largestChunkBytes, type RandomAccess } from './random-access.ts'
import { inflating, isBomb } from './unpack.ts'
import { withTrueSizes, wrapBytes, wrapsOf } from './wrapped.ts'

/**
 * Follows the local headers from the start.
 *
 * Errors  throws when there is none.
 */
export async function scan(source: RandomAccess): Promise<{ found: Found[]; flaw: string }> {
  const found: Found[] = []
  const flaws: string[] = []
  let at = await nextLocal(source, 0)
  if (at === null) throw new Error('nothing in it looks like a zip')
  while (at !== null && found.length < maxEntries) {
    const local = await localAt(source, at)
    const whole = local && (await wholeEntry(source, local))
    if (whole && 'entry' in whole) found.push(whole.entry)
    else flaws.push(local ? `"${local.name}" is ${whole?.isCut ? 'cut off' : 'damaged'}` : 'its last entry is cut off')
    at = whole && !('isCut' in whole && whole.isCut) ? await nextLocal(source, whole.nextAt) : null
  }
  if (flaws.length === 0) flaws.push('its table of contents is missing or damaged')
  return { found, flaw: flaws.slice(0, 5).join('; ') }
}

type Whole = { readonly entry: Found; readonly nextAt: number } | { readonly isCut: boolean; readonly nextAt: number }

/** Finds where an entry ends: by its stated size, by inflating it, or by the descriptor that comes after it. */
async function wholeEntry(source: RandomAccess, local: Local): Promise<Whole> {
  const hasNoSize = local.hasDescriptor && local.compressedBytes === 0
  if (!hasNoSize) return sizedEntry(source, local)
  if (local.name.endsWith('/')) return { entry: local, nextAt: local.dataAt }
  if (local.isEncrypted || local.method !== methods.deflated) return describedEntry(source, local)
  return inflatedEntry(source, local)
}

async function sizedEntry(source: RandomAccess, local: Local): Promise<Whole> {
  const statedEnd = local.dataAt + local.compressedBytes
  if (statedEnd > source.size) return { isCut: true, nextAt: source.size }
  for (const nextAt of local.isWide ? [statedEnd] : wrapsOf(statedEnd, source.size)) {
    if (nextAt < source.size && !knownSignatures.has((await signatureAt(source, nextAt)) ?? 0)) continue
    const entry = withTrueSizes(local, nextAt)
    // Only where 4 GiB were found missing may there be more than was stated.
    return { entry: { ...entry, mayBeLarger: nextAt > statedEnd && entry.mayBeLarger === true }, nextAt }
  }
  return { entry: local, nextAt: statedEnd }
}

async function inflatedEntry(source: RandomAccess, local: Local): Promise<Whole> {
  const { plain, end, packedBytes } = inflating(source.stream(local.dataAt, source.size), largestChunkBytes)
  let [sizeBytes, sum] = [0, 0]
  try {
    for await (const chunk of plain) {
      sizeBytes += chunk.length
      sum = crc32(chunk, sum)
      if (isBomb(sizeBytes, packedBytes())) return { isCut: false, nextAt: local.dataAt + packedBytes() }
    }
  } catch {
    const nextAt = local.dataAt + packedBytes()
    return { isCut: nextAt >= source.size, nextAt: Math.max(nextAt, local.dataAt) }
  } finally {
    end()
  }
  const compressedBytes = packedBytes()
  const nextAt = local.dataAt + compressedBytes
  return { entry: { ...local, compressedBytes, sizeBytes, crc32: sum }, nextAt }
}

/** Stored bytes may hold anything; a descriptor is one if it tells just the distance from the start. */
async function describedEntry(source: RandomAccess, local: Local): Promise<Whole> {
  for await (const { at, signature } of signaturesFrom(source, local.dataAt)) {
    const descriptor = await descriptorBefore(source, local, at, signature)
    if (!descriptor) continue
    const { compressedBytes, sizeBytes, crc32, nextAt } = descriptor
    return { entry: { ...local, compressedBytes, sizeBytes, crc32 }, nextAt }
  }
  return { isCut: true, nextAt: source.size }
}

/** With a signature of its own it begins at `at`; without one it ends there, before the next header. */
async function descriptorBefore(source: RandomAccess, local: Local, at: number, signature: number) {
  if (signature === signatures.wideEnd || signature === signatures.wideLocator) return null
  const isSigned = signature === signatures.descriptor
  for (const width of [4, 8]) {
    const begin = isSigned ? at + 4 : at - 4 - 2 * width
    const compressedBytes = begin - (isSigned ? 4 : 0) - local.dataAt
    if (compressedBytes < 0) continue
    const bytes = await source.read(begin, 4 + 2 * width)
    if (bytes.length < 4 + 2 * width) continue
    if (numberIn(bytes, 4, width) !== (width === 4 ? compressedBytes % wrapBytes : compressedBytes)) continue
    const sizeBytes = local.method === methods.stored ? compressedBytes : numberIn(bytes, 4 + width, width)
    return { compressedBytes, sizeBytes, crc32: bytes.readUInt32LE(0), nextAt: begin + bytes.length }
  }
  return null
}

const numberIn = (bytes: Buffer, at: number, width: number) =>
  width === 4 ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at))

async function nextLocal(source: RandomAccess, from: number): Promise<number | null> {
  if ((await signatureAt(source, from)) === signatures.local) return from
  for await (const { at, signature } of signaturesFrom(source, from)) {
    if (signature === signatures.local) return at
  }
  return null
}

async function* signaturesFrom(source: RandomAccess, from: number) {
  let carried = Buffer.alloc(0)
  let at = from
  for await (const chunk of source.stream(from, source.size)) {
    const window = carried.length > 0 ? Buffer.concat([carried, chunk]) : chunk
    for (let hit = window.indexOf('PK'); hit >= 0 && hit + 4 <= window.length; hit = window.indexOf('PK', hit + 2)) {
      const signature = window.readUInt32LE(hit)
      if (knownSignatures.has(signature)) yield { at: at - carried.length + hit, signature }
    }
    at += chunk.length
    carried = Buffer.from(window.subarray(Math.max(0, window.length - 3)))
  }
}
