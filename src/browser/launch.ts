import { type ChildProcess, spawn } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Launcher } from 'chrome-launcher'
import type { Config } from '../config.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import { isAlive, processWith, thisProcess } from '../process-id.ts'
import { attach, endpointAt } from './attach.ts'
import { type Browser, type BrowserEnd, never } from './browser.ts'
import { installedBrowsers } from './installed.ts'
import { endpointOfPipe, type Pipes } from './pipe.ts'
import { parseAttachTarget } from './running.ts'
import { forgetSession, holderOfProfile, lastEndOf, notedSession, noteSession, type Session } from './session.ts'
import { connectWire } from './wire.ts'

/**
 * Only these are added to what the user asks for: no questions at the first start, nothing that changes the browser.
 */
const ownArgs = ['--no-first-run', '--no-default-browser-check']
/** After a crash the person gets their tabs back, without being asked whether they want them. */
const restoringArgs = ['--restore-last-session', '--hide-crash-restore-bubble']

/** How a browser is to be started. */
export interface LaunchOptions {
  /** Opens the tabs of the last time, after a crash. */
  readonly restores?: boolean
}

/**
 * Starts the browser of a config, or finds one that is there already: the one we are told to attach to, the one an
 * earlier run of ours left with this profile, or one that listens on the config's port.
 *
 * Shape   its own profile (0700) and a concrete port on 127.0.0.1: port 0 and pipes would set `navigator.webdriver`. It
 *         opens on an empty page, so that nothing is loaded before we watch.
 * Errors  ArchiverError "browser-not-found" or "browser-unreachable", telling what the browser itself complained of.
 */
export async function launchOrAttach(config: Config, options: LaunchOptions = {}): Promise<Browser> {
  if (config.attach !== undefined) return attach(parseAttachTarget(String(config.attach)))
  const adopted = await adopt(config)
  if (adopted) return adopted
  if (config.cdpPort !== undefined && (await endpointAt(config.cdpPort)) !== undefined)
    return attach({ kind: 'port', port: config.cdpPort })
  return launch(config, options)
}

/**
 * The browser that an earlier run of ours started with this profile, if it lives: its endpoint bears an id of its own.
 */
async function adopt(config: Config): Promise<Browser | undefined> {
  const { profilePath } = config
  const session = notedSession(profilePath)
  const endpoint = session && (await endpointOf(session, profilePath))
  if (!session || !endpoint) return undefined
  const { port } = session
  const isOther = session.holder.machine === thisProcess().machine && session.holder.pid !== process.pid
  if (isOther && isAlive(session.holder)) throw profileInUse(config)
  noteSession(profilePath, { endpoint, port })
  const pid = holderOfProfile(profilePath)
  const running = pid === undefined ? undefined : processWith(pid)
  const terminate = () => void (running && isAlive(running) && process.kill(running.pid))
  if (!config.keepBrowser) process.once('exit', terminate)
  return {
    kind: 'adopted',
    port,
    asksEachTime: false,
    ended: never,
    isAlive: async () => (await endpointAt(port)) === endpoint,
    connect: () => connectWire(endpoint),
    lastEnd: () => lastEndOf(profilePath),
    terminate,
  }
}

/**
 * Where a noted browser listens, if it lives. A run that was killed while its browser started has noted the port alone.
 */
async function endpointOf({ endpoint, port }: Session, profile: string): Promise<string | undefined> {
  for (let tries = 0; tries < 50; tries++) {
    const told = await endpointAt(port)
    if (endpoint !== undefined) return told === endpoint ? told : undefined
    if (holderOfProfile(profile) === undefined) return undefined
    if (told !== undefined) return told
    await pause(100)
  }
  return undefined
}

