import { type Found, localAt, methods } from './headers.ts'
import type { RandomAccess } from './random-access.ts'

/** Where 32 bits begin anew: zips beyond 4 GiB that were written without ZIP64 tell offsets and sizes modulo this. */
export const wrapBytes = 2 ** 32

/** A place as it was declared, and those that look the same in 32 bits. */
export function wrapsOf(declared: number, below: number): number[] {
  const count = Math.max(1, Math.ceil((below - declared) / wrapBytes))
  return Array.from({ length: count }, (_, index) => declared + index * wrapBytes)
}

/** Finds the true place of each entry by its local header, then the true sizes by what comes next. */
export async function unwrap(source: RandomAccess, found: readonly Found[], directoryAt: number): Promise<Found[]> {
  const placed: Found[] = []
  let floor = 0
  for (const entry of found) {
    const place = entry.isWide ? undefined : await truePlace(source, entry, directoryAt, floor)
    placed.push(place === undefined ? entry : { ...entry, ...(place ?? { dataAt: null }) })
    if (place) floor = place.offset + 1
  }
  const starts = placed.map((entry) => entry.offset).sort((a, b) => a - b)
  const nextOf = new Map(starts.map((start, index) => [start, starts[index + 1] ?? directoryAt]))
  return placed.map((entry) => withTrueSizes(entry, nextOf.get(entry.offset) ?? directoryAt))
}

/** Entries mostly stand in the order of the table, so places after the last one are tried first. */
async function truePlace(source: RandomAccess, entry: Found, below: number, floor: number) {
  const places = wrapsOf(entry.offset, below)
  for (const offset of [...places.filter((at) => at >= floor), ...places.filter((at) => at < floor)]) {
    const local = await localAt(source, offset)
    if (local?.rawName.equals(entry.rawName)) return { offset, dataAt: local.dataAt }
  }
  return null
}

/** Sizes by what comes next: the bytes missing up to there are multiples of 4 GiB. */
export function withTrueSizes(entry: Found, next: number): Found {
  if (entry.isWide || !entry.dataAt) return entry
  const missing = Math.floor((next - entry.dataAt - entry.compressedBytes) / wrapBytes)
  const compressedBytes = entry.compressedBytes + Math.max(0, missing) * wrapBytes
  if (entry.method === methods.stored) return { ...entry, compressedBytes, sizeBytes: compressedBytes }
  // Deflating makes nothing longer but for five bytes in every block.
  const least = Math.max(0, Math.ceil((compressedBytes * 0.999 - 1024 - entry.sizeBytes) / wrapBytes))
  return { ...entry, compressedBytes, sizeBytes: entry.sizeBytes + least * wrapBytes, mayBeLarger: true }
}
