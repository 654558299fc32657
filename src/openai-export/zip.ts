import { open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import { messageOf } from '../errors.ts'

const kibi = 1024
const mebi = 1024 * kibi
const wrapBytes = 2 ** 32

/** Chunks grow from small, since most entries are small, to large, where each one costs a trip to the disk. */
const smallestChunkBytes = 64 * kibi
const largestChunkBytes = mebi

/** Entries up to this size are inflated in one go. */
const atOnceBytes = 512 * kibi

/** The whole table of contents is held in memory; it takes about 100 bytes an entry. A larger one is not believed. */
export const maxDirectoryBytes = 256 * mebi

/** Entries of one zip that are listed; what comes after them is left out, and `flaw` says so. */
export const maxEntries = 1_000_000

/** How many times its packed size an entry may inflate to, once it is larger than `freeBytes`. JSON reaches 30 or so. */
export const maxRatio = 200

/** Below this size nobody minds how well something was packed. */
export const freeBytes = 64 * mebi

/** Bytes that can be read at any place: a file, or a part of one. */
export interface RandomAccess {
  readonly size: number
  /** As many bytes as there are from `position` on, `length` at most. */
  read(position: number, length: number): Promise<Buffer>
  /** The bytes from `start` up to `end`, in chunks of at most 1 MiB that are the reader's own. */
  stream(start: number, end: number): AsyncIterable<Buffer>
  close(): Promise<void>
}

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
   *         another. While reading: after the declared size when there is more, at the end when there is less or when the
   *         checksum differs, and anywhere when the packed bytes are damaged or unpack to too much (`maxRatio`).
   */
  open(): AsyncIterable<Buffer>
  /** Its bytes where they lie, unchecked, when they are neither packed nor encrypted. */
  inPlace(): Promise<RandomAccess | null>
}

export interface Zip {
  readonly entries: readonly ZipEntry[]
  /** No usable table of contents was found: the entries are those whose bytes are there. */
  readonly isTruncated: boolean
  readonly flaw: string | null
}

/**
 * A file to be read at any place. Who opens it closes it.
 *
 * Errors  what the file system says; a `stream` of a file that became shorter throws.
 */
export async function fileAccess(path: string): Promise<RandomAccess> {
  const handle = await open(path, 'r')
  const { size } = await handle.stat().catch(async (error) => {
    await handle.close()
    throw error
  })
  const read = async (position: number, length: number) => {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)))
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  }
  return {
    size,
    read,
    stream: (start, end) => readAhead(read, start, Math.min(end, size)),
    close: () => handle.close(),
  }
}

/** A part of something that can be read, such as a zip that lies unpacked in another. Closing it closes nothing. */
export function sliceAccess(access: RandomAccess, start: number, length: number): RandomAccess {
  const size = Math.max(0, Math.min(length, access.size - start))
  return {
    size,
    read: (position, wanted) => access.read(start + position, Math.max(0, Math.min(wanted, size - position))),
    stream: (from, to) => access.stream(start + from, start + Math.min(to, size)),
    close: async () => {},
  }
}

/** While one chunk is worked on, the next is read; not after the first, so that a look at the start stays cheap. */
async function* readAhead(read: RandomAccess['read'], start: number, end: number): AsyncGenerator<Buffer> {
  let chunkBytes = smallestChunkBytes
  let next: Promise<Buffer> | undefined
  for (let at = start; at < end; ) {
    const chunk: Buffer = await (next ?? read(at, Math.min(chunkBytes, end - at)))
    if (chunk.length === 0) throw new Error('the file became shorter while it was read')
    const isFirst = at === start
    at += chunk.length
    chunkBytes = Math.min(largestChunkBytes, chunkBytes * 4)
    next = isFirst || at >= end ? undefined : read(at, Math.min(chunkBytes, end - at))
    next?.catch(() => {})
    yield chunk
  }
}

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  signed: 0x05054b50,
  end: 0x06054b50,
  wideEnd: 0x06064b50,
  wideLocator: 0x07064b50,
  descriptor: 0x08074b50,
  archiveExtra: 0x08064b50,
} as const
const knownSignatures = new Set<number>(Object.values(signatures))
const methods = { stored: 0, deflated: 8 } as const

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

