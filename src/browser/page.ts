import { isObject, type Json, numberAt, objectAt, textAt } from '../decode/json.ts'
import { bytesIn } from './messages.ts'
import type { Wire } from './wire.ts'

/** An answer to a request that a page made for us. */
export interface PageAnswer {
  readonly status: number
  readonly text: string
  /** The MIME type, without parameters; empty where none was said. */
  readonly mimeType: string
  /** Seconds the site asks to be left alone, if it does. */
  readonly retryAfterS: number | null
}

/** A file that a page loaded for us; empty unless the status is 200. */
export interface PageFile {
  readonly status: number
  /** As that of an answer. */
  readonly mimeType: string
  readonly bytes: Buffer
  readonly retryAfterS: number | null
}

/** A request that a page makes for us. */
export interface PageRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON, if there is one. */
  readonly body?: unknown
}

/** Ways to ask a site for something as its own logged-in page, one request each; only what is missing is asked for. */
export interface PageAsker {
  /**
   * Sends a request to an address of the page's own site.
   *
   * Errors  rejects when the page is gone, navigates, is at another site by now, is redirected, or has no network.
   */
  ask(sessionId: string, request: PageRequest): Promise<PageAnswer>
  /**
   * Gets a file from any host, with the browser's own cookies for it and no header of ours.
   *
   * Errors  rejects with the reason: a network error, or a file longer than `maxBytes`.
   */
  getFile(sessionId: string, url: string, maxBytes: number): Promise<PageFile>
}

const requestMs = 60_000
const chunkBytes = 1024 * 1024

/**
 * Makes the asker of a connection.
 *
 * Shape   a look-up runs as `fetch` in a world of its own beside the page's scripts, which neither see it nor can reach
 *         us. A file is loaded by the browser on the page's behalf (`Network.loadNetworkResource`) and read in pieces.
 */
export function createPageAsker(wire: Wire): PageAsker {
  const mainFrame = async (sessionId: string) => {
    const { frameTree } = await wire.send('Page.getFrameTree', {}, sessionId)
    return textAt(objectAt(frameTree, 'frame'), 'id') ?? ''
  }

  return {
    async ask(sessionId, { url, headers, method, body }) {
      const world = { frameId: await mainFrame(sessionId), worldName: 'dalle-archiver' }
      const { executionContextId } = await wire.send('Page.createIsolatedWorld', world, sessionId)
      const call = {
        functionDeclaration: fetchInPage,
        executionContextId,
        arguments: [{ value: url }, { value: headers }, { value: method }, { value: bodyOf(body) }],
        awaitPromise: true,
        returnByValue: true,
      }
      const reply = await wire.send('Runtime.callFunctionOn', call, sessionId, requestMs)
      const value = objectAt(reply.result, 'value')
      if (isObject(reply.exceptionDetails)) throw new Error(failureOf(reply.exceptionDetails))
      return {
        status: numberAt(value, 'status') ?? 0,
        text: textAt(value, 'text') ?? '',
        mimeType: mimeTypeIn(textAt(value, 'type')),
        retryAfterS: secondsIn(textAt(value, 'retryAfter')),
      }
    },
    async getFile(sessionId, url, maxBytes) {
      const options = { disableCache: false, includeCredentials: true }
      const frameId = await mainFrame(sessionId)
      const reply = await wire.send('Network.loadNetworkResource', { frameId, url, options }, sessionId, requestMs)
      const handle = textAt(reply.resource, 'stream')
      const status = numberAt(reply.resource, 'httpStatusCode')
      if (status === null) throw new Error(textAt(reply.resource, 'netErrorName') ?? 'no answer')
      const header = (name: string) => headerIn(objectAt(reply.resource, 'headers'), name)
      const announced = Math.min(maxBytes, Number(header('content-length') ?? 0) || 0)
      const bytes = handle === null ? Buffer.alloc(0) : await readAll(sessionId, handle, announced, maxBytes)
      const mimeType = mimeTypeIn(header('content-type'))
      return { status, mimeType, bytes, retryAfterS: secondsIn(header('retry-after')) }
    },
  }

  /** Files of hundreds of megabytes exist: each piece goes at once to its place, so that none is held twice. */
  async function readAll(sessionId: string, handle: string, announced: number, maxBytes: number): Promise<Buffer> {
    let bytes = Buffer.allocUnsafe(announced)
    let length = 0
    try {
      for (let isOver = false; !isOver; ) {
        const reply = await wire.send('IO.read', { handle, size: chunkBytes }, sessionId, requestMs)
        const chunk = bytesIn(reply, 'data')
        if (length + chunk.length > maxBytes) throw new Error(`longer than ${maxBytes} bytes`)
        // What was announced may be the length of a packed answer, or nothing at all.
        if (length + chunk.length > bytes.length)
          bytes = Buffer.concat([bytes.subarray(0, length)], 2 * (length + chunk.length))
        chunk.copy(bytes, length)
        length += chunk.length
        isOver = reply.eof === true
      }
    } finally {
      void wire.send('IO.close', { handle }, sessionId).catch(() => {})
    }
    return bytes.subarray(0, length)
  }
}

/**
 * Runs in the page: the one script we ever put there. A tab may have gone elsewhere since we looked, and an answer may
 * point there; what logs the person in must not go along.
 */
const fetchInPage = `async function (url, headers, method, body) {
  if (new URL(url).origin !== location.origin) throw new Error('the tab is elsewhere by now')
  const json = body === null ? {} : { 'Content-Type': 'application/json' }
  const sent = { method, headers: { ...json, ...headers }, ...(body !== null && { body }) }
  const answer = await fetch(url, { ...sent, credentials: 'include', redirect: 'error' })
  const [type, retryAfter] = [answer.headers.get('content-type'), answer.headers.get('retry-after')]
  return { status: answer.status, text: await answer.text(), type, retryAfter }
}`

const bodyOf = (body: unknown) => (body === undefined ? null : JSON.stringify(body))

const mimeTypeIn = (header: string | null) => (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

/** A `retry-after` in seconds, which may be written as a date; null for anything else. */
function secondsIn(header: string | null): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const leftMs = Date.parse(header) - Date.now()
  return Number.isNaN(leftMs) ? null : Math.max(0, Math.ceil(leftMs / 1_000))
}

const headerIn = (headers: Json, wanted: string) => {
  const name = Object.keys(headers).find((one) => one.toLowerCase() === wanted)
  return name === undefined ? null : textAt(headers, name)
}

const failureOf = (details: object) =>
  (textAt(objectAt(details, 'exception'), 'description') ?? textAt(details, 'text') ?? 'failed').split('\n')[0] ?? ''
