import { createHash } from 'node:crypto'
import { bytesIn } from '../browser/messages.ts'
import type { WireReply } from '../browser/wire.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import { parseJson, textAt } from '../decode/json.ts'
import { cleanJson, cleanText } from './cleaning.ts'
import { cleanWholeStream } from './stream-cleaners.ts'

/** What of a response may be recorded depends on what it is. */
export type BodyKind = 'stream' | 'text' | 'picture' | 'hidden'

/** The kind a response is of, by the type its headers name. */
export function bodyKindOf(mimeType: unknown): BodyKind {
  const mime = typeof mimeType === 'string' ? mimeType : ''
  if (mime === 'text/event-stream') return 'stream'
  if (mime.startsWith('image/')) return 'picture'
  return mime.endsWith('json') ? 'text' : 'hidden'
}

/** Larger pictures are noted by length and hash: a report of a changed format does not need them. */
const maxPictureBytes = 64 * 1024

/** Leaves of a response's body, or of the start of its stream, what a recording may hold. */
export function cleanReply(kind: BodyKind | undefined, result: WireReply, feed: (base64: string) => string): WireReply {
  if ('bufferedData' in result) {
    return { bufferedData: Buffer.from(feed(textAt(result, 'bufferedData') ?? '')).toString('base64') }
  }
  const bytes = bytesIn(result, 'body')
  if (inspectImage(bytes)) return cleanPicture(bytes)
  if (kind === 'stream') return { body: cleanWholeStream(bytes.toString()), base64Encoded: false }
  const value = kind === 'text' ? parseJson(bytes.toString()) : undefined
  if (value === undefined) return { omitted: { bytes: bytes.length, head: cleanText(bytes.toString('latin1', 0, 16)) } }
  return { body: JSON.stringify(cleanJson(value)), base64Encoded: false }
}

function cleanPicture(bytes: Buffer): WireReply {
  if (bytes.length <= maxPictureBytes) return { body: bytes.toString('base64'), base64Encoded: true }
  return { omitted: { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') } }
}
