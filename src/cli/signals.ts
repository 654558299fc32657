import { exitCodes } from '../errors.ts'

/**
 * Turns SIGINT and SIGTERM into an abort that lets work finish; a second one ends the program at once.
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
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    },
  }
}
