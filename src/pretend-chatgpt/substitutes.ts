import type { ServerResponse } from 'node:http'

/** An answer that stands in for the site's own. */
export interface PretendAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The answer has begun at once, and its body comes then. */
  readonly bodyAfter?: Promise<void>
}

/** Answers that stand in for the site's own, by address. */
export interface Substitutes {
  /** Answers requests whose `host/path?query` matches with this, so many times. */
  add(address: RegExp, answer: PretendAnswer, times: number): void
  /** Answers a request if there is a substitute for it; of several the first that was added. */
  answer(url: URL, response: ServerResponse): boolean
}

/** Makes a list of substitutes that is empty. */
export function createSubstitutes(): Substitutes {
  const all: { readonly address: RegExp; readonly answer: PretendAnswer; left: number }[] = []
  return {
    add: (address, answer, times) => void all.push({ address, answer, left: times }),
    answer(url, response) {
      const found = all.find(({ address, left }) => left > 0 && address.test(url.host + url.pathname + url.search))
      if (!found) return false
      found.left -= 1
      sendAnswer(found.answer, response)
      return true
    },
  }
}

/** Sends an answer, as JSON unless its headers say something else. */
export function sendAnswer(answer: PretendAnswer, to: ServerResponse) {
  const { status, headers = {}, body = '{}', bodyAfter = Promise.resolve() } = answer
  to.writeHead(status, { 'content-type': 'application/json', ...headers }).flushHeaders()
  void bodyAfter.then(() => to.end(body))
}
