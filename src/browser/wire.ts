import CDP from 'chrome-remote-interface'
import { ArchiverError, messageOf } from '../errors.ts'
import { guarded } from './guard.ts'

/** An event of the browser, as the DevTools protocol sends it. */
export interface WireEvent {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** Undefined for the browser itself. */
  readonly sessionId?: string | undefined
  /** When it came, in Unix milliseconds; a recording keeps it. */
  readonly receivedAtMs: number
}

/** What a command answers. */
export type WireReply = Readonly<Record<string, unknown>>

/** The connection to one browser: commands go out, events come in. The only way the rest of the program knows it. */
export interface Wire {
  /**
   * Sends a command.
   *
   * Units   timeoutMs, 15 s unless told.
   * Errors  WireError, made where the command is sent, so that its stack shows who asked.
   */
  send(method: string, params?: object, sessionId?: string, timeoutMs?: number): Promise<WireReply>
  onEvent(listener: (event: WireEvent) => void): void
  /** Events come from a recording, so there is no page to be spared. */
  readonly isRecorded?: boolean
  /** Resolves when the connection has ended, by whichever side. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** A command that failed: refused by the browser, unanswered in time, or cut off. */
export class WireError extends Error {
  readonly method: string
  readonly isTimeout: boolean

  constructor(method: string, message: string, isTimeout = false) {
    super(`${method}: ${message}`)
    this.name = 'WireError'
    this.method = method
    this.isTimeout = isTimeout
  }
}

const defaultTimeoutMs = 15_000

/**
 * Connects to a browser's own endpoint, `ws://127.0.0.1:<port>/devtools/browser/<id>`.
 *
 * Shape   through a guard that ends the connection when we stall, so that no page ever waits for us long.
 * Units   timeoutMs is how long the browser may take to answer; a browser that asks the person first takes longer.
 * Errors  ArchiverError "browser-unreachable" when nothing answers there.
 */
export async function connectWire(
  endpoint: string,
  { timeoutMs = 30_000, isGuarded = true }: { timeoutMs?: number; isGuarded?: boolean } = {},
): Promise<Wire> {
  const guard = isGuarded ? await guarded(endpoint) : { endpoint, stop() {} }
  const client = await connectClient(guard.endpoint, timeoutMs).catch((error: unknown) => {
    guard.stop()
    throw new ArchiverError('browser-unreachable', `The browser does not let us connect: ${messageOf(error)}.`, {
      hint: 'If it asked you to allow remote debugging, allow it and start again.',
      cause: error,
    })
  })
  let isOpen = true
  let onClosed = () => {}
  const closed = new Promise<void>((resolve) => {
    onClosed = () => {
      isOpen = false
      guard.stop()
      resolve()
    }
  })
  client.on('disconnect', onClosed)
  const raw = client as unknown as RawClient

  return {
    send(method, params = {}, sessionId = undefined, timeoutMs = defaultTimeoutMs) {
      const asked = new WireError(method, 'failed')
      const fail = (reason: string, isTimeout = false) => {
        const failure = new WireError(method, reason, isTimeout)
        if (asked.stack) failure.stack = asked.stack.replace('failed', reason)
        return failure
      }
      if (!isOpen) return Promise.reject(fail('the connection is closed'))
      return new Promise<WireReply>((resolve, reject) => {
        const timer = setTimeout(() => reject(fail(`no answer within ${timeoutMs} ms`, true)), timeoutMs)
        timer.unref()
        raw.send(method, params, sessionId).then(
          (reply) => {
            clearTimeout(timer)
            resolve(reply)
          },
          (error: unknown) => {
            clearTimeout(timer)
            reject(fail(messageOf(error)))
          },
        )
      })
    },
    onEvent: (listener) => raw.on('event', (event) => listener({ ...event, receivedAtMs: Date.now() })),
    closed,
    close: async () => {
      if (!isOpen) return
      // The library does not report a close of our own, and never answers a second one.
      onClosed()
      await client.close().catch(() => {})
    },
  }
}

/** Connects, or gives up in time: a browser may leave the request unanswered for as long as nobody allows it. */
async function connectClient(endpoint: string, timeoutMs: number): Promise<CDP.Client> {
  // `local` keeps the library from asking the browser for its protocol, and an empty one from building a function for
  // every command there is: commands are sent by name.
  const connecting = CDP({ target: endpoint, local: true, protocol: { domains: [] } as never })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    return await Promise.race([connecting, late])
  } catch (error) {
    connecting.then((client) => client.close()).catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** The part of chrome-remote-interface that is used; its types know only the commands of its own, older protocol. */
interface RawClient {
  send(method: string, params: object, sessionId: string | undefined): Promise<WireReply>
  on(name: 'event', listener: (event: Omit<WireEvent, 'receivedAtMs'>) => void): void
}
