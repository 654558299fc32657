import type { IncomingMessage } from 'node:http'
import { eraOf, type Form, forms } from '../forms.ts'
import type { PretendSite } from '../site.ts'
import type { World } from '../world.ts'
import { bodyOf, type Handler, type Route, sendJson } from './route.ts'

/** What only the pretend site has: a tour through all of it, and a place where pages report. */
export const tourRoutes = (site: PretendSite): readonly Route[] => [
  ['POST', /^\/pretend\/report$/, report(site)],
  ['GET', /^\/pretend\/tour$/, tour(site)],
  ['GET', /^\/pretend\/next$/, nextStep(site)],
  ['GET', /^\/pretend\/done$/, done(site)],
]

const report =
  ({ reports }: PretendSite): Handler =>
  async (request, response) => {
    reports.push(await bodyOf(request))
    sendJson(response, 200, {})
  }

/** The turns of a tour, each host its own. */
const tour =
  ({ world }: PretendSite): Handler =>
  (request, response) => {
    const own = forms.filter((form) => isAtOldHost(request) === ['A', 'B'].includes(eraOf(form)))
    const steps = own.map((how) => ({
      how,
      prompt: promptFor(how),
      uploads: how === 'upload-edit' ? [uploadOf(world)] : [],
    }))
    sendJson(response, 200, steps)
  }

const nextStep =
  ({ history }: PretendSite): Handler =>
  (request, response, url) => {
    const steps: Record<string, string> = {
      turns: isAtOldHost(request) ? 'https://chatgpt.com/#tour' : `/share/${history.shared.id}#tour-share`,
      share: `/c/${history.conversation.id}#tour-tree`,
      tree: `/c/${history.conversation.id}?form=flat#tour-flat`,
      flat: '/library#tour-library',
      library: '/pretend/done',
    }
    response.writeHead(302, { location: steps[url.searchParams.get('after') ?? ''] ?? '/' }).end()
  }

const done =
  ({ endTour }: PretendSite): Handler =>
  (_request, response) => {
    endTour()
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Done</title>The visit is over.')
  }

const isAtOldHost = (request: IncomingMessage) => request.headers.host === 'chat.openai.com'

const promptFor = (form: Form) => `A paper boat, delivered as ${form}`

const uploadOf = (world: World) =>
  [...world.pictures.values()].find((picture) => picture.role === 'upload')?.fileId ?? ''
