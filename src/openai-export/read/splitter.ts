/** A piece of a JSON array: an element as it stands there, one that was passed over, or that the array breaks off. */
export type ArrayPart =
  | { readonly text: Buffer }
  | { readonly tooLongBytes: number }
  | { readonly tooManyValues: number }
  | { readonly isCut: true; readonly cutBytes: number }

/** Longest single conversation; the longest seen has some 20 million characters. */
export const maxConversationBytes = 128 * 1024 * 1024

/** Objects and lists in one element: each takes some sixty bytes of memory, though it has two in the text. */
export const maxValues = 3_000_000

/**
 * Hands out the elements of a JSON array one by one, without parsing them.
 *
 * Shape   An array, or objects without one, each of which is an element; a byte order mark, white space and commas in
 *         any number are skipped. Other text between elements is handed out as an element that is no JSON.
 * Units   an element beyond `maxElementBytes` is skipped in constant memory; only its length is handed out. Of one
 *         with more than `maxValues` objects and lists only their number is handed out. A `text`
 *         may share memory with its chunk: parse it, or copy it.
 * Errors  throws none but those of `chunks`. If the text ends before the array does, the last part says so, with the
 *         bytes of the element that is not whole; an empty text is cut, too.
 */
export async function* splitArray(
  chunks: AsyncIterable<Buffer>,
  maxElementBytes: number,
): AsyncGenerator<ArrayPart, void> {
  const splitter = createSplitter(maxElementBytes)
  for await (const chunk of chunks) yield* splitter.push(chunk)
  const cutBytes = splitter.cutBytes()
  if (cutBytes !== null) yield { isCut: true, cutBytes }
}

const [quote, backslash] = [0x22, 0x5c]
const [openBracket, closeBracket] = [0x5b, 0x5d]

/** What a byte means outside of strings. */
const meaning = { none: 0, opens: 1, closes: 2, quotes: 3, spaces: 4 } as const
const meanings = new Uint8Array(256)
for (const byte of Buffer.from('[{')) meanings[byte] = meaning.opens
for (const byte of Buffer.from(']}')) meanings[byte] = meaning.closes
for (const byte of Buffer.from(' \t\r\n,')) meanings[byte] = meaning.spaces
meanings[quote] = meaning.quotes

/** Inside a string of which this much was looked at byte by byte, the native search is worth its call. */
const shortStringBytes = 48

type State = 'between' | 'nested' | 'string' | 'bare'

function createSplitter(maxElementBytes: number) {
  let state: State = 'between'
  let depth = 0
  let values = 0
  let isEscaped = false
  let isInArray = false
  let hasBegun = false
  const pieces = createPieces(maxElementBytes)

  function push(chunk: Buffer): ArrayPart[] {
    const parts: ArrayPart[] = []
    let [at, start] = [0, 0]
    while (at < chunk.length) {
      if (isIn('between')) {
        at = begin(chunk, at)
        start = at
      }
      if (!isIn('between')) at = advance(chunk, at)
      if (isIn('between') && (at > start || pieces.bytes() > 0)) {
        const part = pieces.take(chunk.subarray(start, at))
        parts.push(values > maxValues ? { tooManyValues: values } : part)
      }
    }
    if (!isIn('between')) pieces.hold(chunk.subarray(start))
    return parts
  }

  const isIn = (wanted: State) => state === wanted

  /** Where the next element begins; its first byte is looked at by `advance`. */
  function begin(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] as number
      const kind = meanings[byte]
      if (!isInArray && byte === openBracket) isInArray = hasBegun = true
      else if (isInArray && byte === closeBracket) isInArray = false
      else if (kind === meaning.opens || (isInArray && kind !== meaning.spaces)) return start(kind, at)
    }
    return chunk.length
  }

  function start(kind: number | undefined, at: number): number {
    hasBegun = true
    depth = 0
    values = 0
    state = kind === meaning.opens || kind === meaning.quotes ? 'nested' : 'bare'
    return at
  }

  const advance = (chunk: Buffer, at: number) =>
    state === 'bare' ? endOfBare(chunk, at) : state === 'string' ? endOfString(chunk, at) : endOfNested(chunk, at)

  /** A number, a word, or what should not be there: up to anything that has a meaning. */
  function endOfBare(chunk: Buffer, from: number): number {
    // A closing brace without an opening one would else begin an element again and again.
    let at = from + (pieces.bytes() === 0 && meanings[chunk[from] as number] === meaning.closes ? 1 : 0)
    while (at < chunk.length && meanings[chunk[at] as number] === meaning.none) at += 1
    if (at < chunk.length) state = 'between'
    return at
  }

  function endOfNested(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const kind = meanings[chunk[at] as number]
      if (kind === meaning.quotes) {
        state = 'string'
        at = endOfString(chunk, at + 1) - 1
        if (!isIn('nested')) return at + 1
      } else if (kind === meaning.opens) {
        depth += 1
        values += 1
      } else if (kind === meaning.closes) {
        depth -= 1
        if (depth <= 0) return afterValue(at + 1)
      }
    }
    return chunk.length
  }

  /** Behind the closing quote; a string as an element of its own ends with it. */
  function endOfString(chunk: Buffer, from: number): number {
    let at = isEscaped && from < chunk.length ? from + 1 : from
    if (at > from) isEscaped = false
    const near = Math.min(chunk.length, at + shortStringBytes)
    while (at < near) {
      const byte = chunk[at] as number
      if (byte === quote) return afterValue(at + 1)
      at += byte === backslash ? 2 : 1
    }
    if (at > chunk.length) isEscaped = true
    return at >= chunk.length ? chunk.length : endOfLongString(chunk, at)
  }

  function endOfLongString(chunk: Buffer, from: number): number {
    const found = closingQuote(chunk, from)
    if (found.at !== null) return afterValue(found.at + 1)
    isEscaped = found.isEscaped
    return chunk.length
  }

  function afterValue(at: number): number {
    state = depth <= 0 ? 'between' : 'nested'
    return at
  }

  const cutBytes = () => (!isIn('between') || isInArray || !hasBegun ? pieces.bytes() : null)
  return { push, cutBytes }
}

/** The next quote without a backslash of its own; null in a chunk that has none, and whether its last byte escapes. */
function closingQuote(chunk: Buffer, from: number): { at: number } | { at: null; isEscaped: boolean } {
  for (let at = from; ; ) {
    const found = chunk.indexOf(quote, at)
    const stop = found < 0 ? chunk.length : found
    let back = stop
    while (back > at && chunk[back - 1] === backslash) back -= 1
    const isEscaped = (stop - back) % 2 === 1
    if (found < 0) return { at: null, isEscaped }
    if (!isEscaped) return { at: found }
    at = found + 1
  }
}

/** An element that comes in several chunks, held up to a length. */
function createPieces(maxBytes: number) {
  let held: Buffer[] = []
  let heldBytes = 0

  function hold(piece: Buffer): void {
    heldBytes += piece.length
    if (heldBytes > maxBytes) held = []
    else held.push(piece)
  }

  /** The whole element, of which this is the last piece. */
  function take(last: Buffer): ArrayPart {
    const isWhole = heldBytes === 0
    hold(last)
    const part = heldBytes > maxBytes ? { tooLongBytes: heldBytes } : { text: isWhole ? last : Buffer.concat(held) }
    held = []
    heldBytes = 0
    return part
  }

  return { hold, take, bytes: () => heldBytes }
}
