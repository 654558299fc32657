/** What came over the wire: the answer to a command of ours, or an event. */
export interface WireMessage {
  readonly id?: number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly sessionId?: string
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message?: string; readonly data?: unknown }
}

/** How the browser begins an answer that holds bytes; base64 has no quote of its own. */
const beginning = /^\{"id":\d+,"result":\{(?:"base64Encoded":true,)?"(body|content|data)":"/
const longestBeginning = 80
/** Below this a message is parsed as a whole. */
const shortBytes = 4_096
const quote = 0x22

/**
 * Reads one message.
 *
 * Shape   the bytes of a long answer in base64 are left out of the JSON and come decoded, as a Buffer: otherwise each
 *         picture would lie in memory as text twice before it is a picture, and collecting that garbage is most of what
 *         it costs to watch.
 * Errors  throws when it is no JSON.
 */
export function parseMessage(data: Buffer): WireMessage {
  return (data.length > shortBytes && parseAnswerOfBytes(data)) || JSON.parse(data.toString())
}

function parseAnswerOfBytes(data: Buffer): WireMessage | undefined {
  const [head, key = ''] = beginning.exec(data.toString('latin1', 0, longestBeginning)) ?? []
  if (head === undefined) return undefined
  const end = data.indexOf(quote, head.length)
  // A text may hold an escaped quote, and what is left then is no JSON: looked at before it is parsed.
  const isBase64 =
    head.includes('base64Encoded') || data.toString('latin1', end + 1, end + 22) === ',"base64Encoded":true'
  if (end < 0 || !isBase64) return undefined
  const message = JSON.parse(`${head}${data.toString('utf8', end)}`) as { result: Record<string, unknown> }
  message.result[key] = Buffer.from(data.toString('latin1', head.length, end), 'base64')
  return message
}

/** The bytes that an answer holds, whether they came as bytes, as base64 or as text; empty where there are none. */
export function bytesIn(reply: Readonly<Record<string, unknown>>, key: string): Buffer {
  const value = reply[key]
  if (Buffer.isBuffer(value)) return value
  return Buffer.from(typeof value === 'string' ? value : '', reply.base64Encoded === true ? 'base64' : 'utf8')
}
