import { Hono } from 'hono'
import { isLabel } from '../profile-rules.ts'
import { collectionRoutes } from './collection-routes.ts'
import { eventsResponse } from './events.ts'
import { findRoutes } from './find-routes.ts'
import { imageRoutes } from './image-routes.ts'
import { markRoutes } from './mark-routes.ts'
import { detailsOf, treeOf } from './pictures.ts'
import type { ApiOptions, WithEntry } from './requests.ts'
import { similarRoutes } from './similar-routes.ts'
import { takeOutRoutes } from './take-out-routes.ts'

/**
 * The JSON interface.
 *
 * Errors  `{ error }` with 400 for what cannot be understood, 404 for what is not there, 413 for what is too long.
 * Source  docs/api.md
 */
export function apiRoutes(options: ApiOptions): Hono {
  const { root, catalogue, ending } = options
  const withEntry: WithEntry = async (context, answer) => {
    const id = context.req.param('id') ?? ''
    const entry = catalogue.get(id) ?? (await catalogue.whole.then(() => catalogue.get(id)))
    const response = entry && (await answer(entry))
    if (response) return response
    void catalogue.look()
    return context.json({ error: 'There is no such picture.' }, 404)
  }
  const api = new Hono()
  api.route('/', findRoutes(options))
  api.get('/pictures/:id', (context) =>
    withEntry(context, async (entry) => {
      const details = await detailsOf(root, catalogue, entry)
      return details && context.json(details)
    }),
  )
  api.get('/pictures/:id/lineage', (context) =>
    withEntry(context, async (entry) => context.json(await treeOf(root, catalogue, entry))),
  )
  api.route('/', markRoutes(options, withEntry))
  api.route('/', imageRoutes(options, withEntry))
  api.route('/', similarRoutes(options, withEntry))
  api.route('/', takeOutRoutes(options))
  api.route('/', collectionRoutes(options))
  api.get('/numbers', async (context) => {
    const { numbersOf } = await import('./numbers.ts')
    return context.json(await numbersOf(root, catalogue))
  })
  api.get('/coverage', async (context) => {
    // Loaded when somebody asks: the first pictures do not wait for it.
    const { coverageOf } = await import('../backfill/coverage.ts')
    const label = context.req.query('profile')
    if (label && !isLabel(label)) return context.json({ error: '"profile" must be the label of a profile' }, 400)
    return context.json(await coverageOf(root, label === '' ? null : label))
  })
  api.get('/events', (context) => eventsResponse(context, catalogue, ending))
  return api
}
