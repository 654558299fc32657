import { Hono } from 'hono'
import type { Similar } from './api.ts'
import { type ApiOptions, countIn, type WithEntry } from './requests.ts'

const maxSimilar = 200

/** What is like a picture. */
export function similarRoutes({ similar }: ApiOptions, withEntry: WithEntry): Hono {
  const api = new Hono()
  api.get('/similar/:id', (context) =>
    withEntry(context, async (entry) => {
      const limit = countIn(context.req.query('limit'), 24)
      if (Number.isNaN(limit)) return context.json({ error: '"limit" must be a whole number' }, 400)
      const answer: Similar = await similar.to(entry, Math.min(limit, maxSimilar))
      return context.json(answer)
    }),
  )
  return api
}
