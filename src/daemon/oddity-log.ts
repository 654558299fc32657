import { openOddities } from '../archive/oddities.ts'
import type { Oddity } from '../decode/oddity.ts'

/** Notes which kinds of oddities there were, and how often, for whoever asks later. */
export interface OddityLog {
  note(oddity: Oddity): void
  /** Writes what was not written yet. */
  close(): Promise<void>
}

/** So often the disk hears of it. */
const everyMs = 5_000

/** Makes the log of a watch; a disk that refuses is done without. */
export async function createOddityLog(root: string, ready: () => Promise<void>, now: () => Date): Promise<OddityLog> {
  const kept = await openOddities(root, ready)
  const news = new Map<string, { count: number; detail: string; first: Date; last: Date }>()
  const write = async () => {
    const kinds = [...news]
    news.clear()
    for (const [kind, { count, detail, first, last }] of kinds) await kept.add({ kind, count, detail, first, last })
  }
  const timer = setInterval(() => void write().catch(() => {}), everyMs).unref()
  return {
    note({ kind, detail }) {
      const known = news.get(kind) ?? { count: 0, first: now() }
      news.set(kind, { ...known, count: known.count + 1, detail, last: now() })
    },
    async close() {
      clearInterval(timer)
      await write().catch(() => {})
    },
  }
}
