import { setBounded } from '../bounded-map.ts'
import { createStreamCleaner } from './cleaning.ts'

/** The streams a recording is fed, each cleaned event by event: a secret may be cut in two by a chunk. */
export interface StreamTexts {
  /** Takes a chunk's bytes, in base64; returns the events that are whole now, cleaned. */
  feed(key: string, base64: string): string
  /** Ends a stream; returns what was still waiting for its end. */
  end(key: string): string
}

interface StreamText {
  /** Characters may be cut in two by a chunk as well. */
  readonly utf8: { decode(bytes: Uint8Array, options: { stream: boolean }): string }
  readonly cleaner: ReturnType<typeof createStreamCleaner>
}

/** Makes room for as many streams; of more, the one that was silent for longest is forgotten. */
export function createStreamTexts(maxStreams: number): StreamTexts {
  const streams = new Map<string, StreamText>()
  return {
    feed(key, base64) {
      const stream = streams.get(key) ?? { utf8: new TextDecoder(), cleaner: createStreamCleaner() }
      setBounded(streams, key, stream, maxStreams)
      return stream.cleaner.feed(stream.utf8.decode(Buffer.from(base64, 'base64'), { stream: true }))
    },
    end(key) {
      const rest = streams.get(key)?.cleaner.flush() ?? ''
      streams.delete(key)
      return rest
    },
  }
}

/** The text of a stream that is there as a whole, cleaned. */
export function cleanStream(text: string): string {
  const cleaner = createStreamCleaner()
  return cleaner.feed(text) + cleaner.flush()
}
