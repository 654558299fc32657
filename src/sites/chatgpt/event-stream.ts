import { isObject, type Json, listAt, parseJson, shapeOf, textAt } from '../../decode/json.ts'
import { maxEventChars, maxIdChars, overLimit } from '../../decode/limits.ts'
import { createSseReader, type ServerEvent } from '../../decode/sse.ts'
import type { DeltaDecoder } from '../../decode/stream-v1.ts'
import type { Channel } from '../facts.ts'
import { type Findings, mergeFindings, nothingFound, odd, oddly } from '../findings.ts'
import { findConversations } from './conversation-json.ts'
import type { Circumstances, FoundMessage } from './found-message.ts'
import type { MessageReader } from './messages.ts'

/** What a stream decoder needs to know of its answer. */
export interface StreamOptions {
  readonly channel: Channel
  /** When the answer began. */
  readonly liveAt: Date
  /** Fresh, or that of the broken stream this one goes on with. */
  readonly deltas: DeltaDecoder
  /** The person's message that it answers, where that is known. */
  readonly askedId: string | null
  /** Called when the stream names its conversation. */
  readonly onConversation?: (conversationId: string) => void
}

/** Reads one streamed answer from its first piece to its end. */
export interface StreamDecoder {
  /** Reads text as it arrives and hands on what became known by it. */
  feed(text: string): Findings
  /** The stream has ended, whole or cut: what was gathered so far is read once more. */
  end(isTurnOver?: boolean): Findings
}

/** Events that speak of other things than messages. */
const silentTypes = new Set([
  'resume_conversation_token',
  'message_marker',
  'conversation_detail_metadata',
  'moderation',
  'url_moderation',
  'safety_review_update',
  'toast',
  'perf_stats',
  'beacon_ui_response',
  'server_ste_metadata',
  'heartbeat',
  'done',
])

/**
 * Reads one streamed answer, whichever encoding it speaks.
 *
 * Shape   server-sent events. `event: delta` carries deltas ("v1"); any other event carries a whole payload
 *         `{ message, conversation_id }` ("v0") or a typed event `{ type, … }`. Both are mixed in one stream.
 * Errors  throws none. Data that is no JSON: oddity "not-json" (unless the stream was cut there). An event type or a
 *         delta that is not known: oddity, and reading goes on.
 * State   one per stream: the payloads of the delta channels. Ends with `end`.
 * Source  docs/wire/streams.md; recordings sse-image-turn-inline-2026-05.json, sse-text-turn-v0-2026-05.json
 */
export function createStreamDecoder(reader: MessageReader, options: StreamOptions): StreamDecoder {
  const { channel, liveAt, deltas, askedId, onConversation } = options
  const circumstances: Circumstances = { channel, liveAt, conversationUpdatedAt: null, isTurn: true }
  let isAsync = false
  let conversationId: string | null = null
  let findings: Findings[] = []

  const noteConversation = (value: Json) => {
    const named = textAt(value, 'conversation_id')
    if (!named || named === conversationId) return
    if (named.length > maxIdChars) {
      findings.push(oddly([overLimit('characters of an id', named.length, maxIdChars)]))
      return
    }
    onConversation?.(named)
    conversationId = named
  }

  const readPayload = (payload: Json): Findings => {
    noteConversation(payload)
    if (!isObject(payload.message)) return nothingFound
    const found: FoundMessage = { message: payload.message, nodeId: null, parentId: null, conversationId, askedId }
    return reader.read([found], circumstances)
  }

  /** Reads once more what was completed piece by piece, since no event said that it was complete. */
  const readGathered = () => mergeFindings(deltas.payloads().map(readPayload))

  const endTurn = () => mergeFindings([readGathered(), isAsync ? nothingFound : reader.turnEnded(circumstances, null)])

  const readDelta = (delta: Json, chars: number): Findings[] => {
    const { payload, replaced, isTelling, oddity } = deltas.apply(delta, chars)
    return [
      oddity ? oddly([oddity]) : nothingFound,
      replaced ? readPayload(replaced) : nothingFound,
      payload && isTelling ? readPayload(payload) : nothingFound,
    ]
  }

  const startDeltas = (version: string): Findings[] => {
    deltas.start()
    return version === '"v1"' ? [] : [odd('unknown-encoding', version)]
  }

  const readTyped = (type: string, event: Json): Findings => {
    noteConversation(event)
    switch (type) {
      case 'input_message':
        return readPayload({ message: event.input_message, conversation_id: conversationId })
      case 'title_generation': {
        const title = textAt(event, 'title')
        return conversationId && title ? reader.title(conversationId, title) : nothingFound
      }
      case 'stream_handoff':
        for (const turnId of turnsIn(event)) reader.handedOff(turnId, askedId)
        isAsync = true
        return nothingFound
      case 'conversation_async_status':
        isAsync = true
        return nothingFound
      case 'message_stream_complete':
        return endTurn()
      default:
        if (silentTypes.has(type)) return nothingFound
        return mergeFindings([odd('unknown-stream-event', type), findConversations(event, reader, circumstances)])
    }
  }

  const readEvent = ({ name: paddedName, data, isCut }: ServerEvent): Findings[] => {
    const name = paddedName.trim()
    const text = data.trim()
    if (text === '') return []
    if (name === 'delta_encoding') return startDeltas(text)
    if (text === '[DONE]') return [endTurn()]
    const value = parseJson(text)
    if (value === undefined) return isCut ? [] : [odd('not-json', `stream event of ${text.length} characters`)]
    if (!isObject(value)) return typeof value === 'string' ? [] : [odd('unknown-stream-event', typeof value)]
    if (name === 'delta' || (name === '' && 'v' in value && !('type' in value))) return readDelta(value, text.length)
    if (typeof value.type === 'string') return [readTyped(value.type, value)]
    if ('message' in value) return [readPayload(value)]
    return 'error' in value || 'detail' in value ? [] : [odd('unknown-stream-event', shapeOf(value))]
  }

  const sse = createSseReader(
    (event) => findings.push(...readEvent(event)),
    (chars) => findings.push(oddly([overLimit('characters of a stream event', chars, maxEventChars)])),
  )

  const collect = (read: () => void): Findings => {
    findings = []
    read()
    return mergeFindings(findings)
  }

  return {
    feed: (text) => collect(() => sse.feed(text)),
    end: (isTurnOver = false) =>
      collect(() => {
        sse.end()
        findings.push(isTurnOver ? endTurn() : readGathered())
      }),
  }
}

/** The names under which a turn goes on elsewhere. */
function turnsIn(handoff: Json): string[] {
  const topics = listAt(handoff, 'options').map((option) =>
    textAt(option, 'topic_id')?.replace(/^conversation-turn-/, ''),
  )
  return [textAt(handoff, 'turn_exchange_id'), ...topics].filter((id) => typeof id === 'string')
}