/** What is known of an entry before it becomes a ZipEntry; `offset` is where its local header should stand. */
interface Found {
  readonly name: string
  readonly rawName: Buffer
  readonly isEncrypted: boolean
  readonly isSymlink: boolean
  readonly hasDescriptor: boolean
  readonly isWide: boolean
  readonly method: number
  readonly crc32: number
  readonly modifiedAt: Date | null
  readonly compressedBytes: number
  readonly sizeBytes: number
  readonly offset: number
  /** Where its bytes begin, when its local header was read already; null when that header is not to be found. */
  readonly dataAt?: number | null
  /** Its true size may be the declared one and any multiple of 4 GiB. */
  readonly mayBeLarger?: boolean
  readonly isOverlapping?: boolean
}

/**
 * Lists what is in a zip, also in a damaged one.
 *
 * Shape   The table of contents at the end, with ZIP64, comments and prepended data. In a zip beyond 4 GiB that was
 *         written without ZIP64, offsets and sizes are modulo 2^32; the true ones are found by the local headers. Of a
 *         deflated entry there, `sizeBytes` is the least that is possible; reading it gives all. Without a usable table,
 *         the local headers are followed from the start: entries that are whole are listed, the one that is cut off is
 *         named in `flaw`; symbolic links are not told from files there.
 * Units   bytes; `modifiedAt` is the Unix time if there is one, else MS-DOS time, which is local and in steps of 2 s.
 *         Names not flagged as UTF-8 are read as such if they are valid UTF-8 (as macOS writes them), else as CP437.
 * Errors  throws when nothing in it looks like a zip, and what the file system says.
 * Source  PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.4
 */
export async function openZip(source: RandomAccess): Promise<Zip> {
  const directory = await findDirectory(source)
  const listed = directory && (await readDirectory(source, directory))
  if (!directory || !listed) return scannedZip(source)
  const resolved = directory.isWrapped ? await unwrap(source, listed.found, directory) : listed.found
  const found = markOverlaps(resolved)
  const overlaps = found.filter((entry) => entry.isOverlapping).length
  const flaws = [listed.flaw, overlaps > 0 ? `${overlaps} of its entries overlap others` : null]
  return {
    entries: found.map((entry) => entryOf(source, entry, directory.baseBytes)),
    isTruncated: false,
    flaw: flaws.filter((flaw) => flaw !== null).join('; ') || null,
  }
}

// The table of contents.

interface Directory {
  readonly start: number
  readonly length: number
  /** How many bytes were put before the zip without its offsets being told. */
  readonly baseBytes: number
  readonly isWrapped: boolean
}

const endBytes = 22
const wideEndBytes = 56
const locatorBytes = 20
const maxTailBytes = endBytes + 0xffff

