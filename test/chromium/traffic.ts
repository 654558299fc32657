import type { Wire } from '../../src/browser/wire.ts'

/** Listens to what passes between a browser and a watch. */
export interface Traffic {
  /** The same wire, listened to. */
  over(wire: Wire): Wire
  /**
   * Waits until nothing has passed for so long and no command waits for its answer. Whoever wants to see that nothing
   * happens can only wait; what may still come follows the last event within these moments (a body is fetched 15 ms
   * after the last traffic, and a failed try repeated after 50, then 250). A page that never ends to speak is left
   * after a while.
   */
  calm(silentMs?: number): Promise<void>
}

export function createTraffic(): Traffic {
  let lastAt = performance.now()
  let unanswered = 0
  const heard = () => {
    lastAt = performance.now()
  }
  return {
    over(wire) {
      wire.onEvent(heard)
      return {
        ...wire,
        send(...command) {
          heard()
          unanswered += 1
          return wire.send(...command).finally(() => {
            heard()
            unanswered -= 1
          })
        },
      }
    },
    async calm(silentMs = 350) {
      const endsAt = performance.now() + Math.max(1_200, 2 * silentMs)
      const isCalm = () => unanswered === 0 && performance.now() - lastAt >= silentMs
      lastAt = performance.now()
      while (!isCalm() && performance.now() < endsAt) await new Promise((resolve) => setTimeout(resolve, 10))
    },
  }
}
