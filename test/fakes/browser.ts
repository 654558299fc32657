import { type Browser, type BrowserEnd, never } from '../../src/browser/browser.ts'
import type { Wire, WireReply } from '../../src/browser/wire.ts'
import { createFakeWire, type FakeWire } from './wire.ts'

/** A browser without a window: it lives until a test ends it, or until it is asked to close. */
export interface FakeBrowser extends Browser {
  /** Every connection that was made, the last of which may be open. */
  readonly wires: readonly FakeWire[]
  readonly isTerminated: boolean
  /** The last connection ends while the browser lives. */
  lose(): Promise<void>
  /** The browser ends, and with it its connections. */
  end(how: BrowserEnd): void
  /** What a command is answered on each connection from now on. */
  answers(method: string, answer: WireReply): void
  /** What connecting leads to from now on; without this, to a wire. */
  connectsBy(connect: () => Promise<Wire>): void
}

export function createFakeBrowser({
  kind = 'launched' as Browser['kind'],
  asksEachTime = false,
  /** Asked to close, it does nothing. */
  isDeaf = false,
} = {}): FakeBrowser {
  const wires: FakeWire[] = []
  const answers = new Map<string, WireReply>()
  let isTerminated = false
  let lastEnd: BrowserEnd | undefined
  let onEnd: (how: BrowserEnd) => void = () => {}
  const ended = new Promise<BrowserEnd>((resolve) => {
    onEnd = resolve
  })
  const end = (how: BrowserEnd) => {
    lastEnd = how
    for (const wire of wires) void wire.close()
    onEnd(how)
  }
  const usually = async () => {
    const wire = createFakeWire()
    wire.answer('Browser.close', () => {
      if (!isDeaf) end('closed')
      return {}
    })
    for (const [method, answer] of answers) wire.answer(method, answer)
    wires.push(wire)
    return wire
  }
  let connect: () => Promise<Wire> = usually
  return {
    kind,
    port: 9222,
    asksEachTime,
    ended: kind === 'launched' ? ended : never,
    isAlive: async () => lastEnd === undefined,
    connect: () => connect(),
    lastEnd: () => lastEnd ?? 'crashed',
    terminate() {
      isTerminated = true
      end('closed')
    },
    wires,
    get isTerminated() {
      return isTerminated
    },
    lose: async () => wires.at(-1)?.close(),
    end,
    answers: (method, answer) => void answers.set(method, answer),
    connectsBy(other) {
      connect = other
    },
  }
}
