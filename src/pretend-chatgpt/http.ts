import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Site } from './site.ts'

/** A request on its way to the handler of its route. */
export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  /** What the groups of the route's pattern matched. */
  readonly groups: Readonly<Record<string, string | undefined>>
}

/** Answers the requests of a route. */
export type Handler = (call: Call, site: Site) => unknown

/** An endpoint: the first route whose method and path match answers. */
export type Route = readonly [method: 'GET' | 'POST', path: RegExp, handler: Handler]

/** The whole body of a request, as text. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Answers with a value as JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(value))
}

/** Answers as the real site does when there is no such thing. */
export const sendNotFound = (response: ServerResponse) => sendJson(response, 404, { detail: 'Not found' })

/** Answers with a page; whoever loads it is signed in from then on. */
export function sendPage(response: ServerResponse, { cookie }: Site, html: string) {
  const session = `pretend-session=${cookie}; Secure; HttpOnly; SameSite=None; Path=/`
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': session }).end(html)
}

/** Answers with a script. */
export function sendScript(response: ServerResponse, script: string) {
  response.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-store' }).end(script)
}
