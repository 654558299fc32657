import { setBounded } from '../bounded-map.ts'
import type { WireEvent, WireReply } from '../browser/wire.ts'
import { type Json, objectAt, textAt } from '../decode/json.ts'
import { cleanUrl } from './cleaning.ts'
import { chunkFields, endFields, frameFields, requestFields, responseFields, targetFields } from './event-fields.ts'
import { createHeldEvents } from './held-events.ts'
import { type BodyKind, bodyKindOf, cleanReply } from './reply-cleaner.ts'
import { createStreamCleaners } from './stream-cleaners.ts'

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

/** Requests whose answers may still be recorded; the oldest is forgotten first. */
const maxRemembered = 20_000

/**
 * Makes the cleaner of one recording.
 *
 * Shape   by allow-list: the events we read, each with the fields we read; texts as `cleaning.ts` leaves them.
 */
export function createEventCleaner({ isOurs, isSocket }: RecordedSite): EventCleaner {
  /** Requests of ours, by session and id. */
  const kinds = new Map<string, BodyKind>()
  const sockets = new Set<string>()
  const streams = createStreamCleaners(maxRemembered)
  const held = createHeldEvents()

  const requestWillBeSent = (event: WireEvent, key: string): RecordedLine[] => {
    if (!isOurs(textAt(objectAt(event.params, 'request'), 'url') ?? '')) return []
    setBounded(kinds, key, 'hidden', maxRemembered)
    return lineOf(event, requestFields(event.params, isOurs))
  }

  const webSocketCreated = (event: WireEvent, key: string): RecordedLine[] => {
    const url = textAt(event.params, 'url') ?? ''
    if (!isSocket(url)) return []
    sockets.add(key)
    return lineOf(event, { requestId: event.params.requestId, url: cleanUrl(url) })
  }

  const webSocketFrameReceived = (event: WireEvent, key: string): RecordedLine[] => {
    const fields = sockets.has(key) ? frameFields(event.params, streams, key) : undefined
    return fields ? lineOf(event, fields) : []
  }

  const responseReceived = (event: WireEvent, key: string): RecordedLine[] => {
    kinds.set(key, bodyKindOf(objectAt(event.params, 'response').mimeType))
    return lineOf(event, responseFields(event.params))
  }

  /** Chunks of streams are recorded again event by event, since a secret may be cut in two by a chunk. */
  const dataReceived = (event: WireEvent, key: string): RecordedLine[] => {
    const bytes = textAt(event.params, 'data')
    return bytes !== null && kinds.get(key) === 'stream' ? chunkOf(event, streams.feed(key, bytes)) : []
  }

  /** Events of a request, which may have to wait for an answer. */
  const requestEvent = (event: WireEvent, key: string): RecordedLine[] => {
    if (!kinds.has(key) || held.add(key, event)) return []
    switch (event.method) {
      case 'Network.responseReceived':
        return responseReceived(event, key)
      case 'Network.dataReceived':
        return dataReceived(event, key)
      case 'Network.loadingFinished':
      case 'Network.loadingFailed':
        return [...chunkOf(event, streams.end(key)), ...lineOf(event, endFields(event.params))]
    }
    return []
  }

  const clean = (event: WireEvent): RecordedLine[] => {
    const key = keyOf(event.sessionId, textAt(event.params, 'requestId'))
    switch (event.method) {
      case 'Target.attachedToTarget':
      case 'Target.targetInfoChanged':
        return lineOf(event, targetFields(event.params, isOurs))
      case 'Target.detachedFromTarget':
        return lineOf(event, { sessionId: event.params.sessionId })
      case 'Network.requestWillBeSent':
        return requestWillBeSent(event, key)
      case 'Network.webSocketCreated':
        return webSocketCreated(event, key)
      case 'Network.webSocketFrameReceived':
        return webSocketFrameReceived(event, key)
      case 'Network.webSocketClosed':
        return sockets.delete(key) ? lineOf(event, { requestId: event.params.requestId }) : []
    }
    return requestEvent(event, key)
  }

  return {
    event: clean,
    reply(method, sessionId, requestId, answer) {
      const key = keyOf(sessionId, requestId)
      const result = cleanReply(kinds.get(key), answer, (bytes) => streams.feed(key, bytes))
      return [{ reply: method, sessionId, requestId, result }]
    },
    hold: (sessionId, requestId) => held.hold(keyOf(sessionId, requestId)),
    release: (sessionId, requestId) => held.release(keyOf(sessionId, requestId)).flatMap(clean),
  }
}

const keyOf = (sessionId: string | undefined, requestId: string | null) => `${sessionId} ${requestId}`

const lineOf = (event: WireEvent, params: Json): RecordedLine[] => [{ event: { ...event, params } }]

/** Events of a stream as a chunk of its own; none when there is no text yet. */
function chunkOf(event: WireEvent, text: string): RecordedLine[] {
  if (text === '') return []
  return [{ event: { ...event, method: 'Network.dataReceived', params: chunkFields(event.params, text) } }]
}
