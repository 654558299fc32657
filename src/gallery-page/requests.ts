/** An answer that is no success, with what a person can do about it. */
export class RequestError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The server is not there. */
export const notAnswering = 'The gallery does not answer. Is “dalle-archiver browse” still running?'
/** The server does not know this page. */
export const notSignedIn = 'This window is not signed in. Open the address that “dalle-archiver browse” printed.'

/** Asks the server; what is no success is a RequestError. */
export async function request(path: string, init?: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new RequestError(0, notAnswering)
  }
  if (response.ok) return response
  const said: { error?: unknown } = await response.json().catch(() => ({}))
  const message = typeof said.error === 'string' ? said.error : `The gallery answered ${response.status}.`
  const isRefused = response.status === 401 || response.status === 403
  throw new RequestError(response.status, isRefused ? notSignedIn : message)
}

/** The answer as what it is known to be. */
export const json = async <Answer>(path: string, init?: RequestInit): Promise<Answer> =>
  (await request(path, init)).json()

/** Browsers send no more than 64 KiB after a page was left. */
const maxKeptChars = 16_000

/** A request that changes something. */
export function sending(method: string, json?: unknown): RequestInit {
  if (json === undefined) return { method }
  const body = JSON.stringify(json)
  // What was written as the page was left is sent all the same.
  const keepalive = method === 'PATCH' && body.length < maxKeptChars
  return { method, headers: { 'content-type': 'application/json' }, body, keepalive }
}
