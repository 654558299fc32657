/**
 * Whether an image bears Content Credentials (C2PA): a signed note of who made it, which any edit breaks or drops.
 *
 * Shape   PNG: a chunk `caBX`. WebP: a chunk `C2PA`. JPEG: an APP11 segment with JUMBF boxes. All else: no place for
 *         them that we know.
 * Errors  none: what is no image, or breaks off, has none as far as it goes.
 * Source  C2PA specification 2.1, "Embedding manifests into various file formats"; PNG §5; RIFF; JPEG T.81 annex B
 */
export function hasContentCredentials(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (view.byteLength >= 12 ? view.getUint32(0) : 0) {
    case pngMagic:
      return pngChunks(view).some((name) => name === 'caBX')
    case riffMagic:
      return riffChunks(view).some((name) => name === 'C2PA')
    default:
      return view.byteLength >= 12 && view.getUint16(0) === 0xff_d8 && jpegSegments(view).includes('JP')
  }
}

const [pngMagic, riffMagic] = [0x89_50_4e_47, 0x52_49_46_46]

const nameAt = (view: DataView, at: number, length: number) =>
  String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length))

function pngChunks(view: DataView): string[] {
  const names: string[] = []
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) names.push(nameAt(view, at + 4, 4))
  return names
}

function riffChunks(view: DataView): string[] {
  const names: string[] = []
  for (let at = 12; at + 8 <= view.byteLength; ) {
    names.push(nameAt(view, at, 4))
    const length = view.getUint32(at + 4, true)
    at += 8 + length + (length % 2)
  }
  return names
}

/** The first two letters of each APP11 segment, up to the picture itself. */
function jpegSegments(view: DataView): string[] {
  const names: string[] = []
  for (let at = 2; at + 6 <= view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1)
    if (marker === 0xda) break
    if (marker === 0xeb) names.push(nameAt(view, at + 4, 2))
  }
  return names
}
