import { ArchiverError, messageOf } from '../errors.ts'
import { guarded } from './guard.ts'
import { parseMessage, type WireMessage } from './messages.ts'
import { connectSocket } from './socket.ts'

/** An event of the browser, as the DevTools protocol sends it. */
export interface WireEvent {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** Undefined for the browser itself. */
  readonly sessionId?: string | undefined
  /** When it came, in Unix milliseconds; a recording keeps it. */
  readonly receivedAtMs: number
}

/** What a command answers; long base64 comes decoded (`bytesIn` of messages.ts reads it either way). */
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
  const guard = isGuarded ? await guarded(endpoint).catch(unreachable) : undefined
  const socket = await connectSocket(endpoint, guard?.connection, timeoutMs).catch((error: unknown) => {
    guard?.stop()
    return unreachable(error)
  })
  const commands = new Map<number, Command>()
  let lastId = 0
  let isOpen = true
  let onClosed = () => {}
  const closed = new Promise<void>((resolve) => {
    onClosed = () => {
      isOpen = false
      guard?.stop()
      for (const { finish } of commands.values()) finish('the connection is closed')
      resolve()
    }
  })
  const listeners: ((event: WireEvent) => void)[] = []
  socket.once('close', onClosed)
  socket.on('message', (data: Buffer) => {
    const { id, method, params = {}, sessionId, result = {}, error } = parseMessage(data)
    if (id !== undefined) return commands.get(id)?.finish(error ? reasonOf(error) : result)
    if (method === undefined) return
    const event = { method, params, sessionId, receivedAtMs: Date.now() }
    for (const listener of listeners) listener(event)
  })

  return {
    send(method, params = {}, sessionId = undefined, timeoutMs = defaultTimeoutMs) {
      const asked = new WireError(method, 'failed')
      const fail = (reason: string, isTimeout = false) => {
        const failure = new WireError(method, reason, isTimeout)
        if (asked.stack) failure.stack = asked.stack.replace('failed', reason)
        return failure
      }
      if (!isOpen) return Promise.reject(fail('the connection is closed'))
      lastId += 1
      const id = lastId
      return new Promise<WireReply>((resolve, reject) => {
        const finish = (outcome: WireReply | string, isTimeout = false) => {
          clearTimeout(timer)
          commands.delete(id)
          if (typeof outcome === 'string') reject(fail(outcome, isTimeout))
          else resolve(outcome)
        }
        const timer = setTimeout(() => finish(`no answer within ${timeoutMs} ms`, true), timeoutMs)
        timer.unref()
        commands.set(id, { finish })
        socket.send(JSON.stringify({ id, method, params, sessionId }), (error) => error && finish(messageOf(error)))
      })
    },
    onEvent: (listener) => void listeners.push(listener),
    closed,
    close: async () => {
      if (!isOpen) return
      const isGone = new Promise((resolve) => socket.once('close', resolve))
      onClosed()
      socket.close()
      await isGone
    },
  }
}

/** A command that has not been answered; it is settled with its answer, or with the reason why there is none. */
interface Command {
  finish(outcome: WireReply | string): void
}

/** Why the browser refuses, in its own words. */
const reasonOf = ({ message = 'refused', data }: NonNullable<WireMessage['error']>) =>
  typeof data === 'string' ? `${message} (${data})` : message

function unreachable(error: unknown): never {
  throw new ArchiverError('browser-unreachable', `The browser does not let us connect: ${messageOf(error)}.`, {
    hint: 'If it asked you to allow remote debugging, allow it and start again.',
    cause: error,
  })
}
