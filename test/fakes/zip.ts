import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { crc32, deflateRawSync } from 'node:zlib'

/** An entry of a zip made for a test; what is not told is true. */
export interface FakeEntry {
  readonly name: string | Buffer
  readonly data?: string | Uint8Array
  /** 0 stored (the default), 8 deflated; any other stores the bytes and claims the method. */
  readonly method?: number
  /** So many zeros that are never written: for files beyond 4 GiB. */
  readonly sparseBytes?: number
  readonly isEncrypted?: boolean
  readonly isSymlink?: boolean
  readonly modifiedAt?: Date
  /** Unix seconds in an extended timestamp. */
  readonly unixTime?: number
  readonly isUnflagged?: boolean
  readonly unicodeName?: string
  /** Lies. */
  readonly claimedSize?: number
  readonly claimedPacked?: number
  readonly claimedCrc?: number
}

export interface FakeZipOptions {
  readonly zip64?: boolean
  readonly descriptors?: boolean | 'bare'
  readonly comment?: string | Buffer
  /** What stands before the zip; its offsets count it only if `countsPrefix`. */
  readonly prefix?: Buffer
  readonly countsPrefix?: boolean
}

interface Piece {
  readonly at: number
  readonly bytes: Buffer
}

/** A zip in memory. */
export function makeZip(entries: readonly FakeEntry[], options: FakeZipOptions = {}): Buffer {
  const { pieces, size } = layOut(entries, options)
  const zip = Buffer.alloc(size)
  for (const { at, bytes } of pieces) bytes.copy(zip, at)
  return zip
}

/** A zip on disk of which only the written parts take room; without `zip64` its numbers are modulo 2^32. */
export function writeSparseZip(file: string, entries: readonly FakeEntry[], options: FakeZipOptions = {}): string {
  const { pieces, size } = layOut(entries, options)
  const handle = openSync(file, 'w')
  ftruncateSync(handle, size)
  for (const { at, bytes } of pieces) writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
  return file
}

const narrow = (value: number) => value % 2 ** 32
const u16 = (...values: number[]) => Buffer.concat(values.map((value) => Buffer.of(value & 255, (value >> 8) & 255)))
const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values.map(narrow)).buffer)
const u64 = (...values: number[]) => Buffer.from(BigUint64Array.from(values.map(BigInt)).buffer)
const field = (id: number, bytes: Buffer) => Buffer.concat([u16(id, bytes.length), bytes])

function layOut(entries: readonly FakeEntry[], options: FakeZipOptions) {
  const pieces: Piece[] = []
  let at = 0
  const put = (...parts: Buffer[]) => {
    const bytes = Buffer.concat(parts)
    pieces.push({ at, bytes })
    at += bytes.length
  }
  put(options.prefix ?? Buffer.alloc(0))
  const base = options.countsPrefix ? 0 : at
  const central: Buffer[] = []
  for (const entry of entries) {
    const facts = factsOf(entry, options)
    const offset = at - base
    put(facts.local, facts.packed)
    at += entry.sparseBytes ?? 0
    put(facts.descriptor)
    central.push(facts.central(offset))
  }
  const start = at - base
  put(...central)
  const length = at - base - start
  if (options.zip64) put(wideEnd(entries.length, length, start))
  const comment = Buffer.from(options.comment ?? '')
  const count = options.zip64 ? 0xffff : entries.length
  const [shownLength, shownStart] = options.zip64 ? [0xffffffff, 0xffffffff] : [length, start]
  put(u32(0x06054b50), u16(0, 0, count, count), u32(shownLength, shownStart), u16(comment.length), comment)
  return { pieces, size: at }
}

function wideEnd(count: number, length: number, start: number) {
  const end = [u32(0x06064b50), u64(44), u16(45, 45), u32(0, 0), u64(count, count, length, start)]
  return Buffer.concat([...end, u32(0x07064b50, 0), u64(start + length), u32(1)])
}

function factsOf(entry: FakeEntry, { zip64, descriptors }: FakeZipOptions) {
  const data = Buffer.from(entry.data ?? '')
  const method = entry.method ?? 0
  const packed = method === 8 ? deflateRawSync(data) : data
  const size = entry.claimedSize ?? entry.sparseBytes ?? data.length
  const packedSize = entry.claimedPacked ?? entry.sparseBytes ?? packed.length
  const crc = entry.claimedCrc ?? crc32(data)
  const name = Buffer.from(entry.name as string)
  const flags = (entry.isUnflagged ? 0 : 0x800) | (entry.isEncrypted ? 1 : 0) | (descriptors ? 8 : 0)
  const common = Buffer.concat([u16(flags, method), dosTime(entry.modifiedAt ?? new Date(2024, 4, 6, 7, 8, 10))])
  const extras = Buffer.concat(extrasOf(entry, name))
  const header = (told: readonly number[], offset: readonly number[]) => {
    const wide = zip64 && told.some((value) => value > 0) ? field(1, u64(...told.toReversed(), ...offset)) : ''
    const extra = Buffer.concat([Buffer.from(wide), extras])
    const [shownPacked, shownSize] = wide === '' ? told : [0xffffffff, 0xffffffff]
    return { extra, sizes: u32(shownPacked ?? 0, shownSize ?? 0), offset: wide === '' ? offset[0] : 0xffffffff }
  }
  const untold = header(descriptors ? [0, 0] : [packedSize, size], [])
  const local = [u32(0x04034b50), u16(20), common, u32(descriptors ? 0 : crc), untold.sizes]
  const sizes = zip64 ? u64(packedSize, size) : u32(packedSize, size)
  const signature = descriptors === 'bare' ? Buffer.alloc(0) : u32(0x08074b50)
  return {
    packed,
    local: Buffer.concat([...local, u16(name.length, untold.extra.length), name, untold.extra]),
    descriptor: descriptors ? Buffer.concat([signature, u32(crc), sizes]) : Buffer.alloc(0),
    central: (at: number) => {
      const told = header([packedSize, size], [at])
      const mode = entry.isSymlink ? 0o120777 : 0o100644
      const head = [u32(0x02014b50), u16((3 << 8) | 20, 20), common, u32(crc), told.sizes]
      const rest = [u16(name.length, told.extra.length, 0, 0, 0), u32(mode * 2 ** 16, told.offset ?? at)]
      return Buffer.concat([...head, ...rest, name, told.extra])
    },
  }
}

function extrasOf({ unixTime, unicodeName }: FakeEntry, name: Buffer): Buffer[] {
  return [
    ...(unixTime === undefined ? [] : [field(0x5455, Buffer.concat([Buffer.of(1), u32(unixTime)]))]),
    ...(unicodeName === undefined
      ? []
      : [field(0x7075, Buffer.concat([Buffer.of(1), u32(crc32(name)), Buffer.from(unicodeName)]))]),
  ]
}

function dosTime(date: Date): Buffer {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1)
  return u16(time, ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate())
}
