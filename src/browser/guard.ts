import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * How long we may be away before the browser is let go; a page that waits for us stands still for this long at most.
 */
export const patienceMs = 4_000
const beatMs = 500

/** The built file, also when this one runs from its source: a process of its own needs JavaScript. */
const relayFile = fileURLToPath(new URL('../../dist/browser/relay.js', import.meta.url))

export interface Guarded {
  /** The address to connect to instead. */
  readonly endpoint: string
  stop(): void
}

/**
 * Puts a guard (`relay.ts`) between us and a browser, which ends the connection when our event loop stalls.
 *
 * Shape   the endpoint leads to the browser through the guard, for one connection. Addresses with TLS are left as they
 *         are.
 * Errors  rejects when the guard's process does not start.
 */
export async function guarded(endpoint: string): Promise<Guarded> {
  const url = new URL(endpoint)
  if (url.protocol !== 'ws:') return { endpoint, stop() {} }
  const relay = fork(relayFile, [url.hostname.replace(/^\[|\]$/g, ''), url.port || '80', String(patienceMs)], {
    // On its own, so that what stops us (Ctrl-Z in a terminal) does not stop it.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--max-old-space-size=64', '--max-semi-space-size=1'],
  })
  const beating = setInterval(() => relay.connected && relay.send('beat', () => {}), beatMs)
  beating.unref()
  const stop = () => {
    clearInterval(beating)
    if (relay.connected) relay.disconnect()
  }
  relay.once('exit', stop)
  const port = await portOf(relay)
  // Only the connection keeps the program alive.
  relay.unref()
  relay.channel?.unref()
  url.port = String(port)
  url.hostname = '127.0.0.1'
  return { endpoint: url.href, stop }
}

function portOf(relay: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    relay.once('message', (port) => resolve(Number(port)))
    relay.once('error', reject)
    relay.once('exit', (code) => reject(new Error(`the guard of the connection ended at once (exit code ${code})`)))
  })
}
