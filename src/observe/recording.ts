import { createHash } from 'node:crypto'
import { createWriteStream, openSync } from 'node:fs'
import { type Wire, WireError, type WireEvent, type WireReply } from '../browser/wire.ts'
import { inspectImage } from '../decode/image-bytes.ts'
import { isObject, type Json, objectAt, parseJson, textAt } from '../decode/json.ts'
import { ArchiverError, messageOf } from '../errors.ts'
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

export interface Recorder {
  /** Puts the recorder between a browser and its watcher. */
  tap(wire: Wire): Wire
  close(): Promise<void>
}

/** Larger pictures are noted by length and hash: a report of a changed format does not need them. */
const maxPictureBytes = 64 * 1024

const recordedReplies = new Set(['Network.getResponseBody', 'Network.streamResourceContent'])

/**
 * Keeps a log of what a browser reported, one JSON object a line, cleaned by allow-list.
 *
 * Shape   the events of ours alone, each with the fields we read; bodies and stream chunks as the answers that brought
 *         them. No cookies, no headers but length and encoding, no tokens, no signatures.
 * Errors  ArchiverError "disk" when the file cannot be made.
 */
export function recordTo(file: string, site: RecordedSite): Recorder {
  const stream = createWriteStream(file, { fd: openFile(file) })
  // A full disk ends the recording, not the watch.
  stream.on('error', () => {})
  const cleaner = createEventCleaner(site)
  const write = (lines: readonly RecordedLine[]) => {
    for (const line of lines) stream.write(`${JSON.stringify(line)}\n`)
  }
  return {
    tap(wire) {
      wire.onEvent((event) => write(cleaner.event(event)))
      return {
        ...wire,
        async send(method, params = {}, sessionId = undefined, timeoutMs = undefined) {
          if (!recordedReplies.has(method)) return wire.send(method, params, sessionId, timeoutMs)
          const requestId = 'requestId' in params ? String(params.requestId) : ''
          if (method === 'Network.streamResourceContent') cleaner.hold(sessionId, requestId)
          try {
            const result = await wire.send(method, params, sessionId, timeoutMs)
            write(cleaner.reply(method, sessionId, requestId, result))
            return result
          } finally {
            write(cleaner.release(sessionId, requestId))
          }
        },
      }
    },
    async close() {
      await new Promise<void>((resolve) => stream.end(() => resolve()))
    },
  }
}

/** What a recording may speak of. */
export interface RecordedSite {
  isOurs(url: string): boolean
  wantsSocket(url: string): boolean
}

function openFile(file: string): number {
  try {
    return openSync(file, 'w', 0o600)
  } catch (error) {
    throw new ArchiverError('disk', `The recording ${file} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

/** What of a response is told in a recording depends on what it is. */
type BodyKind = 'stream' | 'text' | 'picture' | 'hidden'

function createEventCleaner({ isOurs, wantsSocket }: RecordedSite) {
  /** Requests of ours, by session and id; a day's worth is a few ten thousand short strings. */
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
    utf8.set(key, decoder)
    return cleanerOf(key).feed(decoder.decode(Buffer.from(base64, 'base64'), { stream: true }))
  }

  const cleanerOf = (key: string) => {
    const cleaner = cleaners.get(key) ?? createStreamCleaner()
    cleaners.set(key, cleaner)
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
    kinds.set(key, 'hidden')
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
    const { url, status, mimeType, fromDiskCache } = objectAt(event.params, 'response')
    const mime = String(mimeType)
    const kind = mime === 'text/event-stream' ? 'stream' : mime.startsWith('image/') ? 'picture' : 'text'
    kinds.set(key, mime.endsWith('json') || kind !== 'text' ? kind : 'hidden')
    return keep(event, { requestId, response: { url: cleanUrl(String(url)), status, mimeType, fromDiskCache } })
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
    const value = parseJson(String(payloadData))
    if (value === undefined || !sockets.has(key)) return []
    const payload = JSON.stringify(cleanJson(cleanInnerStreams(value, key), ['body', 'encoded_item']))
    return keep(event, { requestId: event.params.requestId, response: { opcode, payloadData: payload } })
  }

  /** Frames carry stream text of their own: as text in `encoded_item`, in base64 as `body`. */
  const cleanInnerStreams = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((inner) => cleanInnerStreams(inner, key))
    if (!isObject(value)) return value
    const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
      if (name === 'encoded_item' && typeof inner === 'string') {
        const cleaner = createStreamCleaner()
        return [name, cleaner.feed(inner) + cleaner.flush()]
      }
      if (name === 'body' && typeof inner === 'string') {
        const text = feed(`${key} ${String(value.response_id)}`, inner)
        return [name, Buffer.from(text).toString('base64')]
      }
      return [name, cleanInnerStreams(inner, key)]
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
        if (!wantsSocket(url)) return []
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
    reply(method: string, sessionId: string | undefined, requestId: string, result: WireReply): RecordedLine[] {
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
    hold: (sessionId: string | undefined, requestId: string) => void held.set(keyOf(sessionId, requestId), []),
    release(sessionId: string | undefined, requestId: string): RecordedLine[] {
      const key = keyOf(sessionId, requestId)
      const events = held.get(key) ?? []
      held.delete(key)
      return events.flatMap(clean)
    },
  }
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

/** A wire that plays a recording: the same door for recorded events as for live ones. */
export interface Playback extends Wire {
  /** Plays all events in their order, each when `isIdle` says that what came before has been dealt with. */
  play(isIdle?: () => boolean): Promise<void>
}

/**
 * Makes a wire out of the lines of a recording.
 *
 * Commands whose answers were recorded are answered so; those that only set things up succeed; other reads fail as they
 * would on a browser that has nothing.
 */
export function playback(text: string): Playback {
  const lines = text.split('\n').map(parseJson).filter(isObject) as unknown as RecordedLine[]
  const replies = new Map<string, WireReply[]>()
  for (const line of lines) {
    if (!('reply' in line)) continue
    const key = `${line.reply} ${line.sessionId} ${line.requestId}`
    replies.set(key, [...(replies.get(key) ?? []), line.result])
  }
  const listeners: ((event: WireEvent) => void)[] = []
  let end = () => {}
  const closed = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    isRecorded: true,
    async send(method, params = {}, sessionId = undefined) {
      if (/^(Target|Runtime)\.|\.(enable|disable|configureDurableMessages)$/.test(method)) return {}
      const requestId = 'requestId' in params ? String(params.requestId) : ''
      const result = replies.get(`${method} ${sessionId} ${requestId}`)?.shift()
      if (!result || 'omitted' in result) throw new WireError(method, 'not in the recording')
      return result
    },
    onEvent: (listener) => void listeners.push(listener),
    async play(isIdle = () => true) {
      for (const line of lines) {
        if (!('event' in line)) continue
        for (const listener of listeners) listener(line.event)
        // Answers are awaited between events, as they would be on a wire.
        do await new Promise((resolve) => setImmediate(resolve))
        while (!isIdle())
      }
    },
    closed,
    close: async () => end(),
  }
}
