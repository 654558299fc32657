import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { plantedSecret, pretendPerson } from './world.ts'

/** The two generations of sockets a page may open. */
export interface Sockets {
  readonly celsius: SocketGroup
  readonly pubSub: SocketGroup
}

/** The open sockets of one generation. */
export interface SocketGroup {
  readonly open: Set<WebSocket>
  /** Sends a frame to all of them. */
  broadcast(frame: unknown): void
  /** An address to open one at, signed anew each time. */
  address(): string
}

/** No socket is open yet. */
export function createSockets(): Sockets {
  const group = (address: () => string): SocketGroup => {
    const open = new Set<WebSocket>()
    const broadcast = (frame: unknown) => {
      for (const socket of open) socket.send(JSON.stringify(frame))
    }
    return { open, broadcast, address }
  }
  return {
    celsius: group(() => `wss://ws.chatgpt.com/p07/ws/user/${pretendPerson.id}?verify=${plantedSecret()}`),
    pubSub: group(
      () =>
        `wss://chatgpt-async-webps-prod-eastus-0.chatgpt.com/client/hubs/conversations?access_token=${plantedSecret()}`,
    ),
  }
}

/** Lets pages open sockets; returns what ends all of them. */
export function acceptSockets(server: Server, sockets: Sockets, note: (request: IncomingMessage) => void): () => void {
  const upgrades = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    note(request)
    const { open } = request.headers.host?.startsWith('ws.') ? sockets.celsius : sockets.pubSub
    upgrades.handleUpgrade(request, socket as Socket, head, (opened) => {
      open.add(opened)
      opened.on('close', () => open.delete(opened))
      opened.on('message', (data) => answerCommands(opened, String(data)))
    })
  })
  return () => {
    for (const socket of upgrades.clients) socket.terminate()
  }
}

/** Connect and subscribe are answered as the real socket does. */
function answerCommands(socket: WebSocket, text: string) {
  const commands: unknown = JSON.parse(text)
  if (!Array.isArray(commands)) return
  const replies = commands.map(({ id, command }) => ({
    id,
    type: 'reply',
    reply: { type: command?.type, topic_id: command?.topic_id, recovered: false, catchups: [] },
  }))
  socket.send(JSON.stringify(replies))
}
