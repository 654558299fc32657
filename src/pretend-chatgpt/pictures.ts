import { randomBytes } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

/** How large a picture is. */
export interface Size {
  readonly widthPx: number
  readonly heightPx: number
}

/**
 * A real PNG in the chunk order gpt-image uses: IHDR, caBX (content credentials), IDAT, IEND.
 *
 * Units   `lengthBytes` is reached by filling the credentials with noise; no picture is shorter than its own data.
 */
export function makePng({ widthPx, heightPx }: Size, lengthBytes: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(widthPx, 0)
  header.writeUInt32BE(heightPx, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const body = deflateSync(pixels(widthPx, heightPx), { level: 1 })
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const bare = signature.length + 12 * 4 + header.length + body.length
  const credentials = randomBytes(Math.max(16, lengthBytes - bare))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('caBX', credentials),
    chunk('IDAT', body),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Stripes in two random colours. */
function pixels(widthPx: number, heightPx: number): Buffer {
  const colours = [randomBytes(3), randomBytes(3)]
  const rows = colours.map((colour) => Buffer.concat([Buffer.from([0]), Buffer.alloc(widthPx * 3, colour)]))
  return Buffer.concat(Array.from({ length: heightPx }, (_, y) => rows[(y >> 6) & 1] ?? Buffer.alloc(0)))
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/**
 * A real WebP of one colour, lossless, with a `C2PA` chunk behind the picture as DALL·E 3 files have.
 *
 * Source  WebP Lossless Bitstream Specification §3–6: five prefix codes of one symbol each, so no pixel takes a bit.
 */
export function makeWebp({ widthPx, heightPx }: Size, lengthBytes: number): Buffer {
  const bits: number[] = []
  const put = (value: number, count: number) => {
    for (let i = 0; i < count; i++) bits.push((value >>> i) & 1)
  }
  put(widthPx - 1, 14)
  put(heightPx - 1, 14)
  put(0, 1 + 3) // no alpha, version 0
  put(0, 3) // no transform, no colour cache, no meta prefix codes
  const [red = 0, green = 0, blue = 0] = randomBytes(3)
  for (const symbol of [green, red, blue, 255]) {
    put(0b101, 3) // a simple code of one symbol, written with 8 bits
    put(symbol, 8)
  }
  put(0b001, 3) // the distance code: one symbol, one bit, which is 0
  put(0, 1)
  const body = Buffer.alloc(1 + Math.ceil(bits.length / 8))
  body[0] = 0x2f
  for (const [i, bit] of bits.entries()) body[1 + (i >> 3)] = (body[1 + (i >> 3)] ?? 0) | (bit << (i & 7))
  const image = riff('VP8L', body)
  const room = lengthBytes - 12 - image.length - 8
  const contents = Buffer.concat([
    Buffer.from('WEBP'),
    image,
    riff('C2PA', randomBytes(Math.max(16, room - (room % 2)))),
  ])
  return riff('RIFF', contents)
}

function riff(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
}
