import { addBounded } from '../../bounded-map.ts'
import { isObject, type Json, listAt, objectAt, parseJson, shapeOf, textAt } from '../../decode/json.ts'
import { maxFrameChars, maxIdChars, maxOpenStreamsChars, overLimit } from '../../decode/limits.ts'
import { createDeltaDecoder } from '../../decode/stream-v1.ts'
import { type Findings, mergeFindings, nothingFound, odd, oddly } from '../findings.ts'
import { findConversations } from './conversation-json.ts'
import { createStreamDecoder, type StreamDecoder } from './event-stream.ts'
import type { Circumstances } from './found-message.ts'
import type { MessageReader } from './messages.ts'

/** Reads the frames of all sockets of one site. */
export interface SocketDecoder {
  /** Reads one text frame of a socket. */
  frame(text: string, receivedAt: Date, socketId: string): Findings
  /** A socket has closed: answers that only it carried are read as far as they came. */
  closed(socketId: string): Findings
}

/** A turn, or an answer, whose items still arrive over a socket. */
interface OpenStream {
  readonly decoder: StreamDecoder
  /** Characters may be split between frames. */
  readonly utf8: { decode(bytes: Uint8Array, options: { stream: boolean }): string }
  /** What it was fed so far, which is at least what it holds of it. */
  fedChars: number
}

/** Streams that are open at the same time; ChatGPT itself shows a handful. */
const maxOpenStreams = 64
const maxSeenItems = 10_000

/** Frames that carry no messages of a conversation. */
const silentTypes = new Set(['system', 'ack', 'presence', 'pong', 'ping', 'heartbeat', 'reply', 'sequenceAck'])

/** Payloads of the user's topics whose shape is known and holds messages, or nothing for us. */
const knownPayloads = new Set([
  'conversation-update',
  'conversation-updates',
  'conversation-turn-complete',
  'calpico-message-add',
  'calpico-message-update',
])

/**
 * Reads the messages of all sockets, of either generation.
 *
 * Shape   "celsius" frames: an envelope `{ type: "message", topic_id, offset, payload }` or a list of them, a reply
 *         that carries earlier envelopes as `catchups`, or a bare event. Payloads are `conversation-update` with a
 *         message, messages or wrappers, and `conversation-turn-stream` with stream text in `encoded_item`, one stream
 *         a turn; `calpico-message-add` with the `raw_messages` of a group chat. Azure Web PubSub frames: `{ data: {
 *         body, response_id } }`, base64 of stream bytes, one stream a response and socket.
 * Errors  throws none; what is not known is an oddity, and messages inside it are read all the same.
 * State   one decoder per open stream, and the ids of items already read: several tabs receive the same items, and a
 *         new socket is sent them again as catch-ups. Both bounded, the streams also by what all of them together were
 *         fed; the oldest is ended, and read as far as it came, or forgotten, first.
 * Source  docs/wire/websocket.md
 */
