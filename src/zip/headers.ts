import { crc32 } from 'node:zlib'
import type { RandomAccess } from './random-access.ts'

/** What each structure begins with. */
export const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  signed: 0x05054b50,
  end: 0x06054b50,
  wideEnd: 0x06064b50,
  wideLocator: 0x07064b50,
  descriptor: 0x08074b50,
  archiveExtra: 0x08064b50,
} as const
export const knownSignatures = new Set<number>(Object.values(signatures))
/** The ways of packing that are read. */
export const methods = { stored: 0, deflated: 8 } as const

/** What is known of an entry before it becomes a ZipEntry; `offset` is where its local header should stand. */
export interface Found {
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

/** An entry by its local header. */
export interface Local extends Found {
  readonly dataAt: number
}

/** Four bytes at a place; null where there are none. */
export async function signatureAt(source: RandomAccess, at: number): Promise<number | null> {
  if (!(at >= 0 && at + 4 <= source.size)) return null
  const bytes = await source.read(at, 4)
  return bytes.length === 4 ? bytes.readUInt32LE(0) : null
}

/** The local header at a place; null when there is none, or when it is cut off. */
export async function localAt(source: RandomAccess, at: number): Promise<Local | null> {
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

/** An entry by the table of contents. */
export function centralEntry(header: Buffer, extra: Buffer, baseBytes: number): Found {
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
