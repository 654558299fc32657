import { addBounded, setBounded } from '../bounded-map.ts'
import type { WireEvent, WireReply } from '../browser/wire.ts'
import { isObject, type Json, objectAt, parseJson, textAt } from '../decode/json.ts'
import { cleanFrame } from './clean-frame.ts'
import { type BodyKind, bodyKindOf, cleanReply } from './clean-reply.ts'
import { cleanJson, cleanUrl } from './cleaning.ts'
import { createStreamTexts } from './stream-texts.ts'

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

/** Leaves of each event, and of each answer to a command, what a recording may hold. */
export interface EventCleaner {
  event(event: WireEvent): RecordedLine[]
  reply(method: string, sessionId: string | undefined, requestId: string, result: WireReply): RecordedLine[]
  /** Holds the events of a request back until `release`: the answer that is on its way comes before them. */
  hold(sessionId: string | undefined, requestId: string): void
  release(sessionId: string | undefined, requestId: string): RecordedLine[]
}

/** Requests, streams and sockets whose events may still come; the oldest is forgotten first. */
const maxRemembered = 20_000

/**
 * Makes the cleaner of one recording.
 *
 * Shape   by allow-list: the events we read, each with the fields we read; texts as `cleaning.ts` leaves them.
 */
export function createEventCleaner(site: RecordedSite): EventCleaner {
  /** Requests of ours and what their bodies are, by session and id; hidden until a response says so. */
  const kinds = new Map<string, BodyKind>()
  const sockets = new Set<string>()
  const streams = createStreamTexts(maxRemembered)
  /** Events that overtook the answer with the start of their stream. */
  const held = new Map<string, WireEvent[]>()

  const request = (event: WireEvent, key: string): RecordedLine[] => {
    if (!site.isOurs(textAt(objectAt(event.params, 'request'), 'url') ?? '')) return []
    setBounded(kinds, key, 'hidden', maxRemembered)
    return lineOf(event, requestParams(event, site))
  }

  const response = (event: WireEvent, key: string): RecordedLine[] => {
    kinds.set(key, bodyKindOf(textAt(objectAt(event.params, 'response'), 'mimeType') ?? ''))
    return lineOf(event, responseParams(event))
  }

  const data = (event: WireEvent, key: string): RecordedLine[] => {
    const bytes = textAt(event.params, 'data')
    return bytes === null || kinds.get(key) !== 'stream' ? [] : chunkOf(event, streams.feed(key, bytes))
  }

  const ended = (event: WireEvent, key: string): RecordedLine[] => {
    const { requestId, errorText, canceled } = event.params
    return [...chunkOf(event, streams.end(key)), ...lineOf(event, { requestId, errorText, canceled })]
  }

  const socketOpened = (event: WireEvent, key: string): RecordedLine[] => {
    const url = textAt(event.params, 'url') ?? ''
    if (!site.isSocket(url)) return []
    addBounded(sockets, key, maxRemembered)
    return lineOf(event, { requestId: event.params.requestId, url: cleanUrl(url) })
  }

  const frame = (event: WireEvent, key: string): RecordedLine[] => {
    const { opcode, payloadData } = objectAt(event.params, 'response')
    const value = typeof payloadData === 'string' ? parseJson(payloadData) : undefined
    if (value === undefined || !sockets.has(key)) return []
    const cleaned = cleanFrame(value, (responseId, base64) => streams.feed(`${key} ${responseId}`, base64))
    const payload = JSON.stringify(cleaned)
    return lineOf(event, { requestId: event.params.requestId, response: { opcode, payloadData: payload } })
  }

  /** Events of a request of ours that has been recorded. */
  const follow = (event: WireEvent, key: string): RecordedLine[] => {
    switch (event.method) {
      case 'Network.responseReceived':
        return response(event, key)
      case 'Network.dataReceived':
        return data(event, key)
      case 'Network.loadingFinished':
      case 'Network.loadingFailed':
        return ended(event, key)
      default:
        return []
    }
  }

  const clean = (event: WireEvent): RecordedLine[] => {
    const key = keyOf(event.sessionId, textAt(event.params, 'requestId'))
    switch (event.method) {
      case 'Target.attachedToTarget':
      case 'Target.targetInfoChanged':
        return lineOf(event, targetParams(event, site))
      case 'Target.detachedFromTarget':
        return lineOf(event, { sessionId: event.params.sessionId })
      case 'Network.requestWillBeSent':
        return request(event, key)
      case 'Network.webSocketCreated':
        return socketOpened(event, key)
      case 'Network.webSocketFrameReceived':
        return frame(event, key)
      case 'Network.webSocketClosed':
        return sockets.delete(key) ? lineOf(event, { requestId: event.params.requestId }) : []
    }
    if (!kinds.has(key)) return []
    const waiting = held.get(key)
    if (!waiting) return follow(event, key)
    waiting.push(event)
    return []
  }

  return {
    event: clean,
    reply(method, sessionId, requestId, result) {
      const key = keyOf(sessionId, requestId)
      const cleaned = cleanReply(kinds.get(key), result, (base64) => streams.feed(key, base64))
      return [{ reply: method, sessionId, requestId, result: cleaned }]
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

const keyOf = (sessionId: string | undefined, requestId: string | null) => `${sessionId} ${requestId}`

const lineOf = (event: WireEvent, params: Json): RecordedLine[] => [{ event: { ...event, params } }]

/** Text of a stream, as the event that would have brought it. */
function chunkOf(event: WireEvent, text: string): RecordedLine[] {
  if (text === '') return []
  const bytes = Buffer.from(text)
  const params = { requestId: event.params.requestId, dataLength: bytes.length, data: bytes.toString('base64') }
  return lineOf({ ...event, method: 'Network.dataReceived' }, params)
}

const elsewhere = 'https://elsewhere.invalid/'

/** The address of a page; of other sites not even the host is written down. */
function pageAddress(url: string | null, { isOurs }: RecordedSite): string | null {
  if (!url || /^about:|^chrome:\/\/new/.test(url)) return url
  return isOurs(url) ? cleanUrl(url) : elsewhere
}

function targetParams({ params }: WireEvent, site: RecordedSite): Json {
  const { sessionId, waitingForDebugger } = params
  const info = objectAt(params, 'targetInfo')
  const { targetId, type } = info
  const url = pageAddress(textAt(info, 'url'), site) ?? ''
  return { sessionId, waitingForDebugger, targetInfo: { targetId, type, url } }
}

function requestParams({ params }: WireEvent, site: RecordedSite): Json {
  const { requestId, frameId } = params
  const asked = objectAt(params, 'request')
  const body = parseJson(textAt(asked, 'postData') ?? '')
  const isTurn = isObject(body) && Array.isArray(body.messages)
  return {
    requestId,
    frameId,
    documentURL: pageAddress(textAt(params, 'documentURL'), site),
    request: {
      url: cleanUrl(textAt(asked, 'url') ?? ''),
      method: asked.method,
      ...(isTurn && { postData: JSON.stringify(cleanJson(body)) }),
    },
  }
}

function responseParams({ params }: WireEvent): Json {
  const response = objectAt(params, 'response')
  const { status, mimeType, fromDiskCache } = response
  const url = cleanUrl(textAt(response, 'url') ?? '')
  return { requestId: params.requestId, response: { url, status, mimeType, fromDiskCache } }
}
