/** A chunk of a RIFF file, as WebP and WAV have them: type, length, data, and a zero where the length is odd. */
export function riffChunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
}

/** A box of an ISO media file, as AVIF, HEIC and MP4 have them: length, type, data. */
export function isoBox(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + data.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, data])
}
