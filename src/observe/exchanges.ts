import { setBounded } from '../bounded-map.ts'
import type { WireEvent } from '../browser/wire.ts'
import { countAt, isObject, type Json, listAt, numberAt, objectAt, textAt } from '../decode/json.ts'

/** A request with its response, as far as it has come. */
export interface Exchange {
  /** Unique over sessions, which number their requests apart. */
  readonly id: string
  readonly sessionId: string
  readonly requestId: string
  readonly url: string
  /** Where it began, if it was redirected since. */
  readonly firstUrl: string
  readonly method: string
  readonly frameId: string | null
  /** Address of the page or worker that asked. */
  readonly askedBy: string
  /** A page's own address is asked for: by whoever sent the tab there, which may be any page. */
  readonly isNavigation: boolean
  readonly requestBody: string | null
  /** As the page's own script set them; they may hold what logs the person in. */
  readonly requestHeaders: Json
  readonly startedAtMs: number
  readonly response: ExchangeResponse | null
  /** Bytes of the body that came so far, decompressed. */
  receivedBytes: number
  outcome: 'open' | 'finished' | 'failed'
  /** Why it failed, in the browser's words; a load the page cancelled says so too. */
  failure: string | null
}

export interface ExchangeResponse {
  readonly status: number
  readonly mimeType: string
  readonly isFromCache: boolean
  /** Length the server stated, when no compression stands between it and the body. */
  readonly statedBytes: number | null
  /** Seconds after which one may ask again, where the server says so. */
  readonly retryAfterS: number | null
}

/** The fold over network events: one door for those that are live and those from a recording. */
export interface ExchangeTable {
  hear(event: WireEvent): void
  /** A session has ended; its open exchanges end with it. */
  forget(sessionId: string): void
  readonly size: number
}

export interface ExchangeListener {
  request(exchange: Exchange): void
  response?(exchange: Exchange): void
  end(exchange: Exchange): void
  /** A load ended whose beginning was not heard: it began before its target could be watched. */
  unseen?(sessionId: string): void
  /** Bytes that went over the network for anything at all: they share one buffer with what we want. */
  traffic(bytes: number): void
}

/** Requests that are open at once; a page that leaves more hanging loses the oldest. */
const maxOpen = 5_000
/** Echoes that are told of and have not ended; they end within a moment. */
const maxEchoes = 100

/**
 * Makes the table of open exchanges.
 *
 * State   one entry per open request; it ends with the load, with its session, or as the oldest of too many. A redirect
 *         reuses the id: the entry then stands for the last hop. One per echo, until it ends.
 * Source  docs/capture.md (orders in which events arrive)
 */
export function createExchangeTable(listener: ExchangeListener): ExchangeTable {
  const open = new Map<string, Exchange>()
  /** Asked for a picture out of a page's cache, the browser tells of a load of no kind that nobody began. */
  const echoes = new Set<string>()

  const unannounced = (id: string, { method, params, sessionId = '' }: WireEvent) => {
    // A document may be asked for in one process and shown in another; it holds no picture itself.
    const isNone = params.type === 'Other' || params.type === 'Document'
    if (method === 'Network.responseReceived' && isNone && echoes.size < maxEchoes) echoes.add(id)
    const isEnd = method === 'Network.loadingFinished' || method === 'Network.loadingFailed'
    const isEcho = isEnd && echoes.delete(id)
    if (method === 'Network.loadingFinished' && !isEcho) listener.unseen?.(sessionId)
  }

  const end = (exchange: Exchange, outcome: 'finished' | 'failed', failure: string | null) => {
    open.delete(exchange.id)
    exchange.outcome = outcome
    exchange.failure = failure
    listener.end(exchange)
  }

  const requestWillBeSent = (id: string, { sessionId = '', params, receivedAtMs }: WireEvent) => {
    const request = objectAt(params, 'request')
    const url = textAt(request, 'url') ?? ''
    const redirected = isObject(params.redirectResponse) ? open.get(id) : undefined
    const exchange: Exchange = {
      id,
      sessionId,
      requestId: textAt(params, 'requestId') ?? '',
      url,
      firstUrl: redirected?.firstUrl ?? url,
      method: textAt(request, 'method') ?? 'GET',
      frameId: textAt(params, 'frameId'),
      askedBy: textAt(params, 'documentURL') ?? '',
      isNavigation: params.type === 'Document',
      requestHeaders: objectAt(request, 'headers'),
      requestBody: textAt(request, 'postData') ?? postDataOf(request),
      startedAtMs: receivedAtMs,
      response: null,
      receivedBytes: 0,
      outcome: 'open',
      failure: null,
    }
    const forgotten = setBounded(open, id, exchange, maxOpen)
    if (forgotten) end(forgotten[1], 'failed', 'too many open requests')
    listener.request(exchange)
  }

  const responseReceived = (exchange: Exchange, { params }: WireEvent) => {
    const response = objectAt(params, 'response')
    const headers = headersOf(response.headers)
    const answered: Exchange = {
      ...exchange,
      url: textAt(response, 'url') ?? exchange.url,
      response: {
        status: numberAt(response, 'status') ?? 0,
        mimeType: textAt(response, 'mimeType') ?? '',
        isFromCache: response.fromDiskCache === true || response.fromPrefetchCache === true,
        statedBytes: headers.has('content-encoding') ? null : lengthIn(headers.get('content-length')),
        retryAfterS: lengthIn(headers.get('retry-after')),
      },
    }
    open.set(answered.id, answered)
    listener.response?.(answered)
  }

  return {
    hear(event) {
      const id = `${event.sessionId} ${textAt(event.params, 'requestId')}`
      if (event.method === 'Network.requestWillBeSent') return requestWillBeSent(id, event)
      const bytes = numberAt(event.params, 'encodedDataLength') ?? 0
      if (event.method === 'Network.loadingFinished') listener.traffic(bytes)
      const exchange = open.get(id)
      if (!exchange) return unannounced(id, event)
      switch (event.method) {
        case 'Network.responseReceived':
          return responseReceived(exchange, event)
        case 'Network.dataReceived':
          exchange.receivedBytes += countAt(event.params, 'dataLength') ?? 0
          return
        case 'Network.loadingFinished':
          return end(exchange, 'finished', null)
        case 'Network.loadingFailed':
          return end(exchange, 'failed', textAt(event.params, 'errorText') ?? 'failed')
      }
    },
    forget(sessionId) {
      for (const id of echoes) if (id.startsWith(`${sessionId} `)) echoes.delete(id)
      for (const exchange of [...open.values()]) {
        if (exchange.sessionId === sessionId) end(exchange, 'failed', 'the tab is gone')
      }
    },
    get size() {
      return open.size
    },
  }
}

/** Larger request bodies come in base64 pieces. */
function postDataOf(request: unknown): string | null {
  const pieces = listAt(request, 'postDataEntries').map((entry) => textAt(entry, 'bytes') ?? '')
  return pieces.length > 0 ? Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64'))).toString() : null
}

function headersOf(headers: unknown): Map<string, unknown> {
  const entries = isObject(headers) ? Object.entries(headers) : []
  return new Map(entries.map(([name, value]) => [name.toLowerCase(), value]))
}

/** The length a header states, if it is one. */
const lengthIn = (header: unknown) =>
  typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) || null : null
