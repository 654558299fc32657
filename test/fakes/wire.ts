import { type Wire, WireError, type WireEvent, type WireReply } from '../../src/browser/wire.ts'

/** A command as it was sent. */
export interface Sent {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly sessionId: string | undefined
  readonly timeoutMs: number | undefined
}

type Answer = WireReply | Error | ((sent: Sent) => WireReply | Error | Promise<WireReply>)

/** A wire without a browser: it records what is sent, answers as told, and says whatever a test has it say. */
export interface FakeWire extends Wire {
  /** Every command, in the order in which they were sent. */
  readonly sent: readonly Sent[]
  /** The commands one session was sent; `undefined` is the browser itself. */
  methodsFor(sessionId: string | undefined): string[]
  /** What a command is answered; without this it is an empty success. */
  answer(method: string, answer: Answer): void
  /** Lets the watcher hear an event. */
  emit(method: string, params: object, sessionId?: string, receivedAtMs?: number): void
  readonly isClosed: boolean
}

export function createFakeWire(): FakeWire {
  const sent: Sent[] = []
  const answers = new Map<string, Answer>()
  const listeners: ((event: WireEvent) => void)[] = []
  let isClosed = false
  let end = () => {}
  const closed = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    sent,
    methodsFor: (sessionId) => sent.filter((one) => one.sessionId === sessionId).map((one) => one.method),
    answer: (method, answer) => void answers.set(method, answer),
    emit(method, params, sessionId = undefined, receivedAtMs = 1_790_000_000_000) {
      const event: WireEvent = { method, params: { ...params }, sessionId, receivedAtMs }
      for (const listener of listeners) listener(event)
    },
    async send(method, params = {}, sessionId = undefined, timeoutMs = undefined) {
      const command: Sent = { method, params: { ...params }, sessionId, timeoutMs }
      sent.push(command)
      const answer = answers.get(method) ?? {}
      const reply = typeof answer === 'function' ? await answer(command) : answer
      if (reply instanceof Error) throw reply
      return reply
    },
    onEvent: (listener) => void listeners.push(listener),
    closed,
    async close() {
      isClosed = true
      end()
    },
    get isClosed() {
      return isClosed
    },
  }
}

/** A command that is never answered. */
export const silence = () => new Promise<WireReply>(() => {})

/** What a command fails with when nobody answers it in time. */
export const timedOut = (method: string) => new WireError(method, 'no answer within 5000 ms', true)

/** An event as a room hears it. */
export function event(method: string, params: object, sessionId?: string, receivedAtMs = 1_790_000_000_000): WireEvent {
  return { method, params: { ...params }, sessionId, receivedAtMs }
}

/** Lets everything go on that only waits for promises and for the disk's next answer. */
export const soon = (ms = 0) => new Promise<void>((resolve) => setTimeout(resolve, ms))
