import { type OddityCount, oddityKey, openOddities } from '../archive/oddities.ts'
import type { Oddity } from '../decode/oddity.ts'

/** Notes which kinds of oddities there were, and how often, for whoever asks later. */
export interface OddityLog {
  /** `profile` is the one whose it is, where it is of one alone. */
  note(oddity: Oddity, profile?: string | null): void
  /** Writes what was not written yet. */
  close(): Promise<void>
}

/** So often the disk hears of it. */
const everyMs = 5_000

/** Makes the log of a watch; a disk that refuses is done without. */
export async function createOddityLog(root: string, ready: () => Promise<void>, now: () => Date): Promise<OddityLog> {
  const kept = await openOddities(root, ready)
  const news = new Map<string, OddityCount>()
  const write = async () => {
    const kinds = [...news.values()]
    news.clear()
    for (const one of kinds) await kept.add(one)
  }
  const timer = setInterval(() => void write().catch(() => {}), everyMs).unref()
  return {
    note({ kind, detail }, profile = null) {
      const at = now()
      const { count, first } = news.get(oddityKey({ kind, profile })) ?? { count: 0, first: at }
      news.set(oddityKey({ kind, profile }), { kind, profile, count: count + 1, detail, first, last: at })
    },
    async close() {
      clearInterval(timer)
      await write().catch(() => {})
    },
  }
}
