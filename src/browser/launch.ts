import { chmodSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Config } from '../config.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import { adopt } from './adopt.ts'
import { attach, endpointAt } from './attach.ts'
import type { Browser, BrowserEnd } from './browser.ts'
import { complaintsSince, endedEarly, profileInUse } from './complaints.ts'
import { findBrowser } from './find.ts'
import { endpointOfPipe } from './pipe.ts'
import { parseAttachTarget } from './running.ts'
import { forgetSession, noteSession, processOfProfile } from './session.ts'
import { startProcess } from './start-process.ts'
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

async function launch(config: Config, { restores = false }: LaunchOptions): Promise<Browser> {
  const chromePath = findBrowser(config.chromiumPath)
  preparePrivateFolder(config.profilePath)
  if (processOfProfile(config.profilePath) !== undefined) throw profileInUse(config)
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
