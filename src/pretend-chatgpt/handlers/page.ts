import { type Handler, type Route, sendPage, sendScript } from '../http.ts'
import { pageHtml } from '../page.ts'
import { sharePageOf } from '../reads.ts'

const page: Handler = ({ response, groups }, site) => {
  const shared = site.world.conversations.get(groups.share ?? '')
  sendPage(response, site, (shared ? sharePageOf(shared) : '') + pageHtml())
}

/** Answers every request of its pages by passing it on. */
const serviceWorkerScript = `
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)))
`

/** Fetches an address it is given and reports how long the answer was. */
const workerScript = `
const get = async (url, port) => port.postMessage((await (await fetch(url)).arrayBuffer()).byteLength)
self.onmessage = (event) => get(event.data, self)
self.onconnect = (event) => { const port = event.ports[0]; port.onmessage = (message) => get(message.data, port) }
`

/** The pages a person sees, and their scripts. */
export const pageRoutes: readonly Route[] = [
  ['GET', /^\/(?:c\/[\w-]+|library|images|share\/(?<share>[\w-]+)|g\/.*)?$/, page],
  ['GET', /^\/sw\.js$/, ({ response }) => sendScript(response, serviceWorkerScript)],
  ['GET', /^\/worker\.js$/, ({ response }) => sendScript(response, workerScript)],
]
