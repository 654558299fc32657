import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/**
 * How long we may be away before the browser is let go; a page that waits for us stands still for this long at most.
 */
export const patienceMs = 4_000
const beatMs = 500

/** A connection to a browser that somebody watches over. */
export interface Guarded {
  readonly connection: Socket
  stop(): void
}

/** The built file, also when this one runs from its source: a process of its own needs JavaScript. */
const builtFile = (name: string) => fileURLToPath(new URL(`../../dist/browser/${name}.js`, import.meta.url))
const small = ['--max-old-space-size=64', '--max-semi-space-size=1', '--v8-pool-size=0']

/**
 * Connects to a browser, with a guard (`guard-process.ts`) that ends the connection when our event loop stalls.
 *
 * Shape   a process of its own gets the same connection and a heart beat. Windows hands no connection to a process that
 *         it starts; there the bytes run through it (`relay.ts`). Undefined for an address with TLS.
 * Errors  rejects when nothing listens there, or when the guard's process does not start.
 */
export async function guarded(
  endpoint: string,
  isRelayed = process.platform === 'win32',
): Promise<Guarded | undefined> {
  const { protocol, hostname, port } = new URL(endpoint)
  if (protocol !== 'ws:') return undefined
  const [host, number] = [hostname.replace(/^\[|\]$/g, ''), Number(port || 80)]
  if (isRelayed) {
    const guard = startGuard('relay', [host, String(number)], 'pipe')
    const connection = await connected('127.0.0.1', await portOf(guard))
    return { connection, stop: keepBeating(guard) }
  }
  const connection = await connected(host, number)
  const guard = startGuard('guard-process', [], connection)
  // Sharing it has paused it; the browser says nothing before it is asked, so that nothing gets lost.
  connection.resume()
  const stop = keepBeating(guard)
  // Nobody is paused before the browser is told to pause, so that the guard may still be starting.
  guard.once('error', (error) => connection.destroy(error))
  // Unguarded is worse than cut off: a new connection gets a new guard.
  guard.once('exit', () => connection.destroy())
  connection.once('close', stop)
  return { connection, stop }
}

async function connected(host: string, port: number): Promise<Socket> {
  const connection = connect({ host, port, noDelay: true })
  await once(connection, 'connect')
  return connection
}

function startGuard(name: string, args: readonly string[], descriptor3: Socket | 'pipe'): ChildProcess {
  return spawn(process.execPath, [...small, builtFile(name), String(patienceMs), ...args], {
    // On its own, so that what stops us (Ctrl-Z in a terminal) does not stop it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', descriptor3],
  })
}

/** Beats until it is stopped; then, or when we are gone, the guard ends. Only the connection keeps us alive. */
function keepBeating(guard: ChildProcess): () => void {
  const beating = setInterval(() => guard.stdin?.write('.'), beatMs)
  const stop = () => {
    clearInterval(beating)
    guard.stdin?.end()
  }
  guard.stdin?.on('error', stop)
  guard.once('exit', stop)
  beating.unref()
  guard.unref()
  for (const stream of [guard.stdin, guard.stdio[3]]) (stream as Socket | null)?.unref()
  return stop
}

/** A relay says on which port it listens. */
function portOf(relay: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    relay.stdio[3]?.once('data', (port) => resolve(Number(port)))
    relay.once('error', reject)
    relay.once('exit', (code) => reject(new Error(`the guard of the connection ended at once (exit code ${code})`)))
  })
}
