import { createHash } from 'node:crypto'
import type { WireEvent, WireReply } from '../browser/wire.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import { isObject, type Json, objectAt, parseJson, textAt } from '../decode/json.ts'
import { maxDepth } from '../decode/limits.ts'
import { cleanJson, cleanText, cleanUrl, createStreamCleaner } from './cleaning.ts'

/** One line of a recording: an event, or what a command answered. */
export type RecordedLine =
  | { readonly event: WireEvent }
  | {
      readonly reply: string
      readonly sessionId: string | undefined
      readonly requestId: string
      readonly result: WireReply
    }

/** What a recording may speak of. */
export interface RecordedSite {
  isOurs(url: string): boolean
  isSocket(url: string): boolean
}

/** Larger pictures are noted by length and hash: a report of a changed format does not need them. */
const maxPictureBytes = 64 * 1024

/** What of a response is told in a recording depends on what it is. */
type BodyKind = 'stream' | 'text' | 'picture' | 'hidden'

/** Keeps of each event, and of each answer to a command, what a recording may hold. */
export interface EventCleaner {
  event(event: WireEvent): RecordedLine[]
  reply(method: string, sessionId: string | undefined, requestId: string, result: WireReply): RecordedLine[]
  /** Keeps the events of a request back until `release`: the answer that is on its way comes before them. */
  hold(sessionId: string | undefined, requestId: string): void
  release(sessionId: string | undefined, requestId: string): RecordedLine[]
}

/**
 * Makes the cleaner of one recording.
 *
 * Shape   by allow-list: the events we read, each with the fields we read; texts as `cleaning.ts` leaves them.
 */
