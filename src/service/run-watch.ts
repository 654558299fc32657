import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import { type Clock, realClock } from '../daemon/waiting.ts'
import { messageOf } from '../errors.ts'
import { isWorthARestart, pauseS, startsPerHour } from './restarts.ts'

export interface RunOptions {
  readonly command: readonly [program: string, ...args: string[]]
  /** Where the watch writes what it has to say; to our own streams if left out. */
  readonly log?: string | undefined
  readonly signal: AbortSignal
  onNotice(text: string): void
  readonly clock?: Clock
}

const hourMs = 60 * 60 * 1000

/**
 * Runs a watch and starts it again when it has crashed, for managers that cannot tell exit codes apart.
 *
 * Resolves when a restart would not help, when there were too many, or when `signal` is aborted, which ends the watch.
 */
export async function runWatch(options: RunOptions): Promise<void> {
  const { signal, onNotice, clock = realClock } = options
  const starts: number[] = []
  while (!signal.aborted) {
    starts.push(clock.nowMs())
    const code = await runOnce(options)
    if (signal.aborted || !isWorthARestart(code)) return
    const lately = starts.filter((at) => clock.nowMs() - at < hourMs).length
    if (lately >= startsPerHour) return onNotice(`It ended ${lately} times within an hour; it is not started again.`)
    onNotice(`The watch ended (${code === null ? 'by a signal' : `exit code ${code}`}); it is started again soon.`)
    await clock.sleep(pauseS * 1_000, signal)
  }
}

/** Its exit code; null where a signal ended it, or where it could not be started. */
function runOnce({ command: [program, ...args], log, signal, onNotice }: RunOptions): Promise<number | null> {
  const file = log === undefined ? undefined : openLog(log)
  const said = file ?? 'inherit'
  const child = spawn(program, args, { stdio: ['ignore', said, said], windowsHide: true })
  const stop = () => void child.kill('SIGTERM')
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.once('error', (error) => {
      onNotice(`${program} cannot be started: ${messageOf(error)}`)
      resolve(null)
    })
  }).finally(() => {
    signal.removeEventListener('abort', stop)
    if (file !== undefined) closeSync(file)
  })
}

function openLog(log: string): number {
  mkdirSync(path.dirname(log), { recursive: true })
  return openSync(log, 'a', 0o600)
}
