import type { Wire } from '../browser/wire.ts'

const probeEveryMs = 30_000
const probeTimeoutMs = 15_000

/**
 * Finds out about connections that are dead without saying so, as after the computer slept: two questions unanswered,
 * and the connection is closed, so that a new one is made. Returns what ends the asking.
 */
export function keepProbing(wire: Wire, everyMs = probeEveryMs): () => void {
  let strikes = 0
  const probe = async () => {
    const answer = await wire.send('Browser.getVersion', {}, undefined, probeTimeoutMs).catch(() => undefined)
    strikes = answer ? 0 : strikes + 1
    if (strikes >= 2) await wire.close()
  }
  const timer = setInterval(() => void probe(), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
