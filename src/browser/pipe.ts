import { randomBytes } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'

/** The two ends of `--remote-debugging-pipe`. */
export interface Pipes {
  readonly incoming: Readable
  readonly outgoing: Writable
}

/**
 * Lets the one client we have speak to a browser over its pipe, since it knows nothing but sockets.
 *
 * Shape   JSON messages, each ended by a NUL byte. The socket listens until our own client has come, at an address
 *         that nobody can guess, and then no more: this way there is no port through which others could steer.
 */
export async function endpointOfPipe({ incoming, outgoing }: Pipes): Promise<string> {
  const path = `/${randomBytes(24).toString('hex')}`
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    path,
    perMessageDeflate: false,
    maxPayload: 2 ** 28,
  })
  await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject))
  server.once('connection', (client) => {
    server.close()
    client.on('message', (message) => outgoing.write(`${String(message)}\0`))
    client.on('error', () => {})
    incoming.on(
      'data',
      splitter((message) => send(client, message)),
    )
    incoming.once('close', () => client.close())
    client.once('close', () => outgoing.end())
  })
  outgoing.on('error', () => {})
  incoming.on('error', () => {})
  const address = server.address()
  return `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}${path}`
}

function send(client: WebSocket, message: Buffer) {
  if (client.readyState === client.OPEN) client.send(message, { binary: false })
}

/** Cuts what comes at NUL bytes, whatever the places it was cut at before. */
export function splitter(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  return (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, from)) {
      parts.push(chunk.subarray(from, end))
      onMessage(Buffer.concat(parts))
      parts = []
      from = end + 1
    }
    if (from < chunk.length) parts.push(chunk.subarray(from))
  }
}
