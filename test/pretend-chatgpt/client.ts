import { type Agent, request } from 'node:https'

/** An answer of the pretend site. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly json: unknown
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Keeps connections open, for many requests. */
  readonly agent?: Agent
}

/** Asks a pretend site under a real name, as a browser led to its port does. */
export function ask(port: number, address: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, agent = false } = asked
  const url = new URL(address)
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: url.pathname + url.search,
      method,
      headers: { host: url.host, ...headers },
      rejectUnauthorized: false,
      agent,
    }
    const sent = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const whole = Buffer.concat(chunks)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: whole,
          get json() {
            return JSON.parse(whole.toString())
          },
        })
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
