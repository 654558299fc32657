import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { installedBrowsers } from '../src/browser/installed.ts'
import { connectWire, type Wire } from '../src/browser/wire.ts'
import type { PretendChatgpt } from '../src/pretend-chatgpt/server.ts'
import { measureTree, type TreeMeter } from './process-tree.ts'

/** Who watches the page while it is measured. */
export type Watcher = 'nobody' | 'floor' | 'naive' | 'daemon' | 'backfill'

/** A browser on one page of the pretend site, and whoever watches it. */
export interface Session {
  readonly archivePath: string
  /** Where the naive watcher puts its pictures; our own has an archive. */
  readonly naivePath: string
  /** The watcher and every process of its own, the guard for one; nothing where nobody or the floor watches. */
  readonly tree: TreeMeter
  /** When the watcher's process was started, by the clock. */
  readonly startedAtMs: number
  /** Opens another tab. */
  open(url: string): Promise<void>
  end(): Promise<void>
}

const machineArgs = process.getuid?.() === 0 ? ['--no-sandbox'] : []
/** Another build may take the place of this one, to be measured in alternation with it. */
const program = path.resolve(process.env.BENCH_PROGRAM ?? 'dist/cli/main.js')
/** Such as `--cpu-prof`, for a look at what the daemon does meanwhile. */
const nodeArgs = (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter(Boolean)
let nextPort = 21_000 + Math.floor(Math.random() * 9_000)

/** A temporary folder, removed by `end` or by the caller. */
export const temporaryFolder = () => mkdtempSync(path.join(tmpdir(), 'dalle-archiver-bench-'))

export async function startSession(
  watcher: Watcher,
  site: PretendChatgpt,
  url: string,
  archivePath = temporaryFolder(),
): Promise<Session> {
  const isProgram = watcher === 'daemon' || watcher === 'backfill'
  const profilePath = temporaryFolder()
  const port = nextPort++
  const child = isProgram
    ? startDaemon(watcher, site, url, archivePath, profilePath, port)
    : startBrowser(site, profilePath, port)
  const startedAtMs = Date.now()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const { wire, endpoint } = await connectWhenReady(port)
  const naivePath = temporaryFolder()
  const naive = watcher === 'naive' ? await startNaive(endpoint, naivePath) : undefined
  const tree = measureTree((isProgram ? child : naive)?.pid)
  if (isProgram) await whenWatching(child)
  if (watcher === 'floor') await listenOnly(wire)
  if (!isProgram) await openTab(wire, url)
  return {
    archivePath,
    naivePath,
    tree,
    startedAtMs,
    open: (address) => openTab(wire, address),
    async end() {
      tree.stop()
      if (watcher === 'daemon') child.kill('SIGINT')
      else await wire.send('Browser.close').catch(() => {})
      await ended
      await wire.close()
      for (const folder of [profilePath, naivePath]) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

function startDaemon(
  watcher: Watcher,
  site: PretendChatgpt,
  startUrl: string,
  archivePath: string,
  profilePath: string,
  cdpPort: number,
): ChildProcess {
  const file = path.join(profilePath, 'bench-config.json')
  const chromiumArgs = [...site.chromiumArgs, ...machineArgs]
  writeFileSync(file, JSON.stringify({ archivePath, profilePath, cdpPort, startUrl, headless: true, chromiumArgs }))
  const command = watcher === 'backfill' ? ['backfill'] : []
  return spawn(process.execPath, [...nodeArgs, program, ...command, '--config', file, '--json'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** As a person does: an empty tab first, then its address. */
async function openTab(wire: Wire, url: string): Promise<void> {
  const { targetId } = await wire.send('Target.createTarget', { url: 'about:blank' })
  await new Promise((resolve) => setTimeout(resolve, 250))
  const { sessionId } = await wire.send('Target.attachToTarget', { targetId, flatten: true })
  await wire.send('Page.navigate', { url }, String(sessionId))
}

/** The daemon says when it watches; what is loaded before that is another matter. */
async function whenWatching(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (data) => {
      said = (said + data).slice(-10_000)
      if (process.env.DEBUG) process.stderr.write(data)
      if (said.includes('"Watching')) resolve()
    })
  })
}

function startBrowser(site: PretendChatgpt, profilePath: string, port: number): ChildProcess {
  const own = ['--headless=new', '--no-first-run', '--no-default-browser-check', `--remote-debugging-port=${port}`]
  const args = [...own, `--user-data-dir=${profilePath}`, ...site.chromiumArgs, ...machineArgs, 'about:blank']
  return spawn(installedBrowsers()[0]?.path ?? 'chromium', args, { stdio: 'ignore' })
}

/** Ends with the browser's connection. */
async function startNaive(endpoint: string, folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path.resolve('build/bench/bench/naive.js'), endpoint, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout ?? child, 'data')
  return child
}

async function connectWhenReady(port: number): Promise<{ wire: Wire; endpoint: string }> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/version`)
      const { webSocketDebuggerUrl } = (await answer.json()) as { webSocketDebuggerUrl: string }
      const wire = await connectWire(webSocketDebuggerUrl, { isGuarded: false })
      return { wire, endpoint: webSocketDebuggerUrl }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  throw new Error('the browser does not answer')
}

/** The least a watcher can do: network events on, nothing pulled. */
async function listenOnly(wire: Wire): Promise<void> {
  wire.onEvent(({ method, params }) => {
    if (method !== 'Target.attachedToTarget') return
    const sessionId = String(params.sessionId)
    wire.send('Network.enable', {}, sessionId).catch(() => {})
    wire.send('Runtime.runIfWaitingForDebugger', {}, sessionId).catch(() => {})
  })
  const filter = [{ type: 'page' }, { exclude: true }]
  await wire.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter })
}
