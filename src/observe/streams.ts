import type { Wire, WireEvent } from '../browser/wire.ts'
import { countAt, textAt } from '../decode/json.ts'

/** Where the bytes of one streamed answer go. */
export interface StreamSink {
  chunk(bytes: Buffer): void
  /** `isWhole`: every byte the page received was handed on, in order. */
  end(isWhole: boolean): void
}

export interface Streams {
  /** Hears the events of plain sessions. */
  hear(event: WireEvent): void
  /** Begins to hand on a response's bytes as they arrive. */
  follow(sessionId: string, requestId: string, sink: StreamSink): void
  forget(sessionId: string): void
  readonly size: number
}

interface Stream {
  readonly sink: StreamSink
  /** Chunks that came before the answer which holds what lies before them. */
  early: Buffer[] | undefined
  handedOn: number
  received: number
  /** How the load ended, if it did while the start was still on its way. */
  hasEnded: boolean
}

/**
 * Reads streamed answers chunk by chunk.
 *
 * Shape   `Network.streamResourceContent` answers with what has come so far and from then on puts each chunk's bytes
 *         into `Network.dataReceived`. It gives nothing on a session with durable bodies, hence the second, plain
 *         session.
 * Errors  throws none: a stream that cannot be followed, or with a gap, ends with `isWhole` false.
 * State   one entry per followed response, ended by the load or by its session.
 * Source  docs/capture.md
 */
export function createStreams(wire: Wire): Streams {
  const streams = new Map<string, Stream>()
  /** Bytes counted before a response was followed: they lie in the answer. */
  const keyOf = (sessionId: string | undefined, requestId: string) => `${sessionId} ${requestId}`

  const hand = (stream: Stream, bytes: Buffer) => {
    stream.handedOn += bytes.length
    if (bytes.length > 0) stream.sink.chunk(bytes)
  }

  const finish = (key: string, stream: Stream) => {
    stream.hasEnded = true
    if (stream.early) return
    streams.delete(key)
    stream.sink.end(stream.handedOn >= stream.received)
  }

  const received = (stream: Stream, { params }: WireEvent) => {
    stream.received += countAt(params, 'dataLength') ?? 0
    const data = textAt(params, 'data')
    if (data === null) return
    const bytes = Buffer.from(data, 'base64')
    if (stream.early) stream.early.push(bytes)
    else hand(stream, bytes)
  }

  const started = (key: string, stream: Stream, start: Buffer) => {
    const early = stream.early ?? []
    stream.early = undefined
    for (const bytes of [start, ...early]) hand(stream, bytes)
    if (stream.hasEnded) finish(key, stream)
  }

  const failed = (key: string, stream: Stream) => {
    streams.delete(key)
    stream.sink.end(false)
  }

  return {
    hear(event) {
      const key = keyOf(event.sessionId, textAt(event.params, 'requestId') ?? '')
      const stream = streams.get(key)
      if (!stream) return
      if (event.method === 'Network.dataReceived') received(stream, event)
      else if (event.method === 'Network.loadingFinished' || event.method === 'Network.loadingFailed')
        finish(key, stream)
    },
    follow(sessionId, requestId, sink) {
      const key = keyOf(sessionId, requestId)
      const stream: Stream = { sink, early: [], handedOn: 0, received: 0, hasEnded: false }
      streams.set(key, stream)
      wire.send('Network.streamResourceContent', { requestId }, sessionId).then(
        (reply) => started(key, stream, Buffer.from(textAt(reply, 'bufferedData') ?? '', 'base64')),
        () => failed(key, stream),
      )
    },
    forget(sessionId) {
      for (const [key, stream] of streams) if (key.startsWith(`${sessionId} `)) finish(key, stream)
    },
    get size() {
      return streams.size
    },
  }
}
