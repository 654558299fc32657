import type { ServerResponse } from 'node:http'

/** An answer in place of the usual one. */
export interface PretendAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The answer has begun at once, and its body comes then. */
  readonly bodyAfter?: Promise<void>
}

/** Which requests are answered otherwise than usual. */
export interface Overrides {
  add(address: RegExp, answer: PretendAnswer, times: number): void
  /** The answer for a request, which counts as given. */
  take(url: URL): PretendAnswer | undefined
}

/** Nothing is answered otherwise yet. */
export function createOverrides(): Overrides {
  const all: { readonly address: RegExp; readonly answer: PretendAnswer; left: number }[] = []
  return {
    add: (address, answer, times) => void all.push({ address, answer, left: times }),
    take(url) {
      const found = all.find(({ address, left }) => left > 0 && address.test(url.host + url.pathname + url.search))
      if (found) found.left -= 1
      return found?.answer
    },
  }
}

/** Gives such an answer. */
export function sendOverride(response: ServerResponse, answer: PretendAnswer) {
  const { status, headers = {}, body = '{}', bodyAfter = Promise.resolve() } = answer
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).flushHeaders()
  void bodyAfter.then(() => response.end(body))
}
