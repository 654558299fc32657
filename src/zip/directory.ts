import { centralEntry, type Found, signatureAt, signatures } from './headers.ts'
import type { RandomAccess } from './random-access.ts'
import { wrapBytes, wrapsOf } from './wrapped.ts'

/** The whole table of contents is held in memory; it takes about 100 bytes an entry. A larger one is not believed. */
export const maxDirectoryBytes = 256 * 1024 * 1024

/** Entries of one zip that are listed; what comes after them is left out, and `flaw` says so. */
export const maxEntries = 1_000_000

/** The table of contents: where it is, and what its offsets count from. */
export interface Directory {
  readonly start: number
  readonly length: number
  /** How many bytes were put before the zip without its offsets being changed. */
  readonly baseBytes: number
  readonly isWrapped: boolean
}

const endBytes = 22
const wideEndBytes = 56
const locatorBytes = 20
const maxTailBytes = endBytes + 0xffff

/** The last end record that leads to a table of contents: a comment may hold what looks like one. */
export async function findDirectory(source: RandomAccess): Promise<Directory | null> {
  const tailAt = Math.max(0, source.size - maxTailBytes)
  const tail = await source.read(tailAt, maxTailBytes)
  const beginsWithEntry = (await signatureAt(source, 0)) === signatures.local
  let isInner = false
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== signatures.end) continue
    const end = at + endBytes + tail.readUInt16LE(at + 20)
    if (isInner ? end !== tail.length : end > tail.length) continue
    const directory = await directoryBefore(source, tail.subarray(at, at + endBytes), tailAt + at)
    // Behind the entries of a zip that is cut off may stand the whole end of a zip within it.
    if (directory && !(directory.baseBytes > 0 && beginsWithEntry)) return directory
    isInner ||= directory !== null
  }
  return null
}

async function directoryBefore(source: RandomAccess, end: Buffer, endAt: number): Promise<Directory | null> {
  const wide = await wideEndBefore(source, endAt)
  const length = wide?.length ?? end.readUInt32LE(12)
  const declared = wide?.start ?? end.readUInt32LE(16)
  const directoryEnd = wide?.at ?? endAt
  if (length > maxDirectoryBytes || length > directoryEnd) return null
  for (const start of [directoryEnd - length, ...wrapsOf(declared, source.size)]) {
    const isEmpty = length === 0 && start === directoryEnd && (start - declared) % wrapBytes === 0
    const isThere = isEmpty || (length > 0 && (await signatureAt(source, start)) === signatures.central)
    const isWrapped = !wide && start - declared >= wrapBytes
    const baseBytes = isWrapped ? (start - declared) % wrapBytes : start - declared
    if (isThere) return { start, length, baseBytes, isWrapped }
  }
  return null
}

/** The ZIP64 end record; its locator may count from before what was prepended, so it is also looked for next to it. */
async function wideEndBefore(source: RandomAccess, endAt: number) {
  const locator = endAt >= locatorBytes ? await source.read(endAt - locatorBytes, locatorBytes) : Buffer.alloc(0)
  if (locator.length < locatorBytes || locator.readUInt32LE(0) !== signatures.wideLocator) return null
  for (const at of [Number(locator.readBigUInt64LE(8)), endAt - locatorBytes - wideEndBytes]) {
    if ((await signatureAt(source, at)) !== signatures.wideEnd) continue
    const end = await source.read(at, wideEndBytes)
    if (end.length < wideEndBytes) continue
    return { at, length: Number(end.readBigUInt64LE(40)), start: Number(end.readBigUInt64LE(48)) }
  }
  return null
}

/** Null when it breaks off; the end record's count is not used, for it is modulo 65,536 in some zips. */
export async function readDirectory(source: RandomAccess, { start, length, baseBytes }: Directory) {
  const bytes = await source.read(start, length)
  const found: Found[] = []
  let at = 0
  while (at + 46 <= bytes.length && bytes.readUInt32LE(at) === signatures.central && found.length < maxEntries) {
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28)
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30)
    const end = extraEnd + bytes.readUInt16LE(at + 32)
    if (end > bytes.length) return null
    found.push(centralEntry(bytes.subarray(at, nameEnd), bytes.subarray(nameEnd, extraEnd), baseBytes))
    at = end
  }
  if (found.length === maxEntries && at < bytes.length) {
    return { found, flaw: `it has more than ${maxEntries} entries, and the rest were left out` }
  }
  // A digital signature may follow the last entry; anything else there is damage.
  const isWhole = at === length || (at + 4 <= bytes.length && bytes.readUInt32LE(at) === signatures.signed)
  return isWhole ? { found, flaw: null } : null
}
