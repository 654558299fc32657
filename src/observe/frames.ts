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
 * Shape   text frames as they are; binary frames, which the browser hands on in base64, are read as UTF-8. A socket that was
 *         open before it could be watched has no address; it is heard where a socket of any address is wanted.
 * State   one entry per open socket, ended by its close or its session.
 */
export function createFrames(listener: FrameListener): Frames {
  /** The address of each open socket. */
  const open = new Map<string, string>()

  const close = (socketId: string) => {
    if (open.delete(socketId)) listener.closed(socketId)
  }

  const addressOf = (socketId: string, sessionId: string | undefined): string | undefined => {
    if (!open.has(socketId) && listener.wantsSocket('', sessionId)) note(socketId, '')
    return open.get(socketId)
  }

  const note = (socketId: string, url: string) => {
    open.set(socketId, url)
    const oldest = open.size > maxSockets ? open.keys().next().value : undefined
    if (oldest !== undefined) close(oldest)
  }

  return {
    hear({ method, params, sessionId, receivedAtMs }) {
      const socketId = `${sessionId} ${textAt(params, 'requestId')}`
      const created = textAt(params, 'url') ?? ''
      if (method === 'Network.webSocketCreated' && listener.wantsSocket(created, sessionId)) note(socketId, created)
      else if (method === 'Network.webSocketFrameReceived') {
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
