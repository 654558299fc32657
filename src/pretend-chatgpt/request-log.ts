import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

/** A request as it came. */
export interface PretendRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  /** Positions in the order of all beginnings and ends; `ended` is undefined while it is being answered. */
  readonly began: number
  ended?: number
}

/** Every request the site was sent, oldest first. */
export interface RequestLog {
  readonly requests: readonly PretendRequest[]
  /** Notes a request, and its end if there is a response that ends. */
  add(request: IncomingMessage, response?: ServerResponse): PretendRequest
}

/** Makes a log that is empty. */
export function createRequestLog(): RequestLog {
  const requests: PretendRequest[] = []
  let moments = 0
  return {
    requests,
    add({ method = 'GET', url, headers }, response) {
      const noted: PretendRequest = {
        method,
        url: new URL(url ?? '/', `https://${headers.host}`),
        headers,
        began: moments++,
      }
      requests.push(noted)
      response?.once('close', () => {
        noted.ended = moments++
      })
      return noted
    },
  }
}
