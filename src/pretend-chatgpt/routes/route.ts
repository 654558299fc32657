import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PretendSite } from '../site.ts'

/** Answers a request; `match` is what the path of its route caught. */
export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL, match: RegExpExecArray) => unknown

/** A row of the table of routes. */
export type Route = readonly [method: 'GET' | 'POST', path: RegExp, handler: Handler]

/** The whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Without the account, the site answers with a list that looks right and is empty. */
export const isOfAccount = ({ headers }: IncomingMessage, { token, account }: PretendSite): boolean =>
  headers.authorization === `Bearer ${token}` && headers['chatgpt-account-id'] === account

/** Answers with JSON that no cache may store. */
export function sendJson(response: ServerResponse, status: number, value: unknown) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(value))
}

/** Answers with a page, which also gives the browser the cookie of its session. */
export function sendHtml(response: ServerResponse, cookie: string, html: string) {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'set-cookie': `pretend-session=${cookie}; Secure; HttpOnly; SameSite=None; Path=/`,
  })
  response.end(html)
}
