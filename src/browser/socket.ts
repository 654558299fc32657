import type { Socket } from 'node:net'
import { WebSocket } from 'ws'

/** The longest message the browser sends. */
const maxPayload = 2 ** 28

/**
 * Opens a socket to a browser, over a connection that is there already or over one of its own.
 *
 * Errors  rejects when the browser refuses, or does not answer in time: it may leave the request unanswered for as long
 *         as nobody allows it.
 */
export function connectSocket(endpoint: string, connection: Socket | undefined, timeoutMs: number): Promise<WebSocket> {
  const socket = new WebSocket(endpoint, {
    maxPayload,
    perMessageDeflate: false,
    // What the browser sends is parsed as JSON at once; looking at every byte before costs as much as that.
    skipUTF8Validation: true,
    ...(connection ? { createConnection: () => connection } : { followRedirects: true }),
  })
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(new Error(`no answer within ${timeoutMs / 1000} s`))
      socket.terminate()
    }
    const timer = setTimeout(giveUp, timeoutMs)
    // It stays: later errors are told by the end of the socket.
    socket.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    socket.once('open', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}
