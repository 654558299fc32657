import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'
import { isoBox, riffChunk } from '../../fakes/chunks.ts'
import { gif as plainGif, jpeg as plainJpeg } from '../../fakes/pictures.ts'
import { sha256Of } from '../../fakes/sha256.ts'

/** A file's content, and what an export may say of it. */
export interface Media {
  readonly bytes: Buffer
  readonly sha256: string
  readonly widthPx: number | null
  readonly heightPx: number | null
  /** Ending a stored copy gets by its first bytes; null where they say nothing, or where it must not look active. */
  readonly extension: string | null
}

export interface MediaWish {
  /** Same seed, same bytes. */
  readonly seed: string
  readonly lengthBytes: number
  readonly widthPx?: number
  readonly heightPx?: number
  /** Content credentials, as generated pictures have them. */
  readonly hasCredentials?: boolean
}

/** Bytes that look random and are always the same. */
export const noise = (seed: string, length: number): Buffer =>
  length <= 0 ? Buffer.alloc(0) : createHash('shake256', { outputLength: length }).update(seed).digest()

export function mediaOf(
  bytes: Buffer,
  extension: string | null,
  widthPx: number | null,
  heightPx: number | null,
): Media {
  return { bytes, sha256: sha256Of(bytes), extension, widthPx, heightPx }
}

/** A black PNG; its length is reached with content credentials, or with a comment. */
export function png({ seed, lengthBytes, widthPx = 64, heightPx = 48, hasCredentials = true }: MediaWish): Media {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(widthPx, 0)
  header.writeUInt32BE(heightPx, 4)
  header[8] = 1
  const body = deflateSync(Buffer.alloc((Math.ceil(widthPx / 8) + 1) * heightPx))
  const room = lengthBytes - (8 + 4 * 12 + header.length + body.length)
  const filler = hasCredentials ? noise(seed, room) : Buffer.concat([Buffer.from('Comment\0'), noise(seed, room - 8)])
  const bytes = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk(hasCredentials ? 'caBX' : 'tEXt', filler),
    pngChunk('IDAT', body),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
  return mediaOf(bytes, 'png', widthPx, heightPx)
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(4 + body.length + 4)
  chunk.writeUInt32BE(data.length)
  chunk.set(body, 4)
  chunk.writeUInt32BE(crc32(body), 4 + body.length)
  return chunk
}

/** A WebP of one colour, lossless, with content credentials behind the picture. An odd length is made even. */
export function webp({ seed, lengthBytes, widthPx = 64, heightPx = 48 }: MediaWish): Media {
  const colours = noise(`${seed}/colour`, 3)
  let bits = ''
  const put = (value: number, count: number) => {
    for (let i = 0; i < count; i++) bits += (value >>> i) & 1
  }
  put(widthPx - 1, 14)
  put(heightPx - 1, 14)
  put(0, 7) // no alpha, version 0, no transform, no colour cache, no meta prefix codes
  for (const symbol of [...colours, 255]) {
    put(0b101, 3) // a prefix code of one symbol of 8 bits
    put(symbol, 8)
  }
  put(0b0001, 4)
  const body = Buffer.from([0x2f, ...(bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(reversed(byte), 2))])
  const image = riffChunk('VP8L', body)
  const room = lengthBytes - 12 - image.length - 8
  const contents = Buffer.concat([Buffer.from('WEBP'), image, riffChunk('C2PA', noise(seed, room - (room % 2)))])
  return mediaOf(riffChunk('RIFF', contents), 'webp', widthPx, heightPx)
}

const reversed = (bits: string) => [...bits.padEnd(8, '0')].reverse().join('')

/** A JPEG of 1×1; its length is reached with a comment. */
export function jpeg({ seed, lengthBytes }: MediaWish): Media {
  const text = noise(seed, Math.max(16, lengthBytes - plainJpeg.length - 4))
  const comment = Buffer.from([0xff, 0xfe, (text.length + 2) >> 8, (text.length + 2) & 0xff])
  return mediaOf(Buffer.concat([plainJpeg.subarray(0, 2), comment, text, plainJpeg.subarray(2)]), 'jpg', 1, 1)
}

export const gif = (): Media => mediaOf(Buffer.from(plainGif), 'gif', 1, 1)

/** Speech: begins with RIFF as a WebP does. */
export function wav({ seed, lengthBytes }: MediaWish): Media {
  const format = Buffer.from([1, 0, 1, 0, 0xc0, 0x5d, 0, 0, 0x80, 0xbb, 0, 0, 2, 0, 16, 0])
  const sound = noise(seed, lengthBytes - 44 + (lengthBytes % 2))
  const contents = Buffer.concat([Buffer.from('WAVE'), riffChunk('fmt ', format), riffChunk('data', sound)])
  return mediaOf(riffChunk('RIFF', contents), 'wav', null, null)
}

const isoMedia = (brand: string, others: string, seed: string, length: number) =>
  Buffer.concat([isoBox('ftyp', Buffer.from(`${brand}\0\0\0\0${others}`)), isoBox('mdat', noise(seed, length))])

export const heic = ({ seed, lengthBytes }: MediaWish): Media =>
  mediaOf(isoMedia('heic', 'mif1heic', seed, lengthBytes), 'heic', null, null)

export const mp4 = ({ seed, lengthBytes }: MediaWish): Media =>
  mediaOf(isoMedia('isom', 'isomiso2mp41', seed, lengthBytes), 'mp4', null, null)

export const pdf = ({ seed, lengthBytes }: MediaWish): Media =>
  mediaOf(
    Buffer.concat([Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n'), noise(seed, lengthBytes), Buffer.from('\n%%EOF\n')]),
    'pdf',
    null,
    null,
  )

export const zeros = ({ seed, lengthBytes }: MediaWish): Media =>
  mediaOf(Buffer.concat([Buffer.alloc(16), noise(seed, lengthBytes)]), null, null, null)

export const text = (content: string): Media => mediaOf(Buffer.from(content), null, null, null)