export function createEventCleaner({ isOurs, isSocket }: RecordedSite): EventCleaner {
  /** Requests of ours, by session and id. */
  const kinds = new Map<string, BodyKind>()
  const cleaners = new Map<string, ReturnType<typeof createStreamCleaner>>()
  const sockets = new Set<string>()
  const keyOf = (sessionId: string | undefined, requestId: string | null) => `${sessionId} ${requestId}`
  /** Characters may be cut in two by a chunk. */
  const utf8 = new Map<string, { decode(bytes: Uint8Array, options: { stream: boolean }): string }>()
  /** Events that overtook the answer with the start of their stream. */
  const held = new Map<string, WireEvent[]>()
  const feed = (key: string, base64: string) => {
    const decoder = utf8.get(key) ?? new TextDecoder()
    remember(utf8, key, decoder)
    return cleanerOf(key).feed(decoder.decode(Buffer.from(base64, 'base64'), { stream: true }))
  }

  const cleanerOf = (key: string) => {
    const cleaner = cleaners.get(key) ?? createStreamCleaner()
    remember(cleaners, key, cleaner)
    return cleaner
  }

  const address = (url: string | null) =>
    !url || /^about:|^chrome:\/\/new/.test(url) ? url : isOurs(url) ? cleanUrl(url) : elsewhere

  const keep = (event: WireEvent, params: Json): RecordedLine[] => [{ event: { ...event, params } }]

  const target = (event: WireEvent): RecordedLine[] => {
    const { sessionId, waitingForDebugger } = event.params
    const { targetId, type } = objectAt(event.params, 'targetInfo')
    const url = address(textAt(objectAt(event.params, 'targetInfo'), 'url')) ?? ''
    return keep(event, { sessionId, waitingForDebugger, targetInfo: { targetId, type, url } })
  }

  const request = (event: WireEvent, key: string): RecordedLine[] => {
    const { requestId, frameId } = event.params
    const asked = objectAt(event.params, 'request')
    const url = textAt(asked, 'url') ?? ''
    if (!isOurs(url)) return []
    remember(kinds, key, 'hidden')
    const body = parseJson(textAt(asked, 'postData') ?? '')
    return keep(event, {
      requestId,
      frameId,
      documentURL: address(textAt(event.params, 'documentURL')),
      request: {
        url: cleanUrl(url),
        method: asked.method,
        ...(isObject(body) && Array.isArray(body.messages) && { postData: JSON.stringify(cleanJson(body)) }),
      },
    })
  }

  const response = (event: WireEvent, key: string): RecordedLine[] => {
    const { requestId } = event.params
    const { status, mimeType, fromDiskCache } = objectAt(event.params, 'response')
    const url = textAt(objectAt(event.params, 'response'), 'url') ?? ''
    const mime = typeof mimeType === 'string' ? mimeType : ''
    const kind = mime === 'text/event-stream' ? 'stream' : mime.startsWith('image/') ? 'picture' : 'text'
    kinds.set(key, mime.endsWith('json') || kind !== 'text' ? kind : 'hidden')
    return keep(event, { requestId, response: { url: cleanUrl(url), status, mimeType, fromDiskCache } })
  }

  /** Chunks of streams are recorded again event by event, since a secret may be cut in two by a chunk. */
  const data = (event: WireEvent, key: string): RecordedLine[] => {
    const bytes = textAt(event.params, 'data')
    if (bytes === null || kinds.get(key) !== 'stream') return []
    return chunk(event, feed(key, bytes))
  }

  const chunk = (event: WireEvent, text: string): RecordedLine[] => {
    if (text === '') return []
    const bytes = Buffer.from(text)
    const params = { requestId: event.params.requestId, dataLength: bytes.length, data: bytes.toString('base64') }
    return [{ event: { ...event, method: 'Network.dataReceived', params } }]
  }

  const ended = (event: WireEvent, key: string): RecordedLine[] => {
    const { requestId, errorText, canceled } = event.params
    const rest = cleaners.has(key) ? chunk(event, cleanerOf(key).flush()) : []
    cleaners.delete(key)
    return [...rest, ...keep(event, { requestId, errorText, canceled })]
  }

  const frame = (event: WireEvent, key: string): RecordedLine[] => {
    const { opcode, payloadData } = objectAt(event.params, 'response')
    const value = typeof payloadData === 'string' ? parseJson(payloadData) : undefined
    if (value === undefined || !sockets.has(key)) return []
    const payload = JSON.stringify(cleanJson(cleanInnerStreams(value, key), ['body', 'encoded_item']))
    return keep(event, { requestId: event.params.requestId, response: { opcode, payloadData: payload } })
  }

  /** Frames carry stream text of their own: as text in `encoded_item`, in base64 as `body`. */
  const cleanInnerStreams = (value: unknown, key: string, depth = 0): unknown => {
    if (depth > maxDepth && typeof value === 'object') return null
    if (Array.isArray(value)) return value.map((inner) => cleanInnerStreams(inner, key, depth + 1))
    if (!isObject(value)) return value
    const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
      if (name === 'encoded_item' && typeof inner === 'string') {
        const cleaner = createStreamCleaner()
        return [name, cleaner.feed(inner) + cleaner.flush()]
      }
      if (name === 'body' && typeof inner === 'string') {
        const text = feed(`${key} ${textAt(value, 'response_id')}`, inner)
        return [name, Buffer.from(text).toString('base64')]
      }
      return [name, cleanInnerStreams(inner, key, depth + 1)]
    })
    return Object.fromEntries(entries)
  }

  const clean = (event: WireEvent): RecordedLine[] => {
    const key = keyOf(event.sessionId, textAt(event.params, 'requestId'))
    switch (event.method) {
      case 'Target.attachedToTarget':
      case 'Target.targetInfoChanged':
        return target(event)
      case 'Target.detachedFromTarget':
        return keep(event, { sessionId: event.params.sessionId })
      case 'Network.requestWillBeSent':
        return request(event, key)
      case 'Network.webSocketCreated': {
        const url = textAt(event.params, 'url') ?? ''
        if (!isSocket(url)) return []
        sockets.add(key)
        return keep(event, { requestId: event.params.requestId, url: cleanUrl(url) })
      }
      case 'Network.webSocketFrameReceived':
        return frame(event, key)
      case 'Network.webSocketClosed':
        if (!sockets.delete(key)) return []
        return keep(event, { requestId: event.params.requestId })
    }
    if (!kinds.has(key)) return []
    const waiting = held.get(key)
    if (waiting) {
      waiting.push(event)
      return []
    }
    switch (event.method) {
      case 'Network.responseReceived':
        return response(event, key)
      case 'Network.dataReceived':
        return data(event, key)
      case 'Network.loadingFinished':
      case 'Network.loadingFailed':
        return ended(event, key)
    }
    return []
  }

  return {
    event: clean,
    reply(method, sessionId, requestId, result) {
      const key = keyOf(sessionId, requestId)
      return [
        {
          reply: method,
          sessionId,
          requestId,
          result: cleanReply(kinds.get(key), result, (bytes) => feed(key, bytes)),
        },
      ]
    },
    hold: (sessionId, requestId) => void held.set(keyOf(sessionId, requestId), []),
    release(sessionId, requestId) {
      const key = keyOf(sessionId, requestId)
      const events = held.get(key) ?? []
      held.delete(key)
      return events.flatMap(clean)
    },
  }
}

/** Requests whose answers may still be recorded; the oldest is forgotten first. */
const maxRemembered = 20_000

function remember<Value>(map: Map<string, Value>, key: string, value: Value) {
  map.delete(key)
  map.set(key, value)
  if (map.size > maxRemembered) map.delete(map.keys().next().value ?? '')
}

const elsewhere = 'https://elsewhere.invalid/'

function cleanReply(kind: BodyKind | undefined, result: WireReply, feed: (base64: string) => string): WireReply {
  const buffered = textAt(result, 'bufferedData')
  if (buffered !== null || 'bufferedData' in result) {
    return { bufferedData: Buffer.from(feed(buffered ?? '')).toString('base64') }
  }
  const bytes = Buffer.from(textAt(result, 'body') ?? '', result.base64Encoded === true ? 'base64' : 'utf8')
  if (inspectImage(bytes)) {
    if (bytes.length <= maxPictureBytes) return { body: bytes.toString('base64'), base64Encoded: true }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { omitted: { bytes: bytes.length, sha256 } }
  }
  if (kind === 'stream') {
    const whole = createStreamCleaner()
    return { body: whole.feed(bytes.toString()) + whole.flush(), base64Encoded: false }
  }
  const value = kind === 'text' ? parseJson(bytes.toString()) : undefined
  if (value === undefined) return { omitted: { bytes: bytes.length, head: cleanText(bytes.toString('latin1', 0, 16)) } }
  return { body: JSON.stringify(cleanJson(value)), base64Encoded: false }
}
