import { Readable } from 'node:stream'
import { readAway } from '../archive/away.ts'
import { type OpenFile, openConfined } from '../archive/confined.ts'
import type { Entry } from '../catalogue/entry.ts'
import { contentKeyOf, imageOf } from '../catalogue/pictures.ts'
import { mimeOfName } from '../catalogue/record.ts'
import type { FetchAway } from '../catalogue/thumbs.ts'

/** What the request says that an answer with bytes depends on. */
export interface Asked {
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly isHead: boolean
  readonly isDownload: boolean
}

/**
 * The original bytes of a picture.
 *
 * Shape   one range is answered with 206, several or none with all of it; the ETag is the record's SHA-256 as long as
 *         the file has the record's length, and otherwise made of what the disk says.
 * Errors  undefined when there is no image, or a link on the way to it; 416 for a range beyond its end.
 * Source  RFC 9110 §13 and §14
 */
export async function imageResponse(
  root: string,
  entry: Entry,
  asked: Asked,
  fetchAway: FetchAway,
): Promise<Response | undefined> {
  const original = await originalOf(root, entry, fetchAway)
  if (!original) return undefined
  const etag = `"${original.key}"`
  const headers = new Headers({
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    'Content-Type': mimeOfName(entry.imageName) ?? 'application/octet-stream',
    'Content-Disposition': dispositionOf(entry.imageName, asked.isDownload),
  })
  if (original.isAway) headers.set('X-Original-From', 'mirror')
  const empty = async (status: number) => {
    await original.close()
    return new Response(null, { status, headers })
  }
  if (matches(asked.ifNoneMatch, etag)) return empty(304)
  const range = asked.ifRange === undefined || asked.ifRange === etag ? asked.range : undefined
  const part = partOf(range, original.sizeBytes)
  if (part === 'beyond') {
    headers.set('Content-Range', `bytes */${original.sizeBytes}`)
    return empty(416)
  }
  const [first, last] = part ?? [0, original.sizeBytes - 1]
  headers.set('Content-Length', String(last - first + 1))
  if (part) headers.set('Content-Range', `bytes ${first}-${last}/${original.sizeBytes}`)
  const status = part ? 206 : 200
  if (asked.isHead || last < first) return empty(status)
  return new Response(await original.bodyOf(first, last), { status, headers })
}

/** An original that can be shown, wherever it is. */
interface Original {
  /** What tells its content from any other. */
  readonly key: string
  readonly sizeBytes: number
  readonly isAway: boolean
  bodyOf(first: number, last: number): Promise<ReadableStream | Uint8Array<ArrayBuffer>>
  /** For whoever asks for no body. */
  close(): Promise<void>
}

async function originalOf(root: string, entry: Entry, fetchAway: FetchAway): Promise<Original | undefined> {
  const image = imageOf(entry)
  if (image === undefined) return undefined
  const file = await openConfined(root, image)
  if (file) {
    const key = await contentKeyOf(root, entry, file)
    const bodyOf = async (first: number, last: number) => streamOf(file, first, last)
    return { key, sizeBytes: file.sizeBytes, isAway: false, bodyOf, close: () => file.handle.close() }
  }
  const away = await readAway(root, image)
  if (!away) return undefined
  const bodyOf = async (first: number, last: number) =>
    new Uint8Array((await fetchAway(image))?.subarray(first, last + 1) ?? [])
  return { key: away.sha256, sizeBytes: away.bytes, isAway: true, bodyOf, close: async () => {} }
}

function streamOf(file: OpenFile, first: number, last: number): ReadableStream {
  const stream = file.handle.createReadStream({ start: first, end: last, highWaterMark: 256 * 1024 })
  return Readable.toWeb(stream) as ReadableStream
}

/** `If-None-Match`, which may be a list, weak, or `*`. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}

/**
 * First and last byte of `bytes=first-last`, `first-` or `-length`; undefined for whatever else, which is all of it.
 */
function partOf(header: string | undefined, sizeBytes: number): readonly [number, number] | 'beyond' | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from)
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  if (from !== '' && to !== '' && Number(to) < first) return undefined
  return first >= sizeBytes || last < first ? 'beyond' : [first, last]
}

/** The file's own name, for whoever saves it; in plain letters first, then as it is. */
function dispositionOf(name: string, isDownload: boolean): string {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '_')
  const exact = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${isDownload ? 'attachment' : 'inline'}; filename="${plain}"; filename*=UTF-8''${exact}`
}
