import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { Launcher } from 'chrome-launcher'
import type { Config } from '../config.ts'
import { ArchiverError, messageOf } from '../errors.ts'

/** A browser we may talk to, and how we came by it: that decides what happens to it when we leave. */
export interface Browser {
  readonly kind: 'launched' | 'attached'
  /** The browser's own endpoint, `ws://…`. */
  readonly endpoint: string
  readonly port: number
  /** Resolves when a browser we started has ended; never for one we found. */
  readonly exited: Promise<void>
  /** Asks a launched browser that does not end by itself to do so. */
  terminate(): void
}

/** Only these are added to what the user asks for: no questions at the first start, nothing that changes the browser. */
const ownArgs = ['--no-first-run', '--no-default-browser-check']

/**
 * Finds an installed browser.
 *
 * Errors  undefined when none is found in the usual places.
 */
export function detectBrowser(): string | undefined {
  try {
    return Launcher.getInstallations()[0]
  } catch {
    // The finder throws where it finds nothing.
    return undefined
  }
}

/**
 * Starts the browser of a config, or finds one that already listens on the config's port.
 *
 * Shape   its own profile (made with 0700) and a concrete port on 127.0.0.1: port 0 and pipes would set
 *         `navigator.webdriver`. It opens on an empty page, so that nothing is loaded before we watch.
 * Errors  ArchiverError "browser-not-found" or "browser-unreachable", telling what the browser itself complained of.
 */
export async function launchOrAttach(config: Config): Promise<Browser> {
  if (config.cdpPort !== undefined) {
    const found = await endpointAt(config.cdpPort)
    if (found) return { kind: 'attached', endpoint: found, port: config.cdpPort, exited: never, terminate() {} }
  }
  return launch(config)
}

const never = new Promise<void>(() => {})

async function launch(config: Config): Promise<Browser> {
  const chromePath = resolveBrowser(config.chromiumPath)
  preparePrivateFolder(config.profilePath)
  const port = config.cdpPort ?? (await freePort())
  const complaints = complaintsSince(config.profilePath)
  let child: ChildProcess | undefined
  let onEnd: (exitCode: number | null) => void = () => {}
  let onFailure: (error: Error) => void = () => {}
  const exited = new Promise<number | null>((resolve, reject) => {
    onEnd = resolve
    onFailure = reject
  })
  exited.catch(() => {})
  const launcher = new Launcher(
    {
      chromePath,
      port,
      userDataDir: config.profilePath,
      ignoreDefaultFlags: true,
      chromeFlags: [...ownArgs, ...(config.headless ? ['--headless=new'] : []), ...config.chromiumArgs],
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
        child.once('exit', onEnd).once('error', onFailure)
        return child
      }) as typeof spawn,
    },
  )
  const ready = launcher.launch()
  await Promise.race([ready, exited.then((code) => Promise.reject(endedEarly(code, complaints(), config)))]).catch(
    (error: unknown) => {
      if (error instanceof ArchiverError) throw error
      throw new ArchiverError('browser-unreachable', `${chromePath} could not be started: ${messageOf(error)}`, {
        hint: 'Set "chromiumPath" in config.json to a Chromium-based browser.',
        cause: error,
      })
    },
  )
  child?.unref()
  const endpoint = await endpointAt(port)
  if (!endpoint) {
    throw new ArchiverError('browser-unreachable', `What listens on port ${port} is no browser we can talk to.`, {
      hint: 'Set "cdpPort" in config.json to another port, or leave it out.',
    })
  }
  return {
    kind: 'launched',
    endpoint,
    port,
    exited: exited.then(() => {}),
    terminate: () => void child?.kill('SIGTERM'),
  }
}

/** The browser's path: as given, or looked up as a command, or detected. */
function resolveBrowser(given: string | undefined): string {
  const found = given === undefined ? detectBrowser() : findCommand(given)
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

function preparePrivateFolder(folder: string) {
  try {
    const isNew = !existsSync(folder)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (isNew) chmodSync(folder, 0o700)
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
  return buffer.toString('utf8', 0, readSync(openSync(file, 'r'), buffer, 0, buffer.length, from))
}

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
  if (/existing browser session|profile appears to be in use|SingletonLock/i.test(output) || exitCode === 0) {
    return new ArchiverError('browser-unreachable', `The profile ${config.profilePath} is in use by another browser.`, {
      hint: 'Close that browser, or set "profilePath" in config.json to another folder.',
    })
  }
  const last = output.trim().split('\n').at(-1) ?? ''
  return new ArchiverError('browser-unreachable', `The browser ended at once (exit code ${exitCode}). ${last}`.trim(), {
    hint: `Its own messages are in ${path.join(config.profilePath, 'chrome-err.log')}.`,
  })
}

/** The endpoint a browser offers on a port; undefined when no browser answers there. */
async function endpointAt(port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/json/version`, { signal: AbortSignal.timeout(5_000) })
    const { webSocketDebuggerUrl } = (await answer.json()) as { webSocketDebuggerUrl?: unknown }
    return typeof webSocketDebuggerUrl === 'string' ? webSocketDebuggerUrl : undefined
  } catch {
    return undefined
  }
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
