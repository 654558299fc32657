import { setBounded } from '../bounded-map.ts'
import { isObject, textAt } from '../decode/json.ts'
import { maxDepth } from '../decode/limits.ts'
import { createStreamCleaner } from './cleaning.ts'

/** Streams that are being cleaned, each under a key of its own. */
export interface StreamCleaners {
  /** Takes a piece of a stream, in base64; returns the events that are whole by now, clean. */
  feed(key: string, base64: string): string
  /** Forgets a stream; returns what is left of it. */
  end(key: string): string
}

/** Makes the cleaners of one recording; beyond `maxStreams` the stream unheard of for longest is forgotten. */
export function createStreamCleaners(maxStreams: number): StreamCleaners {
  const cleaners = new Map<string, ReturnType<typeof createStreamCleaner>>()
  /** Characters may be cut in two by a chunk. */
  const decoders = new Map<string, { decode(bytes: Uint8Array, options: { stream: boolean }): string }>()
  return {
    feed(key, base64) {
      const decoder = decoders.get(key) ?? new TextDecoder()
      const cleaner = cleaners.get(key) ?? createStreamCleaner()
      setBounded(decoders, key, decoder, maxStreams)
      setBounded(cleaners, key, cleaner, maxStreams)
      return cleaner.feed(decoder.decode(Buffer.from(base64, 'base64'), { stream: true }))
    },
    end(key) {
      const rest = cleaners.get(key)?.flush() ?? ''
      cleaners.delete(key)
      return rest
    },
  }
}

/** Cleans a stream that is there as a whole. */
export function cleanWholeStream(text: string): string {
  const cleaner = createStreamCleaner()
  return cleaner.feed(text) + cleaner.flush()
}

/**
 * Cleans the stream text that frames carry: as text in `encoded_item`, and in base64 in `body`.
 *
 * Shape   a `body` is a piece of the stream its `response_id` names; what is no stream text is left as it is.
 */
export function cleanInnerStreams(value: unknown, streams: StreamCleaners, key: string, depth = 0): unknown {
  if (depth > maxDepth && typeof value === 'object') return null
  if (Array.isArray(value)) return value.map((inner) => cleanInnerStreams(inner, streams, key, depth + 1))
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (name === 'encoded_item' && typeof inner === 'string') return [name, cleanWholeStream(inner)]
    if (name === 'body' && typeof inner === 'string') {
      const text = streams.feed(`${key} ${textAt(value, 'response_id')}`, inner)
      return [name, Buffer.from(text).toString('base64')]
    }
    return [name, cleanInnerStreams(inner, streams, key, depth + 1)]
  })
  return Object.fromEntries(entries)
}
