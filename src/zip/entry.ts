import { type Found, localAt, methods } from './headers.ts'
import { type RandomAccess, sliceAccess } from './random-access.ts'
import { checked, inflated } from './unpack.ts'

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
  /** Its bytes where they lie, unchecked, when they are neither packed nor encrypted. */
  inPlace(): Promise<RandomAccess | null>
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
  return {
    ...{ name, sizeBytes, compressedBytes, crc32, method, modifiedAt, isEncrypted, isSymlink },
    isFolder: /[/\\]$/.test(name),
    open() {
      const refusal = refusalOf(found)
      if (refusal) throw new Error(`"${name}" ${refusal}`)
      return contentOf(source, found, baseBytes)
    },
    async inPlace() {
      if (refusalOf(found) || method !== methods.stored || sizeBytes !== compressedBytes) return null
      return sliceAccess(source, await placeOf(source, found, baseBytes), sizeBytes)
    },
  }
}

function refusalOf({ isEncrypted, isOverlapping, method }: Found): string | null {
  if (isEncrypted) return 'is encrypted'
  if (isOverlapping) return 'overlaps another entry'
  if (method === methods.stored || method === methods.deflated) return null
  return `is packed with method ${method} (${methodNames[method] ?? 'unknown'}), which is not read`
}

async function* contentOf(source: RandomAccess, found: Found, baseBytes: number): AsyncGenerator<Buffer> {
  const from = await placeOf(source, found, baseBytes)
  const packed = source.stream(from, from + found.compressedBytes)
  yield* checked(found, found.method === methods.stored ? packed : inflated(found, packed))
}

/** Where the bytes begin: the local header tells how long it is. Offsets may not count what was prepended. */
async function placeOf(source: RandomAccess, found: Found, baseBytes: number): Promise<number> {
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
