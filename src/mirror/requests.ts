import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import type { Credentials } from './credentials.ts'
import { hashOf } from './layout.ts'
import type { MirrorPlace } from './place.ts'
import { type Answer, refusalOf, unreachable } from './refusals.ts'

export interface StoreOptions {
  readonly place: MirrorPlace
  readonly credentials: Credentials
  readonly now?: () => Date
  readonly signal?: AbortSignal | undefined
  /** Something the person should know: a clock that is off. */
  readonly onNotice?: (text: string) => void
  /** So long is waited before the first request is repeated, and longer before each further one. */
  readonly pauseMs?: number
  /** So long an answer may take, and longer where many bytes are sent or come. */
  readonly patienceMs?: number
}

/** One request to the store. */
export interface Question {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  /** Left out for the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** A longer answer is given up; what a store says of its own accord is short. */
  readonly maxBytes?: number
  /** 404 is an answer like any other. */
  readonly isMissingFine?: boolean
  /** What is wrong with an answer that looks right; it is asked for again. */
  flawOf?(answer: Answer): string | undefined
}

/** Asks a store until it answers. */
export interface Requests {
  ask(question: Question): Promise<Answer>
}

/** The store is asked so often before it counts as away. */
const maxTries = 7
const longestPauseMs = 20_000
/** Signatures hold for a quarter of an hour; a clock that is off by less than this harms none. */
const clockToleranceMs = 5 * 60_000
/** Slow lines carry so many in a millisecond. */
const slowestBytesPerMs = 20
/** A page of a listing is a tenth of it. */
const longestAnswerBytes = 8 * 1024 * 1024

const nothing = Buffer.alloc(0)

type Outcome = { readonly answer: Answer } | { readonly flaw: string; readonly afterMs?: number | undefined }

/**
 * Makes what asks one store. Each request is signed; the library for that is loaded here and nowhere else.
 *
 * Shape   what may be right the next time (a connection that was cut, 5xx, SlowDown, bytes that came out different) is
 *         tried again, after longer and longer pauses. With a clock that is off, signatures follow the store's.
 * Errors  those of `refusalOf`; ArchiverError "disk" when the store was not to be had; whatever the signal was aborted
 *         with; an Error for an answer that is longer than it may be.
 */
export async function createRequests(options: StoreOptions): Promise<Requests> {
  const { place, credentials, now = () => new Date(), signal, onNotice = () => {} } = options
  const { pauseMs = 250, patienceMs = 60_000 } = options
  const { AwsV4Signer } = await import('aws4fetch')
  const keys = new Map<string, ArrayBuffer>()
  /** How far our clock is behind the store's. */
  let behindMs = 0

  const send = async (question: Question): Promise<Answer | undefined> => {
    const { method, key, query = {}, headers = {}, body, maxBytes = longestAnswerBytes } = question
    const signer = new AwsV4Signer({
      ...{ ...credentials, service: 's3', region: place.region, cache: keys },
      ...{
        method,
        url: addressOf(place, key, query),
        headers: { ...headers, 'x-amz-content-sha256': hashOf(body ?? nothing) },
      },
      datetime: new Date(now().getTime() + behindMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    })
    const signed = await signer.sign()
    const patience = createPatience(patienceMs, body?.length ?? 0)
    try {
      const response = await fetch(signed.url, {
        ...{ method, headers: signed.headers, redirect: 'manual' },
        ...(body && { body: body as Buffer<ArrayBuffer> }),
        signal: signal ? AbortSignal.any([signal, patience.signal]) : patience.signal,
      })
      patience.beginAgain(Math.min(Number(response.headers.get('content-length')) || 0, maxBytes))
      const bytes = await bytesOf(response, maxBytes)
      return bytes && { status: response.status, headers: response.headers, bytes }
    } finally {
      patience.end()
    }
  }

  /** True when our clock turned out to be off: the same may be asked again with that of the store. */
  const learnTime = ({ status, headers }: Answer): boolean => {
    const theirs = Date.parse(headers.get('date') ?? '')
    const offMs = theirs - now().getTime()
    if (![400, 401, 403].includes(status) || !(Math.abs(offMs - behindMs) > clockToleranceMs)) return false
    behindMs = offMs
    const minutes = Math.round(Math.abs(offMs) / 60_000)
    const direction = offMs > 0 ? 'behind' : 'ahead of'
    onNotice(`The clock of this machine is ${minutes} minutes ${direction} that of the mirror, whose time is used.`)
    return true
  }

  const once = async (question: Question): Promise<Outcome> => {
    const answer = await send(question).catch((error: unknown) => {
      signal?.throwIfAborted()
      return reasonOf(error)
    })
    if (typeof answer === 'string') return { flaw: answer }
    if (!answer) throw new Error('the mirror has more in its place than it can be')
    if (learnTime(answer)) return { flaw: 'the clock of this machine is off', afterMs: 0 }
    const { status, headers } = answer
    if (status < 300 || (status === 404 && question.isMissingFine)) {
      const flaw = lengthFlaw(question, answer) ?? question.flawOf?.(answer)
      return flaw === undefined ? { answer } : { flaw }
    }
    const { isPassing, error, words } = refusalOf(answer, place)
    if (!isPassing) throw error
    const seconds = Number(headers.get('retry-after') ?? Number.NaN)
    return { flaw: words, afterMs: Number.isNaN(seconds) ? undefined : seconds * 1_000 }
  }

  return {
    async ask(question) {
      for (let tries = 1; ; tries++) {
        const outcome = await once(question)
        if ('answer' in outcome) return outcome.answer
        if (tries === maxTries) throw unreachable(place, outcome.flaw)
        const longestMs = Math.min(longestPauseMs, pauseMs * 2 ** tries)
        // Not all at the same moment: between half and all of it.
        const restMs = outcome.afterMs ?? longestMs * (0.5 + Math.random() / 2)
        await pause(Math.min(longestPauseMs, restMs), undefined, { signal: signal ?? undefined }).catch((error) => {
          signal?.throwIfAborted()
          throw error
        })
      }
    },
  }
}

/** Gives up an answer that does not come. */
function createPatience(patienceMs: number, bytes: number) {
  const late = new AbortController()
  const begin = (bytes: number) =>
    setTimeout(() => late.abort(new Error('no answer in time')), patienceMs + Math.ceil(bytes / slowestBytesPerMs))
  let timer = begin(bytes)
  return {
    signal: late.signal,
    beginAgain(bytes: number) {
      clearTimeout(timer)
      timer = begin(bytes)
    },
    end: () => clearTimeout(timer),
  }
}

/** All bytes of an answer; undefined as soon as there are too many. */
async function bytesOf({ body }: Response, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Path style, which every store knows. */
function addressOf({ endpoint, bucket }: MirrorPlace, key: string | undefined, query: object): string {
  const steps = [bucket, ...(key === undefined ? [] : key.split('/'))].map(encodeURIComponent)
  const address = new URL(`${endpoint.replace(/\/+$/, '')}/${steps.join('/')}`)
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  return address.href
}

/** An answer that is shorter than it says was cut. */
function lengthFlaw({ method }: Question, { headers, bytes }: Answer): string | undefined {
  const said = Number(headers.get('content-length') ?? Number.NaN)
  const isEncoded = headers.has('content-encoding')
  return method === 'GET' && !isEncoded && said !== bytes.length && !Number.isNaN(said)
    ? 'the answer was cut'
    : undefined
}

/** Why a request failed: `fetch` itself says nothing but that it did. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return messageOf(cause) || 'the connection was cut'
}
