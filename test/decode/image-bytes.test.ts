import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { makePng, makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { isoBox, riffChunk } from '../fakes/chunks.ts'

const size = { widthPx: 254, heightPx: 102 }
const png = makePng(size, 9_000)
const webp = makeWebp(size, 9_000)

/** A lossy WebP as DALL·E 3 made them, a `C2PA` chunk behind the picture. */
function lossyWebp(): Buffer {
  const frame = Buffer.from([0, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x07, 0x00, 0x04, ...Array.from({ length: 40 }, () => 7)])
  return riffChunk(
    'RIFF',
    Buffer.concat([Buffer.from('WEBP'), riffChunk('VP8 ', frame), riffChunk('C2PA', Buffer.alloc(107))]),
  )
}

function extendedWebp(): Buffer {
  const canvas = Buffer.from([0, 0, 0, 0, 0xff, 0x06, 0x00, 0xff, 0x03, 0x00])
  return riffChunk(
    'RIFF',
    Buffer.concat([Buffer.from('WEBP'), riffChunk('VP8X', canvas), riffChunk('VP8 ', Buffer.alloc(40))]),
  )
}

const jpeg = Buffer.from([
  ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2],
  ...[0xff, 0xff, 0xc4, 0, 3, 9], // a table, behind a fill byte
  ...[0xff, 0xc2, 0, 8, 8, 0x04, 0x00, 0x07, 0x00, 3],
  ...[0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9, 0, 0],
])
const gif = Buffer.from([...Buffer.from('GIF89a'), 0x00, 0x07, 0x00, 0x04, 0, 0, 0, 0x3b])
const brands = isoBox('ftyp', Buffer.from('mif1\0\0\0\0miafavif'))
const avif = Buffer.concat([brands, isoBox('mdat', Buffer.alloc(50))])

const large = { widthPx: 1792, heightPx: 1024, isWhole: true }

describe('an image', () => {
  it.each([
    ['png', png, { extension: 'png', mime: 'image/png', ...size, isWhole: true }],
    ['lossless webp', webp, { extension: 'webp', mime: 'image/webp', ...size, isWhole: true }],
    ['lossy webp', lossyWebp(), { extension: 'webp', mime: 'image/webp', ...large }],
    ['extended webp', extendedWebp(), { extension: 'webp', mime: 'image/webp', ...large }],
    ['jpeg', jpeg, { extension: 'jpg', mime: 'image/jpeg', ...large }],
    ['gif', gif, { extension: 'gif', mime: 'image/gif', ...large }],
    ['avif', avif, { extension: 'avif', mime: 'image/avif', widthPx: null, heightPx: null, isWhole: true }],
  ])('is recognised by its own bytes: %s', (_, bytes, expected) => {
    expect(inspectImage(bytes)).toEqual(expected)
  })

  it('is read the same when it is in the middle of a larger buffer', () => {
    const whole = Buffer.concat([Buffer.alloc(13, 0x89), png, Buffer.alloc(9)])
    expect(inspectImage(whole.subarray(13, 13 + png.length))).toEqual(inspectImage(png))
  })

  it('is whole though something follows its end', () => {
    expect(inspectImage(Buffer.concat([png, Buffer.from('trailer')]))?.isWhole).toBe(true)
  })
})

describe('a cut image', () => {
  it.each([
    ['png', png],
    ['webp', webp],
    ['lossy webp', lossyWebp()],
    ['jpeg', jpeg.subarray(0, -2)],
    ['gif', gif],
    ['avif', avif],
  ])('is recognised as cut, wherever it was cut: %s', (_, bytes) => {
    for (let length = 0; length < bytes.length; length += length < bytes.length - 60 && bytes.length > 1_000 ? 37 : 1) {
      // Nothing says that another box would have followed.
      if (bytes === avif && length === brands.length) continue
      expect(inspectImage(bytes.subarray(0, length))?.isWhole ?? false, `cut at ${length}`).toBe(false)
    }
  })
})

describe('other bytes', () => {
  it.each([
    '',
    '<!DOCTYPE html><html></html>',
    '{"detail":"File stream access denied."}',
    'RIFF\x10\0\0\0WAVEfmt ',
    'RIFF',
    '\x89PNG',
    'GIF90a',
    'ID3\x04',
    '\0\0\0\x18ftypisom\0\0\0\0isommp42',
    '%PDF-1.7',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
  ])('are not an image: %j', (text) => {
    expect(inspectImage(Buffer.from(text, 'latin1'))).toBeUndefined()
  })

  it('never make it throw, after any file signature', () => {
    const magics = [
      '',
      '\x89PNG\r\n\x1a\n',
      'RIFF\x10\0\0\0WEBPVP8 ',
      'RIFF\x10\0\0\0WEBPVP8L',
      'RIFF\x10\0\0\0WEBPVP8X',
      '\xff\xd8\xff',
      'GIF89a',
      '\0\0\0\x20ftypavif',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 80 }), (magic, rest) => {
        inspectImage(Buffer.concat([Buffer.from(magic, 'latin1'), rest]))
      }),
      { numRuns: 2_000 },
    )
  })
})

it('that say the width is zero pixels give no size', () => {
  const bytes = Buffer.from(png)
  bytes.writeUInt32BE(0, 16)
  expect(inspectImage(bytes)).toMatchObject({ widthPx: null, heightPx: size.heightPx })
})
