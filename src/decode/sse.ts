import { createParser } from 'eventsource-parser'
import { maxEventChars } from './limits.ts'

/** One server-sent event: its name (empty when it had none) and its data. */
export interface ServerEvent {
  readonly name: string
  readonly data: string
  /** The stream ended before the event's closing blank line, so the data may be cut short. */
  readonly isCut: boolean
}

/** The parser is O(n²) in a text that lacks one of the kinds of line end, so text is fed in pieces of this length. */
const pieceChars = 64 * 1024

/**
 * Reads stream text into server-sent events, whatever the places it was cut at.
 *
 * Shape   `feed` takes text as it arrives; `end` hands out a last event that had no blank line behind it, because a
 *         cut connection often ends just there.
 * Errors  throws none; lines that are no field are ignored, as the standard says. An event longer than `maxChars` is
 *         dropped and reading goes on; `onTooLong` is called with a lower bound of its length.
 * Source  WHATWG HTML §9.2.6
 */
export function createSseReader(
  onEvent: (event: ServerEvent) => void,
  onTooLong: (chars: number) => void = () => {},
  maxChars = maxEventChars,
): { feed(text: string): void; end(): void } {
  let isEnding = false
  let isTooLong = false
  /** Inside an event that was dropped: its last characters, where the blank line may begin that ends it. */
  let skipped: string | undefined
  const hand = (name: string, data: string) => {
    if (data.length > maxChars) onTooLong(data.length)
    else onEvent({ name, data, isCut: isEnding })
  }
  const parser = createParser({
    maxBufferSize: maxChars,
    onEvent: (event) => hand(event.event ?? '', event.data),
    onError: (error) => {
      isTooLong = error.type === 'max-buffer-size-exceeded'
    },
  })
  const feedPiece = (piece: string) => {
    const text = afterSkipped(piece)
    parser.feed(text)
    if (!isTooLong) return
    isTooLong = false
    parser.reset()
    skipped = text.slice(-3)
    onTooLong(maxChars + 1)
  }
  const feed = (text: string) => {
    for (let at = 0; at < text.length; at += pieceChars) feedPiece(text.slice(at, at + pieceChars))
  }
  const afterSkipped = (piece: string): string => {
    if (skipped === undefined) return piece
    const text = skipped + piece
    const end = /\r\n\r\n|\n\n|\r\r/.exec(text)
    skipped = end ? undefined : text.slice(-3)
    return end ? text.slice(end.index + end[0].length) : ''
  }
  return {
    feed,
    end() {
      isEnding = true
      // Twice a line end: the first may only finish a line, the second is the blank line that closes the event.
      feed('\n\n')
    },
  }
}
