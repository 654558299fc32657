import { createHash } from 'node:crypto'
import type { WireReply } from '../browser/wire.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import { parseJson, textAt } from '../decode/json.ts'
import { cleanJson, cleanText } from './cleaning.ts'
import { cleanStream } from './stream-texts.ts'

/** What a recording may hold of a response's body depends on what it is. */
export type BodyKind = 'stream' | 'text' | 'picture' | 'hidden'

/** What a body is, by the type the response announces; what is neither JSON, stream nor picture is hidden. */
export function bodyKindOf(mime: string): BodyKind {
  if (mime === 'text/event-stream') return 'stream'
  if (mime.startsWith('image/')) return 'picture'
  return mime.endsWith('json') ? 'text' : 'hidden'
}

/** Larger pictures are noted by length and hash: a report of a changed format does not need them. */
const maxPictureBytes = 64 * 1024

/** What a recording may hold of a body, or of the start of a stream; `feed` takes that start, in base64. */
export function cleanReply(kind: BodyKind | undefined, result: WireReply, feed: (base64: string) => string): WireReply {
  if ('bufferedData' in result) {
    return { bufferedData: Buffer.from(feed(textAt(result, 'bufferedData') ?? '')).toString('base64') }
  }
  const bytes = Buffer.from(textAt(result, 'body') ?? '', result.base64Encoded === true ? 'base64' : 'utf8')
  if (inspectImage(bytes)) return cleanPicture(bytes)
  if (kind === 'stream') return { body: cleanStream(bytes.toString()), base64Encoded: false }
  const value = kind === 'text' ? parseJson(bytes.toString()) : undefined
  if (value === undefined) return { omitted: { bytes: bytes.length, head: cleanText(bytes.toString('latin1', 0, 16)) } }
  return { body: JSON.stringify(cleanJson(value)), base64Encoded: false }
}

function cleanPicture(bytes: Buffer): WireReply {
  if (bytes.length <= maxPictureBytes) return { body: bytes.toString('base64'), base64Encoded: true }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { omitted: { bytes: bytes.length, sha256 } }
}
