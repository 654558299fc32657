import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { type Context, Hono } from 'hono'
import { setBounded } from '../bounded-map.ts'
import type { Entry } from '../catalogue/entry.ts'
import { isObject } from '../decode/json.ts'
import { type TakeOutForm, takeOutForms } from '../take-out/forms.ts'
import type { TakeOutTicket } from './api.ts'
import { type ApiOptions, entriesIn, jsonBodyOf, limited, maxIdsBytes } from './requests.ts'

/** What is to be taken out. */
interface Order {
  readonly entries: readonly Entry[]
  readonly form: TakeOutForm | undefined
}

/**
 * Pictures as a zip: at once, or by a ticket that the page goes to, so that the browser writes it to the disk itself.
 */
export function takeOutRoutes({ root, catalogue, fetchAway }: ApiOptions): Hono {
  const tickets = createTickets<Order>()
  const zipOf = async (context: Context, { entries, form }: Order) => {
    const headers = { 'Content-Type': 'application/zip', 'Content-Disposition': 'attachment; filename="pictures.zip"' }
    // Whoever asks for the headers alone reads no picture.
    if (context.req.method === 'HEAD') return context.body(null, 200, headers)
    // Loaded when somebody asks: the first pictures do not wait for it.
    const { takeOut } = await import('../take-out/take-out.ts')
    const zip = Readable.toWeb(Readable.from(takeOut(root, entries, new Date(), fetchAway, form))) as ReadableStream
    return context.body(zip, 200, headers)
  }
  const api = new Hono()
  api.post('/take-out', limited(maxIdsBytes), async (context) => {
    const body = await jsonBodyOf(context)
    const wanted = isObject(body) ? body.with : undefined
    const form = takeOutForms.find((one) => one === wanted)
    if (wanted !== undefined && form === undefined)
      return context.json({ error: `"with" must be one of ${takeOutForms.join(', ')}` }, 400)
    const { entries, unknown } = await entriesIn(catalogue, body)
    if (entries.length === 0) return context.json({ error: 'None of these pictures is here.' }, unknown > 0 ? 404 : 400)
    if (isObject(body) && body.ticket === true)
      return context.json({ ticket: tickets.give({ entries, form }) } satisfies TakeOutTicket)
    return zipOf(context, { entries, form })
  })

  api.get('/take-out/:ticket', async (context) => {
    const ticket = context.req.param('ticket')
    const order = context.req.method === 'HEAD' ? tickets.look(ticket) : tickets.take(ticket)
    if (order) return zipOf(context, order)
    return context.json({ error: 'This ticket was used already, or is older than a minute.' }, 404)
  })
  return api
}

const validMs = 60_000
const maxTickets = 20

/** Tickets that are good once, and for a minute; the oldest make room. */
export function createTickets<Good>(now: () => number = Date.now) {
  const open = new Map<string, { readonly good: Good; readonly givenAt: number }>()
  const look = (ticket: string) => {
    const found = open.get(ticket)
    return found && now() - found.givenAt <= validMs ? found.good : undefined
  }
  return {
    give(good: Good): string {
      const ticket = randomBytes(24).toString('base64url')
      setBounded(open, ticket, { good, givenAt: now() }, maxTickets)
      return ticket
    },
    look,
    take(ticket: string): Good | undefined {
      const good = look(ticket)
      open.delete(ticket)
      return good
    },
  }
}
