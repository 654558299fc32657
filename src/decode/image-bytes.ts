/** What a file's own bytes say: its type, its size in pixels, and whether it ends where it should. */

/** The types of images that are archived, by their file name extension. */
export const imageTypes = {
  png: 'image/png',
  webp: 'image/webp',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  avif: 'image/avif',
} as const

/** The extension an image's file gets, by its bytes. */
export type ImageExtension = keyof typeof imageTypes

/** What an image's own bytes say of it. */
export interface ImageKind {
  readonly extension: ImageExtension
  readonly mime: (typeof imageTypes)[ImageExtension]
  readonly widthPx: number | null
  readonly heightPx: number | null
  /** False when the container's own lengths or end mark say that bytes are missing. */
  readonly isWhole: boolean
}

/**
 * Reads an image's type from its magic bytes, never from a name or a content type.
 *
 * Units   pixels; null where the header does not say.
 * Errors  undefined when the bytes are no image we know (HTML, JSON, audio, nothing at all).
 * Source  PNG (third edition) §5, WebP container (RIFF), JFIF/JPEG T.81 annex B, GIF89a, AVIF 1.1 (ISOBMFF).
 */
export function inspectImage(bytes: Uint8Array): ImageKind | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (startsWith(bytes, 0, '\x89PNG\r\n\x1a\n')) return describe('png', pngSize(view), pngIsWhole(view))
  if (startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP')) {
    return describe('webp', webpSize(view), view.byteLength >= view.getUint32(4, true) + 8)
  }
  if (startsWith(bytes, 0, '\xff\xd8\xff')) return describe('jpg', jpegSize(view), jpegIsWhole(view))
  if (startsWith(bytes, 0, 'GIF87a') || startsWith(bytes, 0, 'GIF89a')) {
    return describe('gif', gifSize(view), gifIsWhole(view))
  }
  if (isAvif(bytes)) return describe('avif', undefined, boxesAreWhole(view))
  return undefined
}

type Size = readonly [widthPx: number, heightPx: number] | undefined

function describe(extension: ImageExtension, size: Size, isWhole: boolean): ImageKind {
  // A header that says zero says nothing.
  const [widthPx, heightPx] = [size?.[0] || null, size?.[1] || null]
  return { extension, mime: imageTypes[extension], widthPx, heightPx, isWhole }
}

/** Compares bytes with a string of Latin-1 characters. */
function startsWith(bytes: Uint8Array, at: number, magic: string): boolean {
  if (bytes.length < at + magic.length) return false
  for (let i = 0; i < magic.length; i++) if (bytes[at + i] !== magic.charCodeAt(i)) return false
  return true
}

function pngSize(view: DataView): Size {
  return view.byteLength >= 24 ? [view.getUint32(16), view.getUint32(20)] : undefined
}

/** Walks the chunks to IEND; what may follow it is not our business. */
function pngIsWhole(view: DataView): boolean {
  for (let at = 8; at + 12 <= view.byteLength; ) {
    const next = at + 12 + view.getUint32(at)
    if (view.getUint32(at + 4) === 0x49454e44) return next <= view.byteLength
    at = next
  }
  return false
}

function webpSize(view: DataView): Size {
  if (view.byteLength < 30) return undefined
  const chunk = String.fromCharCode(view.getUint8(12), view.getUint8(13), view.getUint8(14), view.getUint8(15))
  const uint24 = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536
  if (chunk === 'VP8X') return [uint24(24) + 1, uint24(27) + 1]
  if (chunk === 'VP8 ') return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
  if (chunk !== 'VP8L') return undefined
  const bits = view.getUint32(21, true)
  return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
}

function jpegSize(view: DataView): Size {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) {
      at += 1
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)]
    at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

/**
 * Walks the segments, and through the coded data of each scan, to the end mark: a preview inside a segment has one too.
 * What may follow the end is not our business.
 */
function jpegIsWhole(view: DataView): boolean {
  let isInScan = false
  for (let at = 2; at + 2 <= view.byteLength; ) {
    const marker = view.getUint8(at) === 0xff ? view.getUint8(at + 1) : 0
    const isCoded = marker === 0 || (marker >= 0xd0 && marker <= 0xd7)
    if (marker === 0xd9) return true
    if (marker === 0xff) at += 1
    else if (isCoded) {
      if (!isInScan) return false
      at += marker === 0 ? 1 : 2
    } else {
      if (at + 4 > view.byteLength) return false
      isInScan = marker === 0xda
      at += 2 + view.getUint16(at + 2)
    }
  }
  return false
}

/** Walks the blocks to the trailer; what may follow it is not our business. */
function gifIsWhole(view: DataView): boolean {
  const tableBytes = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  const byte = (at: number) => (at < view.byteLength ? view.getUint8(at) : -1)
  const afterSubBlocks = (start: number) => {
    let at = start
    while (byte(at) > 0) at += 1 + byte(at)
    return at + 1
  }
  let at = 13 + tableBytes(Math.max(0, byte(10)))
  while (at < view.byteLength) {
    const kind = byte(at)
    if (kind === 0x3b) return true
    if (kind === 0x21) at = afterSubBlocks(at + 2)
    else if (kind === 0x2c) at = afterSubBlocks(at + 11 + tableBytes(Math.max(0, byte(at + 9))))
    else return false
  }
  return false
}

function gifSize(view: DataView): Size {
  return view.byteLength >= 10 ? [view.getUint16(6, true), view.getUint16(8, true)] : undefined
}

/** An ISO box file whose major or compatible brands name AVIF. */
function isAvif(bytes: Uint8Array): boolean {
  if (!startsWith(bytes, 4, 'ftyp')) return false
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  for (let at = 8; at + 4 <= Math.min(length, bytes.length, 128); at += 4) {
    if (startsWith(bytes, at, 'avif') || startsWith(bytes, at, 'avis')) return true
  }
  return false
}

/** Walks the boxes; the one with the picture's data must be among them, and nothing of the last may be missing. */
function boxesAreWhole(view: DataView): boolean {
  let at = 0
  let hasData = false
  while (at + 8 <= view.byteLength) {
    const length = view.getUint32(at)
    hasData ||= view.getUint32(at + 4) === 0x6d646174
    if (length === 0) return true // this box runs to the end of the file
    const whole = length === 1 && at + 16 <= view.byteLength ? Number(view.getBigUint64(at + 8)) : length
    if (whole < 8) return false
    at += whole
  }
  return hasData && at === view.byteLength
}
