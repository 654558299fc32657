import { exitCodes } from '../errors.ts'
import type { Output } from './output.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface Interruption {
  readonly signal: AbortSignal
  readonly exitCode: number
  dispose(): void
}

/**
 * Turns SIGINT, SIGTERM and the closing of the terminal into an abort that lets work finish; a second one ends the
 * program at once.
 *
 * `exitCode` is that of the signal that came, for a command that could finish nothing; `dispose` gives the signals
 * back.
 */
export function untilInterrupted(onFirst: () => void): Interruption {
  const controller = new AbortController()
  let exitCode: number = exitCodes.interrupted
  const stop = (name: NodeJS.Signals) => {
    exitCode = name === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
    if (controller.signal.aborted) process.exit(exitCode)
    onFirst()
    controller.abort()
  }
  for (const name of signals) process.on(name, stop)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    dispose() {
      for (const name of signals) process.off(name, stop)
    },
  }
}

/** Runs work that may be interrupted: then the signal's exit code is its own. The status line goes with it. */
export async function interruptible(
  output: Output,
  onFirst: () => void,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const stop = untilInterrupted(onFirst)
  try {
    return await work(stop.signal)
  } catch (error) {
    if (stop.signal.aborted) return stop.exitCode
    throw error
  } finally {
    output.status('')
    stop.dispose()
  }
}
