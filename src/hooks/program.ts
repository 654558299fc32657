import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../errors.ts'

export interface ProgramOptions {
  /** The program and its arguments, each as it is: no shell reads them. */
  readonly command: readonly string[]
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
  /** For its standard input; it need not read it. */
  readonly input: string
  readonly timeoutMs: number
  /** How long it may take to end when it is asked to. */
  readonly graceMs: number
  /** Aborted to end it before its time. */
  readonly signal: AbortSignal
}

/** "unstartable": there is no such program, or it may not be run, which the next picture would not change. */
export type Outcome =
  | { readonly kind: 'done' | 'aborted' }
  | { readonly kind: 'failed' | 'unstartable'; readonly reason: string }

/**
 * Runs a program with all it starts, for a limited time; then it is asked to end (SIGTERM), and made to (SIGKILL). Of
 * what it prints, the last line it complained with is looked at, and nothing kept.
 *
 * Errors  none: how it ended is the outcome.
 */
export async function runProgram(options: ProgramOptions): Promise<Outcome> {
  const { input, timeoutMs, graceMs, signal } = options
  const child = start(options)
  if ('kind' in child) return child
  const killNow = () => signalAll(child, 'SIGKILL')
  // A program of its own group would outlive us.
  process.once('exit', killNow)
  const [ended, lastLine] = [endOf(child), lastLineOf(child)]
  child.stdin?.on('error', () => {}).end(input)
  try {
    const outcome = await within(ended, timeoutMs, signal)
    if (outcome)
      return outcome.kind === 'failed' ? { ...outcome, reason: outcome.reason + (await lastLine()) } : outcome
    await stop(child, ended, graceMs)
    return signal.aborted
      ? { kind: 'aborted' }
      : { kind: 'failed', reason: `took more than ${timeoutMs / 1_000} s and was stopped` }
  } finally {
    process.off('exit', killNow)
    for (const stream of [child.stdin, child.stderr]) stream?.destroy()
  }
}

/** Windows has no groups of processes; there it stays one of ours. */
const hasGroups = process.platform !== 'win32'

function start({ command: [program = '', ...args], folder, environment }: ProgramOptions): ChildProcess | Outcome {
  try {
    return spawn(program, args, {
      cwd: folder,
      env: environment,
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: hasGroups,
      windowsHide: true,
    })
  } catch (error) {
    return { kind: 'unstartable', reason: startWords(error) }
  }
}

const startWords = (error: unknown) => `cannot be started: ${messageOf(error)}`

const endOf = (child: ChildProcess) =>
  new Promise<Outcome>((resolve) => {
    child.on('error', (error) => resolve({ kind: 'unstartable', reason: startWords(error) }))
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? { kind: 'done' } : { kind: 'failed', reason: `ended with ${signal ?? code}` }),
    )
  })

const maxLineChars = 200
const lastWordsMs = 1_000

/** The last line of what a program complained with, for a message: `: no space left`. */
function lastLineOf(child: ChildProcess): () => Promise<string> {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-maxLineChars)
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  return async () => {
    // Whatever it has left running may hold the pipe open.
    await Promise.race([closed, pause(lastWordsMs)])
    const line = text.trim().split('\n').at(-1)?.trim()
    return line ? `: ${line}` : ''
  }
}

/** What a promise comes to, or undefined when the time is up or nobody waits any more. */
async function within<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T | undefined> {
  const over = new AbortController()
  const waiting = pause(ms, undefined, { signal: AbortSignal.any([over.signal, signal]) }).catch(() => undefined)
  try {
    return await Promise.race([work, waiting])
  } finally {
    over.abort()
  }
}

/** Ends a program and all it has started; one that even the system cannot end is left behind. */
async function stop(child: ChildProcess, ended: Promise<unknown>, graceMs: number): Promise<void> {
  signalAll(child, 'SIGTERM')
  await Promise.race([ended, pause(graceMs)])
  // What it has started may go on without it.
  signalAll(child, 'SIGKILL')
  await Promise.race([ended, pause(graceMs)])
  child.unref()
}

function signalAll({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    if (hasGroups) process.kill(-pid, signal)
    else
      spawn(taskkill(), ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true }).on('error', () => {})
  } catch {
    // It is gone.
  }
}

const taskkill = () => path.join(process.env.SYSTEMROOT ?? 'C:\\Windows', 'System32', 'taskkill.exe')