/** The last end record that leads to a table of contents: a comment may hold what looks like one. */
async function findDirectory(source: RandomAccess): Promise<Directory | null> {
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

/** A place as it was declared, and those that look the same in 32 bits. */
function wrapsOf(declared: number, below: number): number[] {
  const count = Math.max(1, Math.ceil((below - declared) / wrapBytes))
  return Array.from({ length: count }, (_, index) => declared + index * wrapBytes)
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

/** Null when it breaks off; the count of the end record is not asked, for it is modulo 65,536 in some zips. */
async function readDirectory(source: RandomAccess, { start, length, baseBytes }: Directory) {
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

function centralEntry(header: Buffer, extra: Buffer, baseBytes: number): Found {
  const extras = extrasOf(extra)
  const fields = [header.readUInt32LE(24), header.readUInt32LE(20), header.readUInt32LE(42)] as const
  const [sizeBytes, compressedBytes, offset] = widen(extras.get(1), fields)
  const madeOn = header[5] ?? 0
  const isUnix = madeOn === 3 || madeOn === 19
  return {
    ...commonOf(header, 8, header.subarray(46), extras),
    isSymlink: isUnix && ((header.readUInt32LE(38) >>> 16) & 0o170000) === 0o120000,
    compressedBytes,
    sizeBytes,
    offset: offset + baseBytes,
  }
}

/** From the flags on, both kinds of header have the same fields. */
function commonOf(header: Buffer, at: number, rawName: Buffer, extras: ReadonlyMap<number, Buffer>) {
  const flags = header.readUInt16LE(at)
  const unix = extras.get(0x5455)
  return {
    name: nameOf(rawName, (flags & 0x800) !== 0, extras.get(0x7075)),
    rawName,
    isEncrypted: (flags & 1) !== 0,
    hasDescriptor: (flags & 8) !== 0,
    isWide: extras.has(1),
    method: header.readUInt16LE(at + 2),
    modifiedAt:
      unix && unix.length >= 5 && ((unix[0] ?? 0) & 1) !== 0
        ? new Date(unix.readInt32LE(1) * 1000)
        : dosDate(header.readUInt16LE(at + 6), header.readUInt16LE(at + 4)),
    crc32: header.readUInt32LE(at + 8),
  }
}

function extrasOf(extra: Buffer): Map<number, Buffer> {
  const extras = new Map<number, Buffer>()
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2)
    if (end <= extra.length) extras.set(extra.readUInt16LE(at), extra.subarray(at + 4, end))
    at = end
  }
  return extras
}

/** ZIP64 gives, in this order, only those of the fields that are full. */
function widen<Fields extends readonly number[]>(wide: Buffer | undefined, fields: Fields) {
  let at = 0
  return fields.map((field) => {
    if (field !== 0xffffffff || !wide || at + 8 > wide.length) return field
    at += 8
    return Number(wide.readBigUInt64LE(at - 8))
  }) as unknown as { [Index in keyof Fields]: number }
}

const cp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function nameOf(raw: Buffer, isUtf8: boolean, unicode: Buffer | undefined): string {
  if (unicode && unicode.length > 5 && unicode[0] === 1 && unicode.readUInt32LE(1) === crc32(raw)) {
    return unicode.toString('utf8', 5)
  }
  if (isUtf8) return raw.toString('utf8')
  try {
    return strictUtf8.decode(raw)
  } catch {
    return Array.from(raw, (byte) => (byte < 128 ? String.fromCharCode(byte) : cp437[byte - 128])).join('')
  }
}

function dosDate(date: number, time: number): Date | null {
  const [month, day] = [(date >> 5) & 15, date & 31]
  if (month < 1 || month > 12 || day < 1) return null
  return new Date(1980 + (date >> 9), month - 1, day, time >> 11, (time >> 5) & 63, (time & 31) * 2)
}

// Zips beyond 4 GiB that were written without ZIP64.

/** Finds the true place of each entry by its local header, then the true sizes by what comes next. */
async function unwrap(source: RandomAccess, found: readonly Found[], directory: Directory): Promise<Found[]> {
  const placed: Found[] = []
  let floor = 0
  for (const entry of found) {
    const place = entry.isWide ? undefined : await truePlace(source, entry, directory.start, floor)
    placed.push(place === undefined ? entry : { ...entry, ...(place ?? { dataAt: null }) })
    if (place) floor = place.offset + 1
  }
  const starts = placed.map((entry) => entry.offset).sort((a, b) => a - b)
  const nextOf = new Map(starts.map((start, index) => [start, starts[index + 1] ?? directory.start]))
  return placed.map((entry) => withTrueSizes(entry, nextOf.get(entry.offset) ?? directory.start))
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

function withTrueSizes(entry: Found, next: number): Found {
  if (entry.isWide || !entry.dataAt) return entry
  const missing = Math.floor((next - entry.dataAt - entry.compressedBytes) / wrapBytes)
  const compressedBytes = entry.compressedBytes + Math.max(0, missing) * wrapBytes
  if (entry.method === methods.stored) return { ...entry, compressedBytes, sizeBytes: compressedBytes }
  // Deflating makes nothing longer but for five bytes in every block.
  const least = Math.max(0, Math.ceil((compressedBytes * 0.999 - kibi - entry.sizeBytes) / wrapBytes))
  return { ...entry, compressedBytes, sizeBytes: entry.sizeBytes + least * wrapBytes, mayBeLarger: true }
}

/** Bytes that are told twice, to unpack to more than the file could hold: the later entry is not read. */
function markOverlaps(found: readonly Found[]): Found[] {
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

// Entries and their bytes.

function entryOf(source: RandomAccess, found: Found, baseBytes: number): ZipEntry {
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

async function* inflated(found: Found, packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const isSmall = Math.max(found.compressedBytes, found.sizeBytes) <= atOnceBytes
  const whole = isSmall ? await gathered(packed) : null
  const plain = whole && inflatedAtOnce(whole, found.sizeBytes)
  if (plain) yield plain
  else yield* inflatedInChunks(found, whole ? [whole] : packed)
}

async function gathered(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

/** A stream costs as much as inflating a small file; null when something is wrong, which the stream then tells. */
function inflatedAtOnce(packed: Buffer, sizeBytes: number): Buffer | null {
  try {
    return inflateRawSync(packed, { chunkSize: sizeBytes + 64, maxOutputLength: Math.max(1, sizeBytes) })
  } catch {
    return null
  }
}

async function* inflatedInChunks(found: Found, packed: AsyncIterable<Buffer> | Buffer[]): AsyncGenerator<Buffer> {
  const { plain, end } = inflating(packed, found.sizeBytes)
  try {
    yield* plain
  } catch (error) {
    throw new Error(`"${found.name}" is damaged: ${messageOf(error)}`, { cause: error })
  } finally {
    end()
  }
}

function inflating(packed: AsyncIterable<Buffer> | Buffer[], sizeBytes: number) {
  const chunkSize = Math.max(kibi, Math.min(largestChunkBytes / 2, sizeBytes))
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

async function* checked(found: Found, plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
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
const isBomb = (bytes: number, packedBytes: number) => bytes > freeBytes && bytes > maxRatio * packedBytes

// Zips without a table of contents.

interface Local extends Found {
  readonly dataAt: number
}

async function scannedZip(source: RandomAccess): Promise<Zip> {
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
  const entries = found.map((entry) => entryOf(source, entry, 0))
  return { entries, isTruncated: true, flaw: flaws.slice(0, 5).join('; ') }
}

async function signatureAt(source: RandomAccess, at: number): Promise<number | null> {
  if (!(at >= 0 && at + 4 <= source.size)) return null
  const bytes = await source.read(at, 4)
  return bytes.length === 4 ? bytes.readUInt32LE(0) : null
}

/** The local header at a place; null when there is none, or when it is cut off. */
async function localAt(source: RandomAccess, at: number): Promise<Local | null> {
  if (!(at >= 0 && at + 30 <= source.size)) return null
  let header = await source.read(at, 30 + 512)
  if (header.length < 30 || header.readUInt32LE(0) !== signatures.local) return null
  const nameEnd = 30 + header.readUInt16LE(26)
  const end = nameEnd + header.readUInt16LE(28)
  if (end > header.length) header = await source.read(at, end)
  if (end > header.length) return null
  const extras = extrasOf(header.subarray(nameEnd, end))
  const fields = [header.readUInt32LE(22), header.readUInt32LE(18)] as const
  const [sizeBytes, compressedBytes] = widen(extras.get(1), fields)
  const common = commonOf(header, 6, header.subarray(30, nameEnd), extras)
  return { ...common, isSymlink: false, compressedBytes, sizeBytes, offset: at, dataAt: at + end }
}

type Whole = { readonly entry: Found; readonly nextAt: number } | { readonly isCut: boolean; readonly nextAt: number }

/** Finds where an entry ends: by its size if it tells one, by inflating it, or by the descriptor that comes after it. */
async function wholeEntry(source: RandomAccess, local: Local): Promise<Whole> {
  const isUntold = local.hasDescriptor && local.compressedBytes === 0
  if (!isUntold) return sizedEntry(source, local)
  if (local.name.endsWith('/')) return { entry: local, nextAt: local.dataAt }
  if (local.isEncrypted || local.method !== methods.deflated) return describedEntry(source, local)
  return inflatedEntry(source, local)
}

async function sizedEntry(source: RandomAccess, local: Local): Promise<Whole> {
  const told = local.dataAt + local.compressedBytes
  if (told > source.size) return { isCut: true, nextAt: source.size }
  for (const nextAt of local.isWide ? [told] : wrapsOf(told, source.size)) {
    if (nextAt < source.size && !knownSignatures.has((await signatureAt(source, nextAt)) ?? 0)) continue
    const entry = withTrueSizes(local, nextAt)
    // Only where 4 GiB were found missing may there be more than was told.
    return { entry: { ...entry, mayBeLarger: nextAt > told && entry.mayBeLarger === true }, nextAt }
  }
  return { entry: local, nextAt: told }
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
