import type { Clock } from '../../src/daemon/waiting.ts'

/** A clock that stands still until a test lets time pass. */
export interface FakeClock extends Clock {
  /** Lets so much time pass; whoever wakes goes on until there is nothing left but to wait. */
  pass(ms: number): Promise<void>
}

/** Lets everything go on that waits for promises alone. */
export const idle = () => new Promise<void>((resolve) => setImmediate(resolve))

export function createFakeClock(): FakeClock {
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()
  let now = 0
  return {
    nowMs: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper = { at: now + ms, wake }
        sleepers.add(sleeper)
        if (signal?.aborted) wake()
        else signal?.addEventListener('abort', wake, { once: true })
      }),
    async pass(ms) {
      const end = now + ms
      await idle()
      for (;;) {
        const [next] = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        now = next.at
        next.wake()
        await idle()
      }
      now = end
    },
  }
}
