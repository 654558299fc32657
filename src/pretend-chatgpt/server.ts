import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { certificate } from './certificate.ts'
import type { History } from './history.ts'
import { sendPage } from './http.ts'
import { createOverrides, type PretendAnswer, sendOverride } from './overrides.ts'
import { answerByRoute } from './routes.ts'
import { createSite, type SiteOptions } from './site.ts'
import { acceptSockets } from './sockets.ts'
import { pretendPerson, type World } from './world.ts'

/** A running pretend site, as tests see it. */
export interface PretendChatgpt {
  readonly port: number
  /** What a browser must be started with to reach this site, and nothing else, under the real names. */
  readonly chromiumArgs: readonly string[]
  readonly world: World
  readonly history: History
  /** What pages have posted to `/pretend/report`, oldest first. */
  readonly reports: readonly string[]
  /** Every request, oldest first. */
  readonly requests: readonly PretendRequest[]
  /** What a session at this site holds that nobody else may ever see. */
  readonly secrets: Readonly<Record<'token' | 'cookie' | 'person' | 'email' | 'account', string>>
  /** Answers requests whose `host/path?query` matches otherwise than usual, this many times. */
  answerInstead(address: RegExp, answer: PretendAnswer, times?: number): void
  /** Resolves when a tour has been through every step. */
  readonly tourEnded: Promise<void>
  close(): Promise<void>
}

/** A request as it came. */
export interface PretendRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  /** Positions in the order of all beginnings and ends; `ended` is undefined while it is being answered. */
  readonly began: number
  ended?: number
}

/** How the pretend site behaves. */
export interface PretendOptions extends SiteOptions {
  /** Further pages by path, served on every host. */
  readonly pages?: Readonly<Record<string, string>>
}

/**
 * Starts a small ChatGPT on this machine: https and sockets under the real host names, on one port of 127.0.0.1.
 *
 * Source  docs/wire/ tells what it plays and where that was seen.
 */
export async function startPretendChatgpt(options: PretendOptions = {}): Promise<PretendChatgpt> {
  const site = createSite(options)
  const log = createRequestLog()
  const overrides = createOverrides()
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const noted = log.note(request)
    response.once('close', () => log.end(noted))
    const instead = overrides.take(noted.url)
    if (instead) return sendOverride(response, instead)
    const extra = options.pages?.[noted.url.pathname]
    if (extra !== undefined) return sendPage(response, site, extra)
    answerByRoute({ request, response, url: noted.url }, site).catch(() => response.destroy())
  })
  const endSockets = acceptSockets(server, site.sockets, log.note)

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { world, history, reports, token, cookie, tourEnded } = site
  const { id: person, email, account } = pretendPerson
  return {
    port,
    chromiumArgs: chromiumArgs(port),
    world,
    history,
    reports,
    requests: log.requests,
    secrets: { token, cookie, person, email, account },
    answerInstead: (address, answer, times = Number.POSITIVE_INFINITY) => overrides.add(address, answer, times),
    tourEnded,
    async close() {
      endSockets()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const chromiumArgs = (port: number) => [
  // Every name leads here, so nothing can leave this machine.
  `--host-resolver-rules=MAP * 127.0.0.1:${port}`,
  `--ignore-certificate-errors-spki-list=${certificate.spki}`,
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
]

/** Notes every request, and in which order they began and ended. */
function createRequestLog() {
  const requests: PretendRequest[] = []
  let moments = 0
  return {
    requests,
    note({ method = 'GET', url, headers }: IncomingMessage): PretendRequest {
      const noted = { method, url: new URL(url ?? '/', `https://${headers.host}`), headers, began: moments++ }
      requests.push(noted)
      return noted
    },
    end(noted: PretendRequest) {
      noted.ended = moments++
    },
  }
}
