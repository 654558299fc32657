import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { WebSocketServer } from 'ws'
import { certificate } from './certificate.ts'
import type { History } from './history.ts'
import { createRequestLog, type PretendRequest } from './request-log.ts'
import { routesOf } from './routes/index.ts'
import { type Route, sendHtml, sendJson } from './routes/route.ts'
import { createSite, type PretendOptions } from './site.ts'
import { acceptSockets } from './sockets.ts'
import { createSubstitutes, type PretendAnswer } from './substitutes.ts'
import { playTroubles, type Troubles } from './troubles.ts'
import { pretendPerson, type World } from './world.ts'

export type { PretendRequest } from './request-log.ts'
export type { PretendOptions } from './site.ts'
export type { PretendAnswer } from './substitutes.ts'
export type { TroubleName, Troubles } from './troubles.ts'

/** A running pretend site. */
export interface PretendChatgpt {
  readonly port: number
  /** What a browser must be started with to reach this site, and nothing else, under the real names. */
  readonly chromiumArgs: readonly string[]
  readonly world: World
  /** By the names of workspaces. */
  readonly workspaces: Readonly<Record<string, World>>
  readonly history: History
  /** What pages have posted to `/pretend/report`, oldest first. */
  readonly reports: readonly string[]
  /** Every request, oldest first. */
  readonly requests: readonly PretendRequest[]
  /** What a session at this site holds that nobody else may ever see. */
  readonly secrets: Readonly<Record<'token' | 'cookie' | 'person' | 'email' | 'account', string>>
  /** What goes wrong; whatever is put in or taken out holds from the next request on. */
  readonly troubles: Troubles
  /** Answers requests whose `host/path?query` matches otherwise than usual, this many times. */
  answerInstead(address: RegExp, answer: PretendAnswer, times?: number): void
  /** Resolves when a tour has been through every step. */
  readonly tourEnded: Promise<void>
  close(): Promise<void>
}

/**
 * Starts a small ChatGPT on this machine: https and sockets under the real host names, on one port of 127.0.0.1.
 *
 * Source  docs/wire/ says what it plays and where that was seen.
 */
export async function startPretendChatgpt(options: PretendOptions = {}): Promise<PretendChatgpt> {
  const site = createSite(options)
  const log = createRequestLog()
  const substitutes = createSubstitutes()
  const troubles: Troubles = { ...options.troubles }
  const own = routesOf(site)
  const ofWorkspaces = new Map(
    [...site.workspaces].map(([account, { world }]) => [account, routesOf({ ...site, account, world })] as const),
  )
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const { method, url } = log.add(request, response)
    if (substitutes.answer(url, response) || playTroubles(troubles, site.world, url, response)) return
    const page = options.pages?.[url.pathname]
    if (page !== undefined) return sendHtml(response, site.cookie, page)
    const routes = ofWorkspaces.get(String(request.headers['chatgpt-account-id'])) ?? own
    answerByRoute(routes, method, url, request, response)
  })
  const upgrades = acceptSockets(server, site, log.add)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { id: person, email, account } = pretendPerson
  return {
    port,
    chromiumArgs: chromiumArgsFor(port),
    world: site.world,
    workspaces: Object.fromEntries([...site.workspaces.values()].map(({ name, world }) => [name, world])),
    history: site.history,
    reports: site.reports,
    requests: log.requests,
    troubles,
    secrets: { token: site.token, cookie: site.cookie, person, email, account },
    answerInstead: (address, answer, times = Number.POSITIVE_INFINITY) => substitutes.add(address, answer, times),
    tourEnded: site.tourEnded,
    close: () => closeAll(server, upgrades),
  }
}

function answerByRoute(
  routes: readonly Route[],
  method: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
) {
  for (const [wanted, path, handler] of routes) {
    const match = method === wanted ? path.exec(url.pathname) : null
    if (!match) continue
    Promise.resolve(handler(request, response, url, match)).catch(() => response.destroy())
    return
  }
  sendJson(response, 404, { detail: 'Not Found' })
}

const chromiumArgsFor = (port: number) => [
  // Every name leads here, so nothing can leave this machine.
  `--host-resolver-rules=MAP * 127.0.0.1:${port}`,
  `--ignore-certificate-errors-spki-list=${certificate.spki}`,
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
]

async function closeAll(server: Server, upgrades: WebSocketServer): Promise<void> {
  for (const socket of upgrades.clients) socket.terminate()
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
