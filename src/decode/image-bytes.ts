/** What a file's own bytes say: its type, its size in pixels, and whether it ends where it should. */

export const imageTypes = {
  png: 'image/png',
  webp: 'image/webp',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  avif: 'image/avif',
} as const
export type ImageExtension = keyof typeof imageTypes

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
  if (startsWith(bytes, 0, '\xff\xd8\xff')) return describe('jpg', jpegSize(view), jpegIsWhole(bytes))
  if (startsWith(bytes, 0, 'GIF87a') || startsWith(bytes, 0, 'GIF89a')) {
    return describe('gif', gifSize(view), bytes.at(-1) === 0x3b)
  }
  if (isAvif(bytes)) return describe('avif', undefined, boxesAreWhole(view))
  return undefined
}

type Size = readonly [widthPx: number, heightPx: number] | undefined

function describe(extension: ImageExtension, size: Size, isWhole: boolean): ImageKind {
  return { extension, mime: imageTypes[extension], widthPx: size?.[0] ?? null, heightPx: size?.[1] ?? null, isWhole }
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

/** The end mark may be followed by padding or an appended preview, so it is looked for from the end. */
function jpegIsWhole(bytes: Uint8Array): boolean {
  for (let at = bytes.length - 2; at > 2; at--) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true
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

function boxesAreWhole(view: DataView): boolean {
  let at = 0
  while (at + 8 <= view.byteLength) {
    const length = view.getUint32(at)
    if (length === 0) return true // this box runs to the end of the file
    const whole = length === 1 && at + 16 <= view.byteLength ? Number(view.getBigUint64(at + 8)) : length
    if (whole < 8) return false
    at += whole
  }
  return at === view.byteLength
}
