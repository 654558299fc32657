import type { ServerResponse } from 'node:http'
import { pageHtml } from '../page.ts'
import { sharePageOf } from '../reads.ts'
import type { PretendSite } from '../site.ts'
import { pretendPerson } from '../world.ts'
import { type Handler, type Route, sendHtml, sendJson } from './route.ts'

/** What a browser opens, with the scripts beside it and the session it gets. */
export const pageRoutes = (site: PretendSite): readonly Route[] => [
  ['GET', /^\/(?:c\/[\w-]+|library|images|share\/(?<share>[\w-]+)|g\/.*)?$/, page(site)],
  ['GET', /^\/api\/auth\/session$/, session(site)],
  ['GET', /^\/sw\.js$/, (_request, response) => sendScript(response, serviceWorkerScript)],
  ['GET', /^\/worker\.js$/, (_request, response) => sendScript(response, workerScript)],
]

const page =
  ({ world, cookie }: PretendSite): Handler =>
  (_request, response, _url, match) => {
    const shared = world.conversations.get(match.groups?.share ?? '')
    sendHtml(response, cookie, (shared ? sharePageOf(shared) : '') + pageHtml())
  }

const session =
  ({ token }: PretendSite): Handler =>
  (_request, response) => {
    const { id, email, account } = pretendPerson
    sendJson(response, 200, { accessToken: token, user: { id, email }, account: { id: account } })
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

/** Fetches an address it is given and says how long the answer was. */
const workerScript = `
const get = async (url, port) => port.postMessage((await (await fetch(url)).arrayBuffer()).byteLength)
self.onmessage = (event) => get(event.data, self)
self.onconnect = (event) => { const port = event.ports[0]; port.onmessage = (message) => get(message.data, port) }
`
