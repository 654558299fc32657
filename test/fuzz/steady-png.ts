import { crc32, deflateSync } from 'node:zlib'

/** A real PNG of 32×24 pixels, exactly this long, and the same in every run: damage to it can be repeated. */
export function steadyPng(lengthBytes: number): Buffer {
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const header = chunk('IHDR', Buffer.from([0, 0, 0, 32, 0, 0, 0, 24, 8, 2, 0, 0, 0]))
  const picture = Buffer.concat([
    chunk('IDAT', deflateSync(Buffer.alloc(24 * (1 + 32 * 3)))),
    chunk('IEND', Buffer.alloc(0)),
  ])
  const left = lengthBytes - signature.length - header.length - picture.length - chunk('caBX', Buffer.alloc(0)).length
  return Buffer.concat([signature, header, chunk('caBX', Buffer.alloc(left, 'noise')), picture])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
