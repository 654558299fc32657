import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder } from './folder.ts'
import { hasSystemd } from './programs.ts'
import { until } from './until.ts'

/** A user manager of systemd that really runs. */
export interface UserManager {
  /** Runs a command as somebody in its session would. */
  run(program: string, ...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string }
  close(): Promise<void>
}

const states = ['running', 'degraded']
const stateOf = (env: NodeJS.ProcessEnv) =>
  spawnSync('systemctl', ['--user', 'is-system-running'], { env, encoding: 'utf8' }).stdout?.trim() ?? ''

const isOwnThere = hasSystemd && states.includes(stateOf(process.env))
const mounts = ['-m', '--propagation', 'private']
const canHaveOne = hasSystemd && spawnSync('unshare', [...mounts, 'true']).status === 0 && process.getuid?.() === 0

/** Whether tests can have one: that of the session, or, for root, one in a namespace of its own. */
export const hasUserManager = isOwnThere || canHaveOne

if (!hasUserManager) console.warn('Left out: tests of a service that is really started (no user manager of systemd)')

/** systemd runs only where the system was started with it, or seems to have been. */
const startScript = `mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec /lib/systemd/systemd --user`

export async function startUserManager(): Promise<UserManager> {
  if (isOwnThere) return { run: runner([], process.env), close: async () => {} }
  const [home, runtime] = [temporaryFolder(), path.join(temporaryFolder(), 'run')]
  mkdirSync(runtime, { mode: 0o700 })
  const { DBUS_SESSION_BUS_ADDRESS, ...rest } = process.env
  const env = { ...rest, HOME: home, XDG_CONFIG_HOME: path.join(home, '.config'), XDG_RUNTIME_DIR: runtime }
  const manager = spawn('unshare', [...mounts, 'sh', '-c', startScript], { env, stdio: 'ignore' })
  const run = runner(['nsenter', '--mount', '--target', String(manager.pid)], env)
  const ended = new Promise((resolve) => manager.once('exit', resolve))
  await until(() => states.includes(run('systemctl', '--user', 'is-system-running').out.trim()) || undefined)
  return {
    run,
    async close() {
      manager.kill('SIGTERM')
      await ended
    },
  }
}

const runner =
  (within: readonly string[], env: NodeJS.ProcessEnv): UserManager['run'] =>
  (...command) => {
    const [program = '', ...args] = [...within, ...command]
    const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' })
    return { code: status, out: stdout, err: stderr }
  }
