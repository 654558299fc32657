import type { WireEvent } from '../browser/wire.ts'
import { numberAt, objectAt, textAt } from '../decode/json.ts'

export interface FrameListener {
  wantsSocket(url: string): boolean
  frame(text: string, receivedAtMs: number, socketId: string): void
  closed(socketId: string): void
}

export interface Frames {
  hear(event: WireEvent): void
  forget(sessionId: string): void
}

/** Sockets open at once over all tabs. */
const maxSockets = 500

/**
 * Hears websocket messages, in order, of the sockets somebody wants.
 *
 * Shape   text frames as they are; binary frames, which the browser hands on in base64, are read as UTF-8.
 * State   one entry per open socket, ended by its close or its session.
 */
export function createFrames(listener: FrameListener): Frames {
  const open = new Set<string>()

  const close = (socketId: string) => {
    if (open.delete(socketId)) listener.closed(socketId)
  }

  return {
    hear({ method, params, sessionId, receivedAtMs }) {
      const socketId = `${sessionId} ${textAt(params, 'requestId')}`
      if (method === 'Network.webSocketCreated' && listener.wantsSocket(textAt(params, 'url') ?? '')) {
        open.add(socketId)
        if (open.size > maxSockets) for (const oldest of open) return close(oldest)
      } else if (method === 'Network.webSocketFrameReceived' && open.has(socketId)) {
        const response = objectAt(params, 'response')
        const data = textAt(response, 'payloadData')
        const isBinary = numberAt(response, 'opcode') === 2
        if (data) listener.frame(isBinary ? Buffer.from(data, 'base64').toString() : data, receivedAtMs, socketId)
      } else if (method === 'Network.webSocketClosed') close(socketId)
    },
    forget(sessionId) {
      for (const socketId of [...open]) if (socketId.startsWith(`${sessionId} `)) close(socketId)
    },
  }
}