export function createSocketDecoder(reader: MessageReader): SocketDecoder {
  const streams = new Map<string, OpenStream>()
  const seenItems = new Set<string>()
  /** Of all open streams together. */
  let fedChars = 0

  const openStream = (key: string, at: Date, askedId: string | null = null): OpenStream => {
    const known = streams.get(key)
    if (known) return known
    const options = { channel: 'websocket', liveAt: at, deltas: createDeltaDecoder(), askedId } as const
    const opened = { decoder: createStreamDecoder(reader, options), utf8: new TextDecoder(), fedChars: 0 }
    streams.set(key, opened)
    return opened
  }

  /** Feeds a stream, then ends the oldest others while too many are open or hold too much. */
  const feed = (stream: OpenStream, text: string): Findings => {
    stream.fedChars += text.length
    fedChars += text.length
    const found = [stream.decoder.feed(text)]
    for (const [key, other] of streams) {
      if (streams.size <= maxOpenStreams && fedChars <= maxOpenStreamsChars) break
      if (other !== stream) found.push(endStream(key))
    }
    return mergeFindings(found)
  }

  const endStream = (key: string, isTurnOver = false): Findings => {
    const stream = streams.get(key)
    streams.delete(key)
    fedChars -= stream?.fedChars ?? 0
    return stream?.decoder.end(isTurnOver) ?? nothingFound
  }

  const isRepeated = (key: string): boolean => {
    // Reading an item twice does no harm; remembering ten thousand keys of any length would.
    if (key.length > 2 * maxIdChars) return false
    if (seenItems.has(key)) return true
    addBounded(seenItems, key, maxSeenItems)
    return false
  }

  const readEnvelope = (envelope: Json, at: Date, socketId: string, isCatchup = false): Findings => {
    const catchups = isCatchup ? [] : listAt(envelope.reply, 'catchups').filter(isObject)
    if (catchups.length > 0) return mergeFindings(catchups.map((catchup) => readEnvelope(catchup, at, socketId, true)))
    const data = isObject(envelope.data) ? envelope.data : envelope
    if (typeof data.body === 'string') return readPubSub(data, data.body, at, socketId)
    const offset = textAt(envelope, 'offset')
    if (offset && isRepeated(`${textAt(envelope, 'topic_id')} ${offset}`)) return nothingFound
    const event = envelope.type === 'message' && isObject(envelope.payload) ? envelope.payload : envelope
    return readEvent(event, at)
  }

  const readEvent = (event: Json, at: Date): Findings => {
    const type = textAt(event, 'type') ?? ''
    const payload = objectAt(event, 'payload')
    if (type === 'conversation-turn-stream') return readTurnItem(payload, at)
    const circumstances: Circumstances = { channel: 'websocket', liveAt: at, conversationUpdatedAt: null }
    const found: Findings[] = [findConversations(event, reader, circumstances)]
    const conversationId = textAt(payload, 'conversation_id')
    if (type === 'conversation-turn-complete') found.push(reader.turnEnded(circumstances, conversationId))
    const title = textAt(payload.update_content, 'title')
    if (payload.update_type === 'title-update' && conversationId && title)
      found.push(reader.title(conversationId, title))
    if (!knownPayloads.has(type) && !silentTypes.has(type))
      found.push(odd('unknown-socket-event', type || shapeOf(event)))
    return mergeFindings(found)
  }

  const readTurnItem = (payload: Json, at: Date): Findings => {
    const turnId = textAt(payload, 'turn_id')
    const key = `turn ${turnId ?? textAt(payload, 'conversation_id') ?? ''}`
    if (payload.type === 'done') return endStream(key, true)
    const item = textAt(payload, 'encoded_item')
    if (!item) return payload.type === 'heartbeat' ? nothingFound : odd('unknown-turn-item', shapeOf(payload))
    const itemId = textAt(payload, 'stream_item_id')
    if (itemId && isRepeated(`${key} ${itemId}`)) return nothingFound
    return feed(openStream(key, at, reader.askedIn(turnId)), endsInsideEvent(item) ? item : `${item}\n\n`)
  }

  const readPubSub = (data: Json, body: string, at: Date, socketId: string): Findings => {
    const key = `socket ${socketId} ${textAt(data, 'response_id') ?? textAt(data, 'conversation_id') ?? ''}`
    const stream = openStream(key, at)
    const found = feed(stream, stream.utf8.decode(Buffer.from(body, 'base64'), { stream: true }))
    return data.more_body === false ? mergeFindings([found, endStream(key)]) : found
  }

  return {
    frame(text, at, socketId) {
      if (text.length > maxFrameChars) return oddly([overLimit('characters of a frame', text.length, maxFrameChars)])
      const value = parseJson(text)
      if (value === undefined) return odd('not-json', `socket frame of ${text.length} characters`)
      const envelopes = (Array.isArray(value) ? value : [value]).filter(isObject)
      return mergeFindings(envelopes.map((envelope) => readEnvelope(envelope, at, socketId)))
    },
    closed(socketId) {
      const own = [...streams.keys()].filter((key) => key.startsWith(`socket ${socketId} `))
      return mergeFindings(own.map((key) => endStream(key)))
    },
  }
}

/** An item is whole events as a rule, at times without the last blank line; its last data then still parses. */
function endsInsideEvent(item: string): boolean {
  const lastLine =
    item
      .trimEnd()
      .split(/\r\n|\n|\r/)
      .at(-1) ?? ''
  const data = lastLine.replace(/^data: ?/, '')
  return data !== '[DONE]' && parseJson(data) === undefined
}
