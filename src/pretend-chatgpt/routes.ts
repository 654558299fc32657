import { accountRoutes } from './handlers/account.ts'
import { byteRoutes } from './handlers/bytes.ts'
import { pageRoutes } from './handlers/page.ts'
import { readRoutes } from './handlers/reads.ts'
import { tourRoutes } from './handlers/tour.ts'
import { turnRoutes } from './handlers/turns.ts'
import { type Call, type Route, sendJson } from './http.ts'
import type { Site } from './site.ts'

/** Every endpoint of the site; a new one is an entry in the table of its group. */
export const routes: readonly Route[] = [
  ...pageRoutes,
  ...accountRoutes,
  ...turnRoutes,
  ...readRoutes,
  ...byteRoutes,
  ...tourRoutes,
]

/** Lets the first route that matches answer. */
export async function answerByRoute(call: Omit<Call, 'groups'>, site: Site): Promise<void> {
  const { request, response, url } = call
  for (const [method, path, handler] of routes) {
    const match = method === request.method ? path.exec(url.pathname) : null
    if (match) return void (await handler({ ...call, groups: match.groups ?? {} }, site))
  }
  sendJson(response, 404, { detail: 'Not Found' })
}
