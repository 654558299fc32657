import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { PretendSite } from './site.ts'
import { plantedSecret, pretendPerson } from './world.ts'

/** The address of a person's socket, signed anew each time. */
export const celsiusUrl = () => `wss://ws.chatgpt.com/p07/ws/user/${pretendPerson.id}?verify=${plantedSecret()}`

/** The address of the older kind of socket, signed anew each time. */
export const pubSubUrl = () =>
  `wss://chatgpt-async-webps-prod-eastus-0.chatgpt.com/client/hubs/conversations?access_token=${plantedSecret()}`

/** Sends a frame over every open socket of a service. */
export function broadcast(all: ReadonlySet<WebSocket>, frame: unknown) {
  for (const socket of all) socket.send(JSON.stringify(frame))
}

/** Accepts the sockets of both services on the server's port; the returned server knows them all. */
export function acceptSockets(
  server: Server,
  { sockets }: PretendSite,
  onRequest: (request: IncomingMessage) => void,
): WebSocketServer {
  const upgrades = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    onRequest(request)
    const all = request.headers.host?.startsWith('ws.') ? sockets.celsius : sockets.pubSub
    upgrades.handleUpgrade(request, socket as Socket, head, (opened) => {
      all.add(opened)
      opened.on('close', () => all.delete(opened))
      opened.on('message', (data) => answerCommands(opened, String(data)))
    })
  })
  return upgrades
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
