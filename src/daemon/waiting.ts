import { setTimeout as pause } from 'node:timers/promises'

/** The time, and a way to let it pass; handed in, so that a test need not wait. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  nowMs(): number
  /** Resolves when so many milliseconds are over, or at once when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The time that passes for everybody. */
export const realClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => pause(ms, undefined, signal && { signal }).catch(() => {}),
}

/** The first outcome, or undefined when `signal` is aborted before; leaves no listener on the signal. */
export async function orAborted<T>(signal: AbortSignal, ...works: readonly Promise<T>[]): Promise<T | undefined> {
  if (signal.aborted) return undefined
  let onAbort = () => {}
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined)
  })
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([...works, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** The outcome, or undefined when it takes too long. */
export async function within<T>(work: Promise<T>, timeoutMs: number, clock = realClock): Promise<T | undefined> {
  const over = new AbortController()
  const late = clock.sleep(timeoutMs, over.signal).then(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}
