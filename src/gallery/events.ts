import type { Context } from 'hono'
import type { Catalogue } from '../catalogue/catalogue.ts'

/** Keeps connections alive, and finds those that broke. */
const pingMs = 20_000

/**
 * Server-sent events: `hello` with the revision once, then `changed` whenever the list has changed.
 *
 * Shape   docs/api.md; a comment every 20 s. Ends when `ending` is aborted or the page has gone.
 * Source  HTML Living Standard §9.2
 */
export function eventsResponse(context: Context, catalogue: Catalogue, ending: AbortSignal): Response {
  const headers = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }
  // Nobody would read the stream, so nobody would end it.
  if (context.req.method === 'HEAD') return context.body(null, 200, headers)
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(Buffer.from(`${text}\n\n`))
      const tell = (event: string, data: unknown) => send(`event: ${event}\ndata: ${JSON.stringify(data)}`)
      const forget = catalogue.onChange((changed) => tell('changed', changed))
      const timer = setInterval(() => send(':'), pingMs).unref()
      const end = () => {
        stop()
        controller.close()
      }
      stop = () => {
        stop = () => {}
        forget()
        clearInterval(timer)
        ending.removeEventListener('abort', end)
      }
      ending.addEventListener('abort', end)
      send('retry: 1000')
      tell('hello', { revision: catalogue.revision })
    },
    cancel: () => stop(),
  })
  return context.body(body, 200, headers)
}