async function launch(config: Config, { restores = false }: LaunchOptions): Promise<Browser> {
  const chromePath = resolveBrowser(config.chromiumPath)
  preparePrivateFolder(config.profilePath)
  if (holderOfProfile(config.profilePath) !== undefined) throw profileInUse(config)
  forgetSession(config.profilePath)
  const isPiped = config.connection === 'pipe'
  const port = isPiped ? 0 : (config.cdpPort ?? (await freePort()))
  if (!isPiped) noteSession(config.profilePath, { endpoint: undefined, port })
  const complaints = complaintsSince(config.profilePath)
  const process_ = startProcess(config, chromePath, port, [
    ...ownArgs,
    ...(isPiped ? ['--remote-debugging-pipe'] : []),
    ...(restores ? restoringArgs : []),
    ...(config.headless ? ['--headless=new'] : []),
    ...config.chromiumArgs,
  ])
  // A second Ctrl-C ends us at once; the browser must not be left behind, least of all before it can be found again.
  let isNoted = false
  const onExit = () => (config.keepBrowser && isNoted) || process_.terminate()
  process.once('exit', onExit)
  const tooEarly = process_.exited.then(({ code }) => Promise.reject(endedEarly(code, complaints(), config)))
  const pipes = await Promise.race([process_.ready, tooEarly]).catch((error: unknown) => {
    if (error instanceof ArchiverError) throw error
    throw new ArchiverError('browser-unreachable', `${chromePath} could not be started: ${messageOf(error)}`, {
      hint: 'Set "chromiumPath" in config.json to a Chromium-based browser.',
      cause: error,
    })
  })
  const endpoint = pipes ? await endpointOfPipe(pipes) : await endpointAt(port)
  if (!endpoint) {
    process_.terminate()
    throw new ArchiverError('browser-unreachable', `What listens on port ${port} is no browser we can talk to.`, {
      hint: 'Set "cdpPort" in config.json to another port, or leave it out.',
    })
  }
  if (!pipes) noteSession(config.profilePath, { endpoint, port })
  isNoted = !pipes
  let isRunning = true
  const ended = process_.exited.then(({ code }): BrowserEnd => {
    isRunning = false
    process.off('exit', onExit)
    return code === 0 ? 'closed' : 'crashed'
  })
  return {
    kind: 'launched',
    port,
    asksEachTime: false,
    ended,
    isAlive: async () => isRunning,
    connect: () => connectWire(endpoint, { isGuarded: !isPiped }),
    lastEnd: () => 'closed',
    terminate: process_.terminate,
  }
}

interface BrowserProcess {
  /** Resolves when it can be talked to, over its port or over these pipes. */
  readonly ready: Promise<Pipes | undefined>
  readonly exited: Promise<{ code: number | null }>
  terminate(): void
}

function startProcess(
  config: Config,
  chromePath: string,
  port: number,
  chromeFlags: readonly string[],
): BrowserProcess {
  let child: ChildProcess | undefined
  let onEnd: (end: { code: number | null }) => void = () => {}
  let onFailure: (error: Error) => void = () => {}
  const exited = new Promise<{ code: number | null }>((resolve, reject) => {
    onEnd = resolve
    onFailure = reject
  })
  exited.catch(() => {})
  const launcher = new Launcher(
    {
      chromePath,
      ...(port > 0 && { port }),
      userDataDir: config.profilePath,
      ignoreDefaultFlags: true,
      chromeFlags: [...chromeFlags],
      startingUrl: 'about:blank',
      handleSIGINT: false,
      logLevel: 'silent',
      connectionPollInterval: 25,
      maxConnectionRetries: 1_200,
    },
    {
      spawn: ((command: string, args: string[], options: object) => {
        // The launcher adds this one by itself when the environment has HEADLESS set.
        child = spawn(
          command,
          args.filter((arg) => arg !== '--headless' || config.chromiumArgs.includes(arg)),
          options,
        )
        child.once('exit', (code) => onEnd({ code })).once('error', onFailure)
        return child
      }) as typeof spawn,
    },
  )
  const ready = launcher.launch().then(() => {
    child?.unref()
    // The launcher's types know only the half of a stream's methods.
    return (launcher.remoteDebuggingPipes as Pipes | null) ?? undefined
  })
  return { ready, exited, terminate: () => void child?.kill('SIGTERM') }
}

