import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { certificate } from './certificate.ts'
import { type History, makeHistory } from './history.ts'
import { pageHtml } from './page.ts'
import { hours, libraryOf, pageOf, sharePageOf, treeOf } from './reads.ts'
import { eraOf, type Form, forms, playTurn } from './turns.ts'
import { createWorld, type PretendPicture, plantedSecret, pretendPerson, type World } from './world.ts'

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
  /** Places in the order of all beginnings and ends; `ended` is undefined while it is being answered. */
  readonly began: number
  ended?: number
}

export interface PretendAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The answer has begun at once, and its body comes then. */
  readonly bodyAfter?: Promise<void>
}

export interface PretendOptions {
  /** How long each piece of work of the site takes. */
  readonly paceMs?: number
  /** Size of the pictures that turns make. */
  readonly picture?: { readonly lengthBytes?: number; readonly size?: PretendPicture['size'] }
  /** Further pages by path, served on every host. */
  readonly pages?: Readonly<Record<string, string>>
  /** The first look-up of each picture is answered with "retry". */
  readonly retriesLookUps?: boolean
}

const { id: person, email, account } = pretendPerson

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL, match: RegExpExecArray) => unknown

/**
 * Starts a small ChatGPT on this machine: https and sockets under the real host names, on one port of 127.0.0.1.
 *
 * Source  docs/wire/ tells what it plays and where that was seen.
 */
