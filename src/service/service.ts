import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { remove, writeOver } from '../archive/files.ts'
import { ensureFolder } from '../archive/folders.ts'
import type { Config } from '../config.ts'
import { ArchiverError } from '../errors.ts'
import { launchdManager } from './launchd.ts'
import {
  type Command,
  checkSettings,
  type Manager,
  type ServiceSettings,
  type ServiceState,
  serviceName,
} from './settings.ts'
import { isDesktopManaged, systemdManager } from './systemd.ts'
import { taskManager } from './task-scheduler.ts'

/** A machine as far as a service depends on it; handed in, so that each platform can be tried on any other. */
export interface Host {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly user: string
  /** The folder of this command. */
  readonly cwd: string
  readonly node: string
  /** Our own program. */
  readonly program: string
}

/** The machine we run on. */
export function thisHost(): Host {
  const { uid, username } = userInfo()
  const domain = process.env.USERDOMAIN
  return {
    ...{ platform: process.platform, home: homedir(), env: process.env, uid },
    user: domain ? `${domain}\\${username}` : username,
    cwd: process.cwd(),
    node: process.execPath,
    program: fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)),
  }
}

export interface WantedService {
  readonly config: Pick<Config, 'archivePath' | 'headless' | 'attach'>
  /** The options of the watch, with absolute paths. */
  readonly args: readonly string[]
  readonly folder: string
}

/**
 * How the platform keeps the service of an archive.
 *
 * Errors  ArchiverError "usage" on a platform without a manager we know, for a program that may be gone tomorrow, and
 *         for paths that cannot be written down.
 */
export async function managerFor(wanted: WantedService, host: Host = thisHost()): Promise<Manager> {
  const { platform, home, env, uid, user } = host
  const settings = settingsOf(wanted, host)
  checkSettings(settings)
  switch (platform) {
    case 'darwin':
      return launchdManager(settings, home, uid)
    case 'win32':
      return taskManager(settings, windowsFolder(host), user)
    case 'linux': {
      const isGraphical = settings.isGraphical && (await run(isDesktopManaged)).isDone
      return systemdManager({ ...settings, isGraphical }, env.XDG_CONFIG_HOME || path.join(home, '.config'))
    }
    default:
      throw new ArchiverError('usage', `No service can be installed on this platform (${platform}).`, {
        hint: 'Start dalle-archiver with your session in the way your desktop offers.',
      })
  }
}

function settingsOf({ config, args, folder }: WantedService, host: Host): ServiceSettings {
  const { platform, home, env, cwd, node, program } = host
  const variables = settingsOfEnvironment(env)
  refuseTemporary(program)
  const name = serviceName(config.archivePath)
  const logs = platform === 'win32' ? windowsFolder(host) : path.posix.join(home, 'Library', 'Logs', 'dalle-archiver')
  const log = (platform === 'win32' ? path.win32 : path.posix).join(logs, `${name}.log`)
  // launchd gives us its log as our streams; elsewhere without a journal we open it ourselves.
  const restarting = platform === 'win32' ? ['service', 'run', '--log', log] : ['service', 'run']
  const verb = platform === 'linux' ? ['watch'] : restarting
  return {
    ...{ name, archive: config.archivePath, log },
    // Paths in variables are relative to where the command runs.
    folder: Object.keys(variables).length > 0 ? cwd : folder,
    command: [node, program, ...verb, ...args],
    environment: { PATH: env.PATH ?? '', ...variables },
    isGraphical: !config.headless && config.attach === undefined,
  }
}

/** What holds for this command by the environment holds for the service, which starts in another. */
const settingsOfEnvironment = (env: Host['env']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((one): one is [string, string] => one[0].startsWith('DALLE_ARCHIVER_') && !!one[1]),
  )

const windowsFolder = ({ env, home }: Host) =>
  path.win32.join(env.LOCALAPPDATA || path.win32.join(home, 'AppData', 'Local'), 'dalle-archiver')

/** Errors: ArchiverError "usage" for a program in a cache of npx and the like, from which it may vanish any day. */
export function refuseTemporary(program: string): void {
  if (!/[\\/](_npx|dlx-[^\\/]*)[\\/]/.test(program)) return
  throw new ArchiverError('usage', `This program lies in a cache that is emptied now and then: ${program}`, {
    hint: 'Install it first (npm install -g dalle-archiver), then run: dalle-archiver service install',
  })
}

/**
 * Installs the service and starts it; one that was there is replaced.
 *
 * Errors  ArchiverError: "usage" without a manager, "unexpected" when it refuses; then nothing is left of it.
 */
export async function install(manager: Manager): Promise<void> {
  const { isDone, failure } = await run(manager.probe)
  if (!isDone) {
    throw new ArchiverError('usage', `${manager.probe[0]} is not at work in this session: ${failure}`, {
      hint: 'Run this in your desktop session, or start dalle-archiver with it in the way your desktop offers.',
    })
  }
  await stop(manager)
  await ensureFolder(path.dirname(manager.file))
  await writeOver(manager.file, manager.bytes)
  for (const command of manager.install) {
    const { isDone, failure } = await run(command)
    if (isDone) continue
    await uninstall(manager)
    throw new ArchiverError('unexpected', `${command.join(' ')} failed: ${failure}`, {
      hint: 'Nothing was installed. "dalle-archiver service install --dry-run" shows what would be.',
    })
  }
}

const [stopTries, stopPauseMs] = [40, 500]

/** Ends a service that is to be replaced; a watch takes some seconds to end, and some managers do not wait for it. */
async function stop(manager: Manager): Promise<void> {
  await runAll(manager.before)
  for (let tries = 0; tries < stopTries && (await stateOf(manager)).isRunning; tries++) await pause(stopPauseMs)
}

/** Whether there is a service of this archive. */
export const isInstalled = ({ file }: Manager): boolean => existsSync(file)

/** Stops the service and removes it, as far as there is anything. */
export async function uninstall(manager: Manager): Promise<void> {
  await runAll(manager.remove)
  await remove(manager.file)
  await runAll(manager.afterRemove)
}

/** What the platform says of it. */
export async function stateOf(manager: Manager): Promise<ServiceState> {
  const { isDone, printed } = await run(manager.state)
  return manager.stateIn(isDone ? printed : undefined)
}

const tailBytes = 64 * 1024
const tailLines = 200

/**
 * The last lines it has written.
 *
 * Errors  ArchiverError "unexpected" when the platform's journal cannot be read.
 */
export async function logsOf({ logs }: Manager): Promise<string[]> {
  if (typeof logs === 'string') return linesIn(await tailOf(logs))
  const { isDone, printed, failure } = await run(logs)
  if (isDone) return linesIn(printed)
  throw new ArchiverError('unexpected', `${logs[0]} failed: ${failure}`)
}

const linesIn = (text: string) =>
  text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .slice(-tailLines)

async function tailOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return ''
  try {
    const from = Math.max(0, (await handle.stat()).size - tailBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(tailBytes), 0, tailBytes, from)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

interface Ran {
  readonly isDone: boolean
  readonly printed: string
  /** Why it failed, in one line. */
  readonly failure: string
}

const longestMs = 60_000

function run([program, ...args]: Command): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { timeout: longestMs, windowsHide: true, maxBuffer: 16 * 1024 * 1024 }
    execFile(program, args, options, (error, stdout, stderr) => {
      const failure = (stderr.trim() || error?.message || '').split('\n')[0] ?? ''
      resolve({ isDone: error === null, printed: stdout, failure })
    })
  })
}

async function runAll(commands: readonly Command[]): Promise<void> {
  for (const command of commands) await run(command)
}
