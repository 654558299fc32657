import { setTimeout as pause } from 'node:timers/promises'

/**
 * The first of some promises to resolve, or undefined when we are asked to stop before. Nothing is left listening: a
 * watch of days makes many such races over one signal.
 */
export async function firstOf<T>(signal: AbortSignal, promises: readonly Promise<T>[]): Promise<T | undefined> {
  if (signal.aborted) return undefined
  let stop = () => {}
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([...promises, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Ends early when we are asked to stop. */
export const rest = (ms: number, signal: AbortSignal): Promise<unknown> =>
  pause(ms, undefined, { signal }).catch(() => {})

/** The outcome, or undefined when it takes too long. */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