export async function startPretendChatgpt(options: PretendOptions = {}): Promise<PretendChatgpt> {
  const { paceMs = 10, retriesLookUps = false } = options
  const world = createWorld()
  const history = makeHistory(world)
  const token = plantedSecret()
  const cookie = randomBytes(16).toString('hex')
  const sockets = { celsius: new Set<WebSocket>(), pubSub: new Set<WebSocket>() }
  const resumable = new Map<string, (write: (text: string) => void) => Promise<void>>()
  const lookedUp = new Set<string>()
  const reports: string[] = []
  const requests: PretendRequest[] = []
  const instead: { readonly address: RegExp; readonly answer: PretendAnswer; left: number }[] = []
  let moments = 0
  let endTour = () => {}
  const tourEnded = new Promise<void>((resolve) => {
    endTour = resolve
  })
  const htmlHeaders = {
    'content-type': 'text/html; charset=utf-8',
    'set-cookie': `pretend-session=${cookie}; Secure; HttpOnly; SameSite=None; Path=/`,
  }
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, paceMs))
  const broadcast = (all: Set<WebSocket>, frame: unknown) => {
    for (const socket of all) socket.send(JSON.stringify(frame))
  }

  const conversationTurn: Handler = async (request, response) => {
    const body = JSON.parse(await bodyOf(request)) as TurnRequest
    const form = forms.find((one) => one === body.pretend?.how) ?? 'inline-2026'
    const isPubSub = form === 'pubsub-2024'
    if (isPubSub) {
      sendJson(response, 200, { wss_url: pubSubUrl(), conversation_id: 'pending', response_id: 'pending-SEA' })
    } else response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
    const uploads = (body.pretend?.uploads ?? []).flatMap((id) => world.pictures.get(id) ?? [])
    await playTurn({
      world,
      form,
      prompt: body.messages[0]?.content.parts.join('\n') ?? '',
      userMessageId: body.messages[0]?.id ?? '',
      uploads,
      write: (text) => void (isPubSub || response.write(text)),
      socket: (frame) => broadcast(sockets.celsius, frame),
      pubSub: (frame) => broadcast(sockets.pubSub, frame),
      keepForResume: (id, rest) => resumable.set(id, rest),
      pause,
      picture: options.picture,
    })
    if (!isPubSub) response.end()
  }

  const resume: Handler = async (request, response) => {
    const { conversation_id } = JSON.parse(await bodyOf(request)) as { conversation_id: string }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    await resumable.get(conversation_id)?.((text) => void response.write(text))
    response.end()
  }

  const lookUp: Handler = (request, response, _url, match) => {
    const picture = world.pictures.get(decodeURIComponent(match.groups?.id ?? ''))
    if (request.headers.authorization !== `Bearer ${token}` || !picture) {
      return sendJson(response, 404, { detail: 'File not found.' })
    }
    if (retriesLookUps && !lookedUp.has(picture.fileId)) {
      lookedUp.add(picture.fileId)
      return sendJson(response, 200, { status: 'retry' })
    }
    return sendJson(response, 200, {
      status: 'success',
      download_url: bytesUrl(picture),
      metadata: null,
      file_name: `${person}/${picture.storageId}.png`,
      creation_time: null,
      file_size_bytes: picture.bytes.length,
    })
  }

  const estuary: Handler = (request, response, url) => {
    if (!request.headers.cookie?.includes(cookie))
      return sendJson(response, 403, { detail: 'File stream access denied.' })
    const id = url.searchParams.get('id') ?? ''
    const picture = world.pictures.get(id.split('#').find((part) => world.pictures.has(part)) ?? id)
    if (!picture) return sendJson(response, 404, { detail: 'Not found' })
    if (id.includes('#'))
      return sendBytes(request, response, { ...picture, bytes: picture.bytes.subarray(0, 3_000), faults: [] })
    return sendBytes(request, response, picture)
  }

  const direct: Handler = (request, response, _url, match) => {
    const { id = '', storage = '' } = match.groups ?? {}
    const picture = world.pictures.get(id) ?? world.byStorage(storage)
    return picture ? sendBytes(request, response, picture) : sendJson(response, 404, { detail: 'Not found' })
  }

  const conversation: Handler = (_request, response, _url, match) => {
    const found = world.conversations.get(match.groups?.id ?? '')
    return found ? sendJson(response, 200, treeOf(found)) : sendJson(response, 404, { detail: 'Not found' })
  }

  const flat: Handler = (_request, response, url, match) => {
    const found = world.conversations.get(match.groups?.id ?? '')
    if (!found) return sendJson(response, 404, { detail: 'Not found' })
    const count = Number(url.searchParams.get('num_turns') ?? 10)
    return sendJson(response, 200, pageOf(found, count, url.searchParams.get('before')))
  }

  const batch: Handler = async (request, response) => {
    const { conversation_ids } = JSON.parse(await bodyOf(request)) as { conversation_ids: string[] }
    if (conversation_ids.length > 10) return sendJson(response, 422, { detail: 'Too many conversations' })
    const found = conversation_ids.flatMap((id) => world.conversations.get(id) ?? [])
    return sendJson(
      response,
      200,
      found.map((one) => ({ ...treeOf(one), id: one.id })),
    )
  }

  const list: Handler = (_request, response, url) => {
    const limit = Number(url.searchParams.get('limit') ?? 28)
    const offset = Number(url.searchParams.get('offset') ?? 0)
    if (limit > 100) return sendJson(response, 422, { detail: 'Input should be less than or equal to 100' })
    const all = [...world.conversations.values()]
    const items = all.slice(offset, offset + limit).map(({ id, title }) => ({ id, title, is_archived: false }))
    return sendJson(response, 200, { items, total: all.length, limit, offset })
  }

  const library: Handler = (_request, response, url) => {
    const limit = Number(url.searchParams.get('limit') ?? 25)
    return sendJson(response, 200, libraryOf(world, limit, Number(url.searchParams.get('after') ?? 0)))
  }

  /** The steps of a tour, each host its own. */
  const tour: Handler = (request, response) => {
    const isOld = request.headers.host === 'chat.openai.com'
    const own = forms.filter((form) => isOld === ['A', 'B'].includes(eraOf(form)))
    sendJson(
      response,
      200,
      own.map((how) => ({ how, prompt: promptFor(how), uploads: how === 'upload-edit' ? [uploadOf(world)] : [] })),
    )
  }

  const nextStep: Handler = (request, response, url) => {
    const stops: Record<string, string> = {
      turns:
        request.headers.host === 'chat.openai.com'
          ? 'https://chatgpt.com/#tour'
          : `/share/${history.shared.id}#tour-share`,
      share: `/c/${history.conversation.id}#tour-tree`,
      tree: `/c/${history.conversation.id}?form=flat#tour-flat`,
      flat: '/library#tour-library',
      library: '/pretend/done',
    }
    response.writeHead(302, { location: stops[url.searchParams.get('after') ?? ''] ?? '/' }).end()
  }

  const done: Handler = (_request, response) => {
    endTour()
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Done</title>The visit is over.')
  }

  const page: Handler = (_request, response, _url, match) => {
    const shared = world.conversations.get(match.groups?.share ?? '')
    response.writeHead(200, htmlHeaders)
    response.end((shared ? sharePageOf(shared) : '') + pageHtml())
  }

  const routes: readonly [method: string, path: RegExp, handler: Handler][] = [
    ['GET', /^\/(?:c\/[\w-]+|library|images|share\/(?<share>[\w-]+)|g\/.*)?$/, page],
    [
      'GET',
      /^\/api\/auth\/session$/,
      (_, response) =>
        sendJson(response, 200, { accessToken: token, user: { id: person, email }, account: { id: account } }),
    ],
    ['POST', /^\/backend-api\/(?:f\/|sidebar\/)?conversation$/, conversationTurn],
    [
      'POST',
      /^\/backend-api\/f\/conversation\/prepare$/,
      (_, response) => sendJson(response, 200, { status: 'ok', conduit_token: plantedSecret() }),
    ],
    ['POST', /^\/backend-api\/f\/conversation\/resume$/, resume],
    ['GET', /^\/backend-api\/conversation\/(?<id>[\w-]+)$/, conversation],
    ['GET', /^\/backend-api\/conversations\/(?<id>[\w-]+)(?:\/messages)?$/, flat],
    ['POST', /^\/backend-api\/conversations\/batch$/, batch],
    ['GET', /^\/backend-api\/conversations$/, list],
    ['GET', /^\/backend-api\/my\/recent\/image_gen$/, library],
    ['GET', /^\/backend-api\/tasks$/, (_, response) => sendJson(response, 200, { tasks: [] })],
    [
      'GET',
      /^\/backend-api\/celsius\/ws\/user$/,
      (_, response) => sendJson(response, 200, { websocket_url: celsiusUrl() }),
    ],
    [
      'POST',
      /^\/backend-api\/register-websocket$/,
      (_, response) => sendJson(response, 200, { wss_url: pubSubUrl(), expires_at: '' }),
    ],
    ['GET', /^\/backend-api\/files\/(?<id>[^/]+)\/download$/, lookUp],
    ['GET', /^\/backend-api\/files\/download\/(?<id>[^/]+)$/, lookUp],
    ['GET', /^\/backend-api\/conversation\/[\w-]+\/attachment\/(?<id>[^/]+)\/download$/, lookUp],
    ['GET', /^\/backend-api\/estuary\/content$/, estuary],
    ['GET', /^\/(?<id>file-\w+)$/, direct],
    ['GET', /^\/files\/(?<storage>[0-9a-f-]{36})\/raw$/, direct],
    ['GET', /^\/sw\.js$/, (_, response) => sendScript(response, serviceWorkerScript)],
    ['GET', /^\/worker\.js$/, (_, response) => sendScript(response, workerScript)],
    [
      'POST',
      /^\/pretend\/report$/,
      async (request, response) => {
        reports.push(await bodyOf(request))
        sendJson(response, 200, {})
      },
    ],
    ['GET', /^\/pretend\/tour$/, tour],
    ['GET', /^\/pretend\/next$/, nextStep],
    ['GET', /^\/pretend\/done$/, done],
  ]

  const note = ({ method = 'GET', url, headers }: IncomingMessage): PretendRequest => {
    const noted = { method, url: new URL(url ?? '/', `https://${headers.host}`), headers, began: moments++ }
    requests.push(noted)
    return noted
  }

  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const noted = note(request)
    const { method, url } = noted
    response.once('close', () => {
      noted.ended = moments++
    })
    const other = instead.find(({ address, left }) => left > 0 && address.test(url.host + url.pathname + url.search))
    if (other) {
      other.left -= 1
      const { status, headers: own = {}, body = '{}', bodyAfter = Promise.resolve() } = other.answer
      response.writeHead(status, { 'content-type': 'application/json', ...own }).flushHeaders()
      return void bodyAfter.then(() => response.end(body))
    }
    const extra = options.pages?.[url.pathname]
    if (extra !== undefined) return void response.writeHead(200, htmlHeaders).end(extra)
    for (const [wanted, path, handler] of routes) {
      const match = method === wanted ? path.exec(url.pathname) : null
      if (!match) continue
      Promise.resolve(handler(request, response, url, match)).catch(() => response.destroy())
      return
    }
    sendJson(response, 404, { detail: 'Not Found' })
  })

  const upgrades = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    note(request)
    const all = request.headers.host?.startsWith('ws.') ? sockets.celsius : sockets.pubSub
    upgrades.handleUpgrade(request, socket as Socket, head, (opened) => {
      all.add(opened)
      opened.on('close', () => all.delete(opened))
      opened.on('message', (data) => answerCommands(opened, String(data)))
    })
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    chromiumArgs: [
      // Every name leads here, so nothing can leave this machine.
      `--host-resolver-rules=MAP * 127.0.0.1:${port}`,
      `--ignore-certificate-errors-spki-list=${certificate.spki}`,
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
    world,
    history,
    reports,
    requests,
    secrets: { token, cookie, person, email, account },
    answerInstead: (address, answer, times = Number.POSITIVE_INFINITY) =>
      void instead.push({ address, answer, left: times }),
    tourEnded,
    async close() {
      for (const socket of upgrades.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

interface TurnRequest {
  readonly messages: readonly { id: string; content: { parts: string[] } }[]
  readonly pretend?: { readonly how?: string; readonly uploads?: string[] }
}

const promptFor = (form: Form) => `A paper boat, delivered as ${form}`

const uploadOf = (world: World) =>
  [...world.pictures.values()].find((picture) => picture.role === 'upload')?.fileId ?? ''

const celsiusUrl = () => `wss://ws.chatgpt.com/p07/ws/user/${person}?verify=${plantedSecret()}`
const pubSubUrl = () =>
  `wss://chatgpt-async-webps-prod-eastus-0.chatgpt.com/client/hubs/conversations?access_token=${plantedSecret()}`

/** The address a look-up announces: that of the picture's era, signed anew each time. */
function bytesUrl({ era, fileId, storageId }: PretendPicture): string {
  const sig = randomBytes(32).toString('hex')
  if (era === 'A' || era === 'B') {
    return `https://files.oaiusercontent.com/${fileId}?se=2030-01-01T00%3A00%3A00Z&sp=r&sv=2021-08-06&sr=b&rscc=max-age%3D31536000&rscd=attachment%3B%20filename%3D${storageId}.webp&sig=${sig}`
  }
  if (era === 'C') {
    return `https://sdmntprwestus.oaiusercontent.com/files/${storageId}/raw?se=2030-01-01T00%3A00%3A00Z&sp=r&sv=2024-08-04&sr=b&sig=${sig}`
  }
  return `https://chatgpt.com/backend-api/estuary/content?id=${fileId}&ts=${hours()}&p=fs&cid=1&sig=${sig}&v=0`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function sendJson(response: ServerResponse, status: number, value: unknown) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(value))
}

function sendScript(response: ServerResponse, script: string) {
  response.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-store' }).end(script)
}

/** Answers every request of its pages by passing it on. */
const serviceWorkerScript = `
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)))
`

/** Fetches an address it is given and tells how long the answer was. */
const workerScript = `
const get = async (url, port) => port.postMessage((await (await fetch(url)).arrayBuffer()).byteLength)
self.onmessage = (event) => get(event.data, self)
self.onconnect = (event) => { const port = event.ports[0]; port.onmessage = (message) => get(message.data, port) }
`

async function sendBytes(request: IncomingMessage, response: ServerResponse, picture: PretendPicture): Promise<void> {
  picture.served += 1
  const { bytes, faults, mime, sha256 } = picture
  const has = (fault: PretendPicture['faults'][number]) => faults.includes(fault)
  if (has('forbidden')) return sendJson(response, 403, { detail: 'File stream access denied.' })
  if (has('html'))
    return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Try again later</html>')
  if (has('empty')) return void response.writeHead(200, { 'content-type': mime, 'content-length': 0 }).end()
  const etag = `"${sha256.slice(0, 16)}"`
  const cache = has('no-store')
    ? 'no-store'
    : has('immutable')
      ? 'private, max-age=31536000, immutable'
      : 'private, no-cache'
  const cors = has('no-cors') ? {} : { 'access-control-allow-origin': '*' }
  const headers = { 'content-type': mime, 'cache-control': cache, etag, ...cors }
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, headers).end()
  const half = bytes.subarray(0, bytes.length >> 1)
  if (has('cut-quietly')) return void response.writeHead(200, { ...headers, 'content-length': half.length }).end(half)
  response.writeHead(200, { ...headers, 'content-length': bytes.length })
  if (has('cut')) return void response.write(half, () => response.destroy())
  if (!has('slow')) return void response.end(bytes)
  for (let at = 0; at < bytes.length; at += 16_384) {
    response.write(bytes.subarray(at, at + 16_384))
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  response.end()
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
