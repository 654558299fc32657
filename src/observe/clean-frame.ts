import { isObject, textAt } from '../decode/json.ts'
import { maxDepth } from '../decode/limits.ts'
import { cleanJson } from './cleaning.ts'
import { cleanStream } from './stream-texts.ts'

/** Takes a piece of a stream that comes in frames, by the id of its response; returns what is whole of it, cleaned. */
type FeedPiece = (responseId: string | null, base64: string) => string

/** What a recording may hold of a frame. */
export function cleanFrame(frame: unknown, feed: FeedPiece): unknown {
  return cleanJson(cleanInnerStreams(frame, feed), ['body', 'encoded_item'])
}

/** Frames carry stream text of their own: as text in `encoded_item`, in base64 as `body`. */
function cleanInnerStreams(value: unknown, feed: FeedPiece, depth = 0): unknown {
  if (depth > maxDepth && typeof value === 'object') return null
  if (Array.isArray(value)) return value.map((inner) => cleanInnerStreams(inner, feed, depth + 1))
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (name === 'encoded_item' && typeof inner === 'string') return [name, cleanStream(inner)]
    if (name === 'body' && typeof inner === 'string') {
      return [name, Buffer.from(feed(textAt(value, 'response_id'), inner)).toString('base64')]
    }
    return [name, cleanInnerStreams(inner, feed, depth + 1)]
  })
  return Object.fromEntries(entries)
}
