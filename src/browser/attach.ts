import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import CDP from 'chrome-remote-interface'
import { textAt } from '../decode/json.ts'
import { ArchiverError } from '../errors.ts'
import { type Browser, never } from './browser.ts'
import { thisMachine } from './installed.ts'
import { type AttachTarget, activePorts } from './running.ts'
import { connectWire } from './wire.ts'

/**
 * Finds the running browser that a person wants us to attach to; it is theirs, and is left as it is.
 *
 * Shape   Chrome 144 and later, when allowed at `chrome://inspect/#remote-debugging`, answers no HTTP at all: its
 *         address is read from its profile, and it asks the person at each connection.
 * Errors  ArchiverError "browser-unreachable" when none is found.
 */
export async function attach(target: AttachTarget): Promise<Browser> {
  switch (target.kind) {
    case 'endpoint':
      return attached(target.endpoint, false)
    case 'port':
      return attachToPort(target.port)
    case 'auto':
      return attachToAny()
  }
}

async function attachToPort(port: number): Promise<Browser> {
  const endpoint = await endpointAt(port)
  if (endpoint) return attached(endpoint, false)
  if (!(await isOpen('127.0.0.1', port))) {
    throw new ArchiverError('browser-unreachable', `No browser listens on port ${port}.`, { hint: howToListen })
  }
  const noted = notedPorts().find((one) => one.port === port)?.endpoint
  return attached(noted ?? `ws://127.0.0.1:${port}/devtools/browser`, true)
}

async function attachToAny(): Promise<Browser> {
  for (const { port, endpoint } of notedPorts()) {
    const told = await endpointAt(port)
    if (told === endpoint) return attached(endpoint, false)
    // Another browser may have been given the port of one that is gone.
    if (told === undefined && (await isOpen('127.0.0.1', port))) return attached(endpoint, true)
  }
  throw new ArchiverError('browser-unreachable', 'No running browser was found that lets us attach.', {
    hint: howToListen,
  })
}

/** A person has to find a dialog and read it. */
const personMs = 120_000

const howToListen =
  'In Chrome 144 or later, allow it at chrome://inspect/#remote-debugging; or start it with --remote-debugging-port.'

const notedPorts = () => activePorts(thisMachine(), readText)

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function attached(endpoint: string, asksEachTime: boolean): Browser {
  const { hostname, port: portText } = new URL(endpoint)
  const port = Number(portText)
  const isLocal = ['127.0.0.1', 'localhost'].includes(hostname)
  return {
    kind: 'attached',
    port,
    asksEachTime,
    ended: never,
    isAlive: () => isOpen(hostname, port),
    async connect() {
      if (asksEachTime) return connectWire(endpoint, { timeoutMs: personMs })
      // A browser that was started anew on its port is the one that is meant.
      return connectWire((isLocal ? await endpointAt(port) : undefined) ?? endpoint)
    },
    lastEnd: () => 'closed',
    terminate() {},
  }
}

const answerMs = 5_000

/** The endpoint a browser offers on a port; undefined when no browser answers there. */
export async function endpointAt(port: number): Promise<string | undefined> {
  try {
    const asked = CDP.Version({ host: '127.0.0.1', port })
    const version: unknown = await Promise.race([asked, pause(answerMs, undefined, { ref: false })])
    return textAt(version, 'webSocketDebuggerUrl') ?? undefined
  } catch {
    return undefined
  }
}

/** Whether anything listens there; nobody is asked anything. */
function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => done(true))
    socket.once('timeout', () => done(false))
    socket.once('error', () => done(false))
  })
}
