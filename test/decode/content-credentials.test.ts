import { expect, it } from 'vitest'
import { hasContentCredentials } from '../../src/decode/content-credentials.ts'
import { makePng, makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { riffChunk } from '../fakes/chunks.ts'

const size = { widthPx: 16, heightPx: 16 }
const pngChunk = (name: string, data: Buffer) => {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, data, Buffer.alloc(4)])
}

it('are found in the chunk of a PNG and of a WebP, and in the segment of a JPEG', () => {
  const header = makePng(size, 500).subarray(0, 33)
  const png = Buffer.concat([header, pngChunk('IDAT', Buffer.from('caBX')), pngChunk('IEND', Buffer.alloc(0))])
  const signed = Buffer.concat([header, pngChunk('caBX', Buffer.from('jumb')), png.subarray(33)])
  expect(hasContentCredentials(png)).toBe(false)
  expect(hasContentCredentials(signed)).toBe(true)
  expect(hasContentCredentials(makeWebp(size, 500))).toBe(true)
  const riff = Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'), riffChunk('VP8L', Buffer.alloc(7))])
  expect(hasContentCredentials(riff)).toBe(false)
  const app11 = Buffer.from([0xff, 0xeb, 0x00, 0x08, 0x4a, 0x50, 0, 0, 0, 0])
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8]), app11, Buffer.from([0xff, 0xda, 0, 0, 0, 0, 0, 0])])
  expect(hasContentCredentials(jpeg)).toBe(true)
  expect(hasContentCredentials(Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(12), app11]))).toBe(false)
})

it('are not where the word merely stands in the picture, and what breaks off ends the search', () => {
  const header = makePng(size, 500).subarray(0, 33)
  const png = Buffer.concat([header, pngChunk('IDAT', Buffer.from('caBX c2pa')), pngChunk('IEND', Buffer.alloc(0))])
  expect(hasContentCredentials(png)).toBe(false)
  for (let length = 0; length < png.length; length++) expect(hasContentCredentials(png.subarray(0, length))).toBe(false)
  expect(hasContentCredentials(Buffer.from('C2PA'.repeat(20)))).toBe(false)
})