/** The browser's path: as given, or looked up as a command, or detected. */
function resolveBrowser(given: string | undefined): string {
  const found = given === undefined ? installedBrowsers()[0]?.path : findCommand(given)
  if (found) return found
  const message = given
    ? `"chromiumPath" names no program that can be run: ${given}`
    : 'No Chromium-based browser was found in the usual places.'
  throw new ArchiverError('browser-not-found', message, {
    hint: 'Install Chromium, Chrome, Edge or Brave, or set "chromiumPath" in config.json to the browser you use.',
  })
}

/** The 2023 tool's config names a command ("google-chrome") as often as a path. */
function findCommand(given: string): string | undefined {
  const isPath = given.includes('/') || given.includes('\\')
  const folders = isPath ? [''] : (process.env.PATH ?? '').split(path.delimiter)
  const endings = process.platform === 'win32' && !isPath ? ['', '.exe', '.cmd'] : ['']
  const places = folders.flatMap((folder) => endings.map((ending) => path.join(folder, given + ending)))
  return places.find(isProgram)
}

function isProgram(place: string): boolean {
  try {
    accessSync(place, constants.X_OK)
    return statSync(place).isFile()
  } catch {
    return false
  }
}

/** A profile holds what logs a person in: nobody else may look into it, also if it was made with other rights. */
function preparePrivateFolder(folder: string) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  } catch (error) {
    throw new ArchiverError('disk', `The profile folder ${folder} cannot be made: ${messageOf(error)}`, {
      hint: 'Set "profilePath" in config.json to a folder you may write to.',
      cause: error,
    })
  }
}

/** What the browser has printed since now; the launcher lets it write into its profile. */
function complaintsSince(profile: string): () => string {
  const files = ['chrome-err.log', 'chrome-out.log'].map((name) => path.join(profile, name))
  const starts = files.map((file) => (existsSync(file) ? statSync(file).size : 0))
  return () => files.map((file, index) => tailOf(file, starts[index] ?? 0)).join('\n')
}

function tailOf(file: string, from: number): string {
  if (!existsSync(file)) return ''
  const buffer = Buffer.alloc(20_000)
  const descriptor = openSync(file, 'r')
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, from))
  } finally {
    closeSync(descriptor)
  }
}

const profileInUse = ({ profilePath }: Config) =>
  new ArchiverError('browser-unreachable', `The profile ${profilePath} is in use by another browser.`, {
    hint: 'Close that browser, or attach to it with --attach, or set "profilePath" to another folder.',
  })

/** Why a browser ended before it listened, from its own words. */
function endedEarly(exitCode: number | null, output: string, config: Config): ArchiverError {
  if (/without --no-sandbox is not supported/i.test(output)) {
    return new ArchiverError('browser-unreachable', 'Chromium refuses to run as root with its sandbox.', {
      hint: 'Run as an ordinary user, or accept the risk with "chromiumArgs": ["--no-sandbox"] in config.json.',
    })
  }
  if (/missing x server|cannot open display|no display|platform failed to initialize/i.test(output)) {
    return new ArchiverError('browser-unreachable', 'There is no display for the browser to open a window on.', {
      hint: 'Run inside a desktop session, or set "headless": true in config.json.',
    })
  }
  if (/permission denied/i.test(output)) {
    return new ArchiverError('browser-unreachable', `The browser may not write its profile ${config.profilePath}.`, {
      hint: 'A browser installed as a snap or flatpak sees few folders: set "profilePath" to one it may use.',
    })
  }
  if (/existing browser session|profile appears to be in use|SingletonLock/i.test(output) || exitCode === 0)
    return profileInUse(config)
  const last = output.trim().split('\n').at(-1) ?? ''
  return new ArchiverError('browser-unreachable', `The browser ended at once (exit code ${exitCode}). ${last}`.trim(), {
    hint: `Its own messages are in ${path.join(config.profilePath, 'chrome-err.log')}.`,
  })
}

/** A port nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
