import { crc32 } from 'node:zlib'
import { inspectImage } from '../decode/image-bytes.ts'

/**
 * An image with an XMP packet inside, in place of one it had; all else, pixels above all, is as it was.
 *
 * Shape   PNG: an `iTXt` chunk behind the header. WebP: an `XMP ` chunk at the end, the header extended where that is
 *         needed. JPEG: an APP1 segment behind those of JFIF and Exif.
 * Errors  undefined for a type of image that has no place for it that we know, for one that breaks off, and for a
 *         packet that is too long for a JPEG (64 kB).
 * Source  XMP specification part 3; PNG §11.3.3; WebP container; JPEG T.81 annex B
 */
export function withXmp(bytes: Buffer, packet: string): Buffer | undefined {
  const kind = inspectImage(bytes)
  if (!kind?.isWhole) return undefined
  const xmp = Buffer.from(packet)
  switch (kind.extension) {
    case 'png':
      return pngWith(bytes, xmp)
    case 'webp':
      return webpWith(bytes, xmp, kind)
    case 'jpg':
      return jpegWith(bytes, xmp)
    case 'gif':
    case 'avif':
      return undefined
  }
}

const pngKeyword = 'XML:com.adobe.xmp\0'
/** The signature, and the chunk IHDR. */
const pngHeadBytes = 8 + 25

function pngWith(bytes: Buffer, xmp: Buffer): Buffer {
  const text = pngChunk('iTXt', Buffer.concat([Buffer.from(`${pngKeyword}\0\0\0\0`), xmp]))
  const kept = [bytes.subarray(0, pngHeadBytes), text]
  let at = pngHeadBytes
  for (let name = ''; name !== 'IEND'; ) {
    const end = at + 12 + bytes.readUInt32BE(at)
    name = bytes.toString('latin1', at + 4, at + 8)
    const isXmp = name === 'iTXt' && bytes.toString('latin1', at + 8, at + 8 + pngKeyword.length) === pngKeyword
    if (!isXmp) kept.push(bytes.subarray(at, end))
    at = end
  }
  return Buffer.concat([...kept, bytes.subarray(at)])
}

function pngChunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}

type Size = { readonly widthPx: number | null; readonly heightPx: number | null }

function webpWith(bytes: Buffer, xmp: Buffer, size: Size): Buffer | undefined {
  const chunks = webpChunks(bytes).filter(({ name }) => name !== 'XMP ')
  const extended = chunks.find(({ name }) => name === 'VP8X')?.data ?? extendedHeader(chunks[0], size)
  if (!extended || extended.length < 10) return undefined
  const header = Buffer.from(extended)
  header[0] = (header[0] ?? 0) | webpFlags.xmp
  const rest = chunks.filter(({ name }) => name !== 'VP8X').map(({ name, data }) => riffChunk(name, data))
  const body = Buffer.concat([Buffer.from('WEBP'), riffChunk('VP8X', header), ...rest, riffChunk('XMP ', xmp)])
  return riffChunk('RIFF', body)
}

const webpFlags = { alpha: 0x10, xmp: 0x04 }

interface RiffChunk {
  readonly name: string
  readonly data: Buffer
}

function webpChunks(bytes: Buffer): RiffChunk[] {
  const chunks: RiffChunk[] = []
  const end = Math.min(bytes.length, 8 + bytes.readUInt32LE(4))
  for (let at = 12; at + 8 <= end; ) {
    const length = bytes.readUInt32LE(at + 4)
    chunks.push({ name: bytes.toString('latin1', at, at + 4), data: bytes.subarray(at + 8, at + 8 + length) })
    at += 8 + length + (length % 2)
  }
  return chunks
}

/** The header that a simple WebP lacks: whether it has transparency, and its size. */
function extendedHeader(first: RiffChunk | undefined, { widthPx, heightPx }: Size): Buffer | undefined {
  if (!first || widthPx === null || heightPx === null) return undefined
  const header = Buffer.alloc(10)
  const hasAlpha = first.name === 'VP8L' && first.data.length >= 5 && (first.data.readUInt32LE(1) >>> 28) % 2 === 1
  header[0] = hasAlpha ? webpFlags.alpha : 0
  header.writeUIntLE(widthPx - 1, 4, 3)
  header.writeUIntLE(heightPx - 1, 7, 3)
  return header
}

function riffChunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
}

const jpegHeader = Buffer.from('http://ns.adobe.com/xap/1.0/\0')
const jpegExtension = 'http://ns.adobe.com/xmp/extension/\0'
const maxSegmentBytes = 0xffff

function jpegWith(bytes: Buffer, xmp: Buffer): Buffer | undefined {
  const data = Buffer.concat([jpegHeader, xmp])
  if (2 + data.length > maxSegmentBytes) return undefined
  const head = Buffer.from([0xff, 0xe1, 0, 0])
  head.writeUInt16BE(2 + data.length, 2)
  const [first, others]: [Buffer[], Buffer[]] = [[], []]
  let at = 2
  while (bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    // Bytes 0xff may fill the room before a marker.
    const end = bytes[at + 1] === 0xff ? at + 1 : at + 2 + bytes.readUInt16BE(at + 2)
    const segment = bytes.subarray(at, end)
    at = end
    if (isOfXmp(segment)) continue
    const isFirst = others.length === 0 && (segment[1] === 0xe0 || isExif(segment))
    ;(isFirst ? first : others).push(segment)
  }
  if (bytes[at] !== 0xff) return undefined
  return Buffer.concat([bytes.subarray(0, 2), ...first, head, data, ...others, bytes.subarray(at)])
}

const beginsWith = (segment: Buffer, text: string) =>
  segment[1] === 0xe1 && segment.toString('latin1', 4, 4 + text.length) === text

const isOfXmp = (segment: Buffer) => [jpegHeader.toString(), jpegExtension].some((text) => beginsWith(segment, text))
const isExif = (segment: Buffer) => beginsWith(segment, 'Exif\0')
