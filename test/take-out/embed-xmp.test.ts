import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { makePng, makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { packetOf } from '../../src/sidecars/xmp.ts'
import { withXmp } from '../../src/take-out/embed-xmp.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { avif, extendedWebp, gif, jpeg, jpegWithPreview, losslessWebp, lossyWebp } from '../fakes/pictures.ts'
import { exiftool, exiv2, hasReaders } from '../fakes/programs.ts'
import { described } from '../sidecars/support.ts'

const size = { widthPx: 64, heightPx: 48 }
const images: [string, string, Buffer][] = [
  ['a PNG', 'png', Buffer.from(makePng(size, 2_000))],
  ['a lossy WebP', 'webp', lossyWebp],
  ['a lossless WebP', 'webp', losslessWebp],
  ['an extended WebP', 'webp', extendedWebp],
  ['a large WebP', 'webp', Buffer.from(makeWebp(size, 5_001))],
  ['a JPEG', 'jpg', jpeg],
  ['a JPEG with a preview', 'jpg', jpegWithPreview],
]
const prompt = 'Мост в тумане & <b>"red"</b>\nこんにちは 👩🏽‍🚀'
const packet = packetOf(described({ prompt }, { favourite: true, tags: ['sea'] }))
const embedded = (bytes: Buffer, text = packet) => {
  const copy = withXmp(bytes, text)
  if (!copy) throw new Error('not embedded')
  return copy
}

/** The image data alone: all there is to decode. */
function pixelsOf(bytes: Buffer, extension: string): Buffer {
  const parts: Buffer[] = []
  if (extension === 'jpg') return bytes.subarray(bytes.lastIndexOf(Buffer.from([0xff, 0xda])))
  for (let at = extension === 'png' ? 8 : 12; at + 8 <= bytes.length; ) {
    const isPng = extension === 'png'
    const length = isPng ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at + 4)
    const name = bytes.toString('latin1', isPng ? at + 4 : at, isPng ? at + 8 : at + 4)
    if (['IHDR', 'IDAT', 'VP8 ', 'VP8L', 'ALPH'].includes(name)) parts.push(bytes.subarray(at, at + 8 + length))
    at += isPng ? 12 + length : 8 + length + (length % 2)
  }
  return Buffer.concat(parts)
}

describe.each(images)('%s', (_, extension, bytes) => {
  it('holds the packet, and is the same image', () => {
    const copy = embedded(bytes)
    expect(copy.includes(packet)).toBe(true)
    expect(inspectImage(copy)).toEqual(inspectImage(bytes))
    expect(pixelsOf(bytes, extension).length).toBeGreaterThan(8)
    expect(pixelsOf(copy, extension)).toEqual(pixelsOf(bytes, extension))
  })

  it('has one packet, however often one is written', () => {
    expect(embedded(embedded(bytes, packetOf(described({ prompt: 'before' }))))).toEqual(embedded(bytes))
  })

  it.skipIf(!hasReaders)('is read by exiftool and exiv2', () => {
    const file = path.join(temporaryFolder(), `copy.${extension}`)
    writeFileSync(file, embedded(bytes))
    const [read] = exiftool([file])
    expect(read).toMatchObject({ Description: prompt, Rating: 5, Subject: ['sea'], GenId: 'M5QoHjYO7Qe9pl1Z' })
    expect(read?.Error).toBeUndefined()
    const values = exiv2(file)
    expect(values.get('Xmp.dc.description')).toBe(`lang="x-default" ${prompt}`)
    expect(values.get('Xmp.iptcExt.AISystemUsed')).toBe('ChatGPT DALL-E')
    // The negative control: the original has none.
    writeFileSync(file, bytes)
    expect(exiftool([file])[0]).not.toHaveProperty('GenId')
  })

  it('that breaks off is left alone', () => {
    expect(withXmp(bytes.subarray(0, bytes.length - 4), packet)).toBeUndefined()
  })
})

describe('what has no place for it', () => {
  it.each([
    ['a GIF', gif],
    ['an AVIF', avif],
    ['no image', Buffer.from('hello')],
  ])('%s is left alone', (_, bytes) => {
    expect(withXmp(bytes, packet)).toBeUndefined()
  })

  it('a packet of more than 64 kB does not go into a JPEG, but into a PNG', () => {
    const long = packetOf(described({ prompt: 'x'.repeat(70_000) }))
    expect(withXmp(jpeg, long)).toBeUndefined()
    expect(embedded(Buffer.from(makePng(size, 2_000)), long).includes(long)).toBe(true)
  })
})

it('every chunk of a PNG has its checksum', () => {
  const copy = embedded(Buffer.from(makePng(size, 2_000)))
  const names: string[] = []
  for (let at = 8; at < copy.length; at += 12 + copy.readUInt32BE(at)) {
    const end = at + 8 + copy.readUInt32BE(at)
    expect(copy.readUInt32BE(end)).toBe(crc32(copy.subarray(at + 4, end)))
    names.push(copy.toString('latin1', at + 4, at + 8))
  }
  expect(names.slice(0, 2)).toEqual(['IHDR', 'iTXt'])
  expect(names.at(-1)).toBe('IEND')
})
