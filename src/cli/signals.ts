import { exitCodes } from '../errors.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Turns SIGINT, SIGTERM and the closing of the terminal into an abort that lets work finish; a second one ends the program at once.
 *
 * `dispose` gives the signals back.
 */
export function untilInterrupted(onFirst: () => void): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated)
    onFirst()
    controller.abort()
  }
  for (const name of signals) process.on(name, stop)
  return {
    signal: controller.signal,
    dispose() {
      for (const name of signals) process.off(name, stop)
    },
  }
}
