import type { IncomingMessage } from 'node:http'
import { bodyOf, type Handler, type Route, sendJson } from '../http.ts'
import type { Site } from '../site.ts'
import { eraOf, type Form, forms } from '../turns.ts'
import type { World } from '../world.ts'

const isOldHost = (request: IncomingMessage) => request.headers.host === 'chat.openai.com'
const isOldForm = (form: Form) => eraOf(form) === 'A' || eraOf(form) === 'B'

const uploadOf = (world: World) =>
  [...world.pictures.values()].find((picture) => picture.role === 'upload')?.fileId ?? ''

/** The turns of a tour; each of the two hosts has its own. */
const turns: Handler = ({ request, response }, { world }) => {
  const own = forms.filter((form) => isOldForm(form) === isOldHost(request))
  const steps = own.map((how) => ({
    how,
    prompt: `A paper boat, delivered as ${how}`,
    uploads: how === 'upload-edit' ? [uploadOf(world)] : [],
  }))
  sendJson(response, 200, steps)
}

/** Where a tour goes on after each of its stops. */
const stopsAfter = (request: IncomingMessage, { history }: Site): Record<string, string> => ({
  turns: isOldHost(request) ? 'https://chatgpt.com/#tour' : `/share/${history.shared.id}#tour-share`,
  share: `/c/${history.conversation.id}#tour-tree`,
  tree: `/c/${history.conversation.id}?form=flat#tour-flat`,
  flat: '/library#tour-library',
  library: '/pretend/done',
})

const nextStop: Handler = ({ request, response, url }, site) => {
  const stops = stopsAfter(request, site)
  response.writeHead(302, { location: stops[url.searchParams.get('after') ?? ''] ?? '/' }).end()
}

const done: Handler = ({ response }, { endTour }) => {
  endTour()
  response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Done</title>The visit is over.')
}

const report: Handler = async ({ request, response }, { reports }) => {
  reports.push(await bodyOf(request))
  sendJson(response, 200, {})
}

/** What the real site does not have: a tour through all it can do, and reports of what pages saw. */
export const tourRoutes: readonly Route[] = [
  ['POST', /^\/pretend\/report$/, report],
  ['GET', /^\/pretend\/tour$/, turns],
  ['GET', /^\/pretend\/next$/, nextStop],
  ['GET', /^\/pretend\/done$/, done],
]
