import { type Found, localAt, methods } from './headers.ts'
import { type DiskPlace, type RandomAccess, sliceAccess } from './random-access.ts'
import { checked, inflated, isInflatedAtOnce } from './unpack.ts'

/** One file or folder in a zip, as its table of contents (or what stands before its bytes) tells of it. */
export interface ZipEntry {
  /** As it was written: it may be absolute, lead upwards, or hold backslashes. */
  readonly name: string
  readonly sizeBytes: number
  readonly compressedBytes: number
  readonly crc32: number
  readonly method: number
  readonly modifiedAt: Date | null
  readonly isEncrypted: boolean
  readonly isSymlink: boolean
  readonly isFolder: boolean
  /**
   * Its bytes, unpacked and checked.
   *
   * Errors  throws at once for an encrypted entry, one packed with a method that is not read, or one that overlaps
   *         another. While reading: after the declared size when there is more, at the end when there is less or when
   *         the checksum differs, and anywhere when the packed bytes are damaged or unpack to too much (`maxRatio`).
   */
  open(): AsyncIterable<Buffer>
  /** Where its bytes can be read by another thread; undefined where its zip does not lie on the disk. */
  place(): PackedPlace | undefined
  /** Its bytes where they lie, unchecked, when they are neither packed nor encrypted. */
  inPlace(): Promise<RandomAccess | null>
}

/** What it takes to read an entry of a zip that another thread has listed: plain data. */
export interface PackedEntry extends Omit<Found, 'rawName' | 'isSymlink' | 'hasDescriptor' | 'isWide' | 'modifiedAt'> {
  /** How much was put before the zip. */
  readonly baseBytes: number
}

/** A zip on the disk, and the entry that is meant. */
export interface PackedPlace extends DiskPlace {
  /** Of the zip. */
  readonly lengthBytes: number
  readonly entry: PackedEntry
}

/** Methods by the names people know them by. */
const methodNames: Readonly<Record<number, string>> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
  99: 'AES',
}

/** The entry that was found; `baseBytes` is how much was put before the zip. */
export function entryOf(source: RandomAccess, found: Found, baseBytes: number): ZipEntry {
  const { name, sizeBytes, compressedBytes, crc32, method, modifiedAt, isEncrypted, isSymlink } = found
  // Of an entry nothing else is kept: there may be a million.
  const packed = packedOf(found, baseBytes)
  return {
    ...{ name, sizeBytes, compressedBytes, crc32, method, modifiedAt, isEncrypted, isSymlink },
    isFolder: /[/\\]$/.test(name),
    open: () => openPacked(source, packed),
    place: () => source.place && { ...source.place, lengthBytes: source.size, entry: packed },
    async inPlace() {
      const { method, sizeBytes } = packed
      if (refusalOf(packed) || method !== methods.stored || sizeBytes !== packed.compressedBytes) return null
      return sliceAccess(source, await placeOf(source, packed, baseBytes), sizeBytes)
    },
  }
}

function packedOf(found: Found, baseBytes: number): PackedEntry {
  const { name, sizeBytes, compressedBytes, crc32, method, isEncrypted, offset, dataAt } = found
  const { mayBeLarger = false, isOverlapping = false } = found
  const placed = dataAt === undefined ? undefined : { dataAt }
  const flags = { isEncrypted, mayBeLarger, isOverlapping }
  return { name, sizeBytes, compressedBytes, crc32, method, offset, ...placed, ...flags, baseBytes }
}

/** The bytes of an entry, as `ZipEntry.open` gives them. */
export function openPacked(source: RandomAccess, entry: PackedEntry): AsyncIterable<Buffer> {
  const refusal = refusalOf(entry)
  if (refusal) throw new Error(`"${entry.name}" ${refusal}`)
  return contentOf(source, entry)
}

function refusalOf({
  isEncrypted,
  isOverlapping,
  method,
}: Pick<Found, 'isEncrypted' | 'isOverlapping' | 'method'>): string | null {
  if (isEncrypted) return 'is encrypted'
  if (isOverlapping) return 'overlaps another entry'
  if (method === methods.stored || method === methods.deflated) return null
  return `is packed with method ${method} (${methodNames[method] ?? 'unknown'}), which is not read`
}

async function* contentOf(source: RandomAccess, entry: PackedEntry): AsyncGenerator<Buffer> {
  const from = await placeOf(source, entry, entry.baseBytes)
  // What is inflated piece by piece is read ahead, and no piece may be overwritten meanwhile.
  const isPassing = entry.method === methods.stored || isInflatedAtOnce(entry)
  const read = (isPassing ? source.passing : undefined) ?? source.stream
  const packed = read(from, from + entry.compressedBytes)
  yield* checked(entry, entry.method === methods.stored ? packed : inflated(entry, packed))
}

type Placed = Pick<Found, 'name' | 'offset' | 'dataAt'>

/** Where the bytes begin: the local header tells how long it is. Offsets may not count what was prepended. */
async function placeOf(source: RandomAccess, found: Placed, baseBytes: number): Promise<number> {
  if (found.dataAt) return found.dataAt
  const local =
    found.dataAt === null
      ? null
      : ((await localAt(source, found.offset)) ?? (await localAt(source, found.offset - baseBytes)))
  if (local) return local.dataAt
  throw new Error(`"${found.name}" is damaged: its bytes are not where the table of contents says`)
}

/** An entry may claim bytes of an earlier one, to unpack to more than the file could hold: it is not read. */
export function markOverlaps(found: readonly Found[]): Found[] {
  const inOrder = found.map((_, index) => index).sort((a, b) => (found[a]?.offset ?? 0) - (found[b]?.offset ?? 0))
  const marked = [...found]
  let end = Number.NEGATIVE_INFINITY
  for (const index of inOrder) {
    const entry = found[index]
    if (!entry || entry.dataAt === null) continue
    if (entry.offset < end) marked[index] = { ...entry, isOverlapping: true }
    end = Math.max(end, entry.offset + 30 + entry.compressedBytes)
  }
  return marked
}
