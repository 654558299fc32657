import { crc32 } from 'node:zlib'

/** A file to be put into a zip. */
export interface ZipFile {
  /** With `/`; each name once. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly modifiedAt: Date
}

interface Written {
  readonly name: Buffer
  readonly crc: number
  readonly sizeBytes: number
  readonly time: number
  readonly at: number
}

const wide32 = 0xffff_ffff
const wide16 = 0xffff

/**
 * A zip of files as they come, one in memory at a time.
 *
 * Shape   stored, since images are packed already; ZIP64 fields from the first number on that needs one (`limits` is
 *         lower in tests).
 * Units   modification times in local MS-DOS time, steps of 2 s.
 * Errors  throws what the source of the files throws; the zip then ends in the middle, which readers notice.
 * Source  PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3
 */
export async function* zipOf(
  files: AsyncIterable<ZipFile>,
  limits: { readonly offset: number; readonly count: number } = { offset: wide32, count: wide16 },
): AsyncGenerator<Uint8Array> {
  const written: Written[] = []
  let at = 0
  for await (const { name: text, bytes, modifiedAt } of files) {
    const name = Buffer.from(text)
    const entry = { name, crc: crc32(bytes), sizeBytes: bytes.length, time: dosTime(modifiedAt), at }
    const head = localHeader(entry)
    yield head
    yield bytes
    written.push(entry)
    at += head.length + bytes.length
  }
  const start = at
  for (const entry of written) {
    const header = centralHeader(entry, entry.at >= limits.offset)
    yield header
    at += header.length
  }
  const isWide = start >= limits.offset || at - start >= wide32 || written.length >= limits.count
  yield endOf(written.length, at - start, start, isWide)
}

/** 2.0 is enough for folders in names, 4.5 for ZIP64. */
const needed = (isWide: boolean) => (isWide ? 45 : 20)
const isUtf8 = 0x0800

function localHeader(entry: Written): Buffer {
  return Buffer.concat([u32(0x04034b50), u16(needed(false)), common(entry), u16(entry.name.length, 0), entry.name])
}

/** What both headers share: flags, method 0, time, checksum and both sizes; no file here is as large as 4 GiB. */
const common = ({ time, crc, sizeBytes }: Written) =>
  Buffer.concat([u16(isUtf8, 0), u32(time, crc, sizeBytes, sizeBytes)])

function centralHeader(entry: Written, isWide: boolean): Buffer {
  const extra = isWide ? Buffer.concat([u16(1, 8), u64(entry.at)]) : Buffer.alloc(0)
  const madeOnUnix = (3 << 8) | needed(isWide)
  return Buffer.concat([
    u32(0x02014b50),
    u16(madeOnUnix, needed(isWide)),
    common(entry),
    u16(entry.name.length, extra.length, 0, 0, 0),
    u32(0o100644 * 2 ** 16, isWide ? wide32 : entry.at),
    entry.name,
    extra,
  ])
}

function endOf(count: number, sizeBytes: number, start: number, isWide: boolean): Buffer {
  const counts = isWide ? [wide16, wide16] : [count, count]
  const places = isWide ? [wide32, wide32] : [sizeBytes, start]
  const end = [u32(0x06054b50), u16(0, 0, ...counts), u32(...places), u16(0)]
  return Buffer.concat(isWide ? [...wideEnd(count, sizeBytes, start), ...end] : end)
}

const wideEnd = (count: number, sizeBytes: number, start: number) => [
  Buffer.concat([u32(0x06064b50), u64(44), u16((3 << 8) | 45, 45), u32(0, 0), u64(count, count, sizeBytes, start)]),
  Buffer.concat([u32(0x07064b50, 0), u64(start + sizeBytes), u32(1)]),
]

function dosTime(date: Date): number {
  const year = Math.min(Math.max(date.getFullYear(), 1980), 2107)
  const day = ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()
  return day * 2 ** 16 + ((date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1))
}

function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, 2 * at)
  return bytes
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, 4 * at)
  return bytes
}

function u64(...values: number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length)
  for (const [at, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * at)
  return bytes
}
