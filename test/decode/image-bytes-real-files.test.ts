import { describe, expect, it } from 'vitest'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { makePng, makeWebp } from '../../src/pretend-chatgpt/pictures.ts'
import { avif, extendedWebp, gif, jpeg, jpegWithPreview, losslessWebp, lossyWebp } from '../fakes/pictures.ts'

// Beside image-bytes.test.ts, which builds its bytes: these are whole small files as encoders wrote them.
const png = makePng({ widthPx: 320, heightPx: 200 }, 3_000)
const webp = makeWebp({ widthPx: 321, heightPx: 123 }, 3_000)

describe('a real file', () => {
  it.each([
    ['a PNG', png, 'png', 'image/png', 320, 200],
    ['a lossless WebP', webp, 'webp', 'image/webp', 321, 123],
    ['a lossless WebP of one pixel', losslessWebp, 'webp', 'image/webp', 1, 1],
    ['a lossy WebP', lossyWebp, 'webp', 'image/webp', 1, 1],
    ['an extended WebP', extendedWebp, 'webp', 'image/webp', 1, 1],
    ['a JPEG', jpeg, 'jpg', 'image/jpeg', 1, 1],
    ['a JPEG with a preview of itself', jpegWithPreview, 'jpg', 'image/jpeg', 1, 1],
    ['a GIF', gif, 'gif', 'image/gif', 1, 1],
  ])('is recognised with its size in pixels, and as whole: %s', (_, bytes, extension, mime, widthPx, heightPx) => {
    expect(inspectImage(bytes)).toEqual({ extension, mime, widthPx, heightPx, isWhole: true })
  })

  it('is recognised as whole: an AVIF', () => {
    expect(inspectImage(avif)).toMatchObject({ extension: 'avif', mime: 'image/avif', isWhole: true })
  })
})

describe('wholeness, by the file’s own structure', () => {
  it.each([
    ['PNG', png],
    ['WebP', webp],
    ['lossy WebP', lossyWebp],
    ['extended WebP', extendedWebp],
    ['JPEG', jpeg],
    ['JPEG with a preview of itself', jpegWithPreview],
    ['GIF with the byte of its end mark in a colour', gif],
    ['AVIF', avif],
  ])('no beginning of it counts as whole: %s', (_, bytes) => {
    const lengths = Array.from({ length: bytes.length - 1 }, (_, at) => at + 1)
    expect(lengths.filter((length) => inspectImage(bytes.subarray(0, length))?.isWhole)).toEqual([])
  })

  it.each([
    ['PNG', png],
    ['WebP', webp],
    ['JPEG', jpeg],
    ['GIF', gif],
  ])('bytes after its end do no harm: %s', (_, bytes) => {
    expect(inspectImage(Buffer.concat([bytes, Buffer.from('\0\0trailing')]))).toEqual(inspectImage(bytes))
  })

  it('a PNG with a chunk that claims more bytes than there are counts as cut', () => {
    const bytes = Buffer.from(png)
    bytes.writeUInt32BE(0x7fff_ffff, 8)
    expect(inspectImage(bytes)).toMatchObject({ isWhole: false })
  })
})
