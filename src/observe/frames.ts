import { addBounded, setBounded } from '../bounded-map.ts'
import type { WireEvent } from '../browser/wire.ts'
import { numberAt, objectAt, textAt } from '../decode/json.ts'

/** One text message of a socket. */
export interface Frame {
  readonly text: string
  readonly receivedAtMs: number
  readonly socketId: string
  readonly url: string
}

export interface FrameListener {
  wantsSocket(url: string, sessionId: string | undefined): boolean
  frame(frame: Frame): void
  closed(socketId: string): void
}

export interface Frames {
  hear(event: WireEvent): void
  forget(sessionId: string): void
  readonly size: number
}

/** Sockets open at once over all tabs. */
const maxSockets = 500

/**
 * Hears websocket messages, in order, of the sockets somebody wants.
 *
 * Shape   text frames as they are; binary frames, which the browser hands on in base64, are read as UTF-8. A socket
 *         that was open before it could be watched has no address; it is heard where a socket of any address is wanted.
 * State   one entry per open socket, ended by its close or its session.
 */
export function createFrames(listener: FrameListener): Frames {
  /** The address of each open socket. */
  const open = new Map<string, string>()
  /** Sockets whose beginning was heard and that nobody wants: their page may have gone home meanwhile. */
  const refused = new Set<string>()

  const close = (socketId: string) => {
    if (open.delete(socketId)) listener.closed(socketId)
  }

  const addressOf = (socketId: string, sessionId: string | undefined): string | undefined => {
    const isUnseen = !open.has(socketId) && !refused.has(socketId)
    if (isUnseen && listener.wantsSocket('', sessionId)) note(socketId, '')
    return open.get(socketId)
  }

  const note = (socketId: string, url: string) => {
    const forgotten = setBounded(open, socketId, url, maxSockets)
    if (forgotten) listener.closed(forgotten[0])
  }

  return {
    hear({ method, params, sessionId, receivedAtMs }) {
      const socketId = `${sessionId} ${textAt(params, 'requestId')}`
      const created = textAt(params, 'url') ?? ''
      if (method === 'Network.webSocketCreated') {
        if (listener.wantsSocket(created, sessionId)) note(socketId, created)
        else addBounded(refused, socketId, maxSockets)
      } else if (method === 'Network.webSocketFrameReceived') {
        const url = addressOf(socketId, sessionId)
        if (url === undefined) return
        const response = objectAt(params, 'response')
        const data = textAt(response, 'payloadData')
        const isBinary = numberAt(response, 'opcode') === 2
        const text = isBinary ? Buffer.from(data ?? '', 'base64').toString() : data
        if (text) listener.frame({ text, receivedAtMs, socketId, url })
      } else if (method === 'Network.webSocketClosed') close(socketId)
    },
    forget(sessionId) {
      for (const socketId of [...open.keys()]) if (socketId.startsWith(`${sessionId} `)) close(socketId)
    },
    get size() {
      return open.size
    },
  }
}
