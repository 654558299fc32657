import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What goes wrong with one request on its way to a real store, or with its answer on the way back. */
export type Fault =
  | 'cut-upload'
  | 'cut-answer'
  | 'slow-down'
  | 'spoil-upload'
  | 'spoil-answer'
  | 'spoil-tag'
  | 'forget-tag'
  | 'forget-listed'

export interface Asked {
  readonly method: string
  readonly url: string
  /** How many requests there were before. */
  readonly before: number
}

export interface UnreliableStore {
  readonly endpoint: string
  /** Every request that reached it, such as `PUT /bucket/originals/…`. */
  readonly asked: readonly string[]
  /** How many answers were such that a request had to be repeated. */
  readonly faults: number
  /** Closes every connection, and takes none any more. */
  close(): Promise<void>
}

/** A store in front of a real one, which has a fault now and then. */
export async function unreliableStore(
  endpoint: string,
  faultOf: (asked: Asked) => Fault | undefined,
): Promise<UnreliableStore> {
  const asked: string[] = []
  let faults = 0
  const server = createServer((question, answer) => {
    const [method, url] = [question.method ?? '', question.url ?? '']
    const fault = faultOf({ method, url, before: asked.length })
    asked.push(`${method} ${url}`)
    if (fault) faults += 1
    void pass(endpoint, question, answer, fault).catch(() => question.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(close)
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get faults() {
      return faults
    },
    close,
  }
}

async function pass(endpoint: string, question: IncomingMessage, answer: ServerResponse, fault: Fault | undefined) {
  if (fault === 'cut-upload') {
    question.once('data', () => question.socket.destroy())
    if (question.method !== 'PUT') question.socket.destroy()
    return
  }
  const body = await bytesOf(question)
  if (fault === 'slow-down') {
    answer.writeHead(503, { 'content-type': 'application/xml', 'retry-after': '0' })
    answer.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>')
    return
  }
  const sent = fault === 'spoil-upload' ? spoilt(body) : body
  const { status, headers, bytes } = await askFor(endpoint, question, sent)
  if (fault === 'spoil-tag') headers.etag = `"${'0'.repeat(32)}"`
  if (fault === 'forget-tag') headers.etag = '"of-another-kind-1"'
  // An empty listing, as of a store whose listings are behind.
  if (fault === 'forget-listed') return void answer.end('<ListBucketResult></ListBucketResult>')
  if (fault === 'cut-answer' && bytes.length === 0) question.socket.destroy()
  answer.writeHead(status, headers)
  if (fault === 'cut-answer') {
    answer.write(bytes.subarray(0, bytes.length >> 1))
    setTimeout(() => question.socket.destroy(), 5)
  } else answer.end(fault === 'spoil-answer' ? spoilt(bytes) : bytes)
}

/** A bit is another. */
function spoilt(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes)
  other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 1
  return other
}

/** The signature covers the host that the question names, so it is asked under that name. */
function askFor(endpoint: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; bytes: Buffer }>(
    (resolve, reject) => {
      const asking = request(endpoint, { method, path: url, headers }, (answer) => {
        bytesOf(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 0, headers: { ...answer.headers }, bytes }),
          reject,
        )
      })
      asking.on('error', reject)
      asking.end(body)
    },
  )
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
