import { saveTotals } from './totals.ts'

/** What it needs to know of the archive it follows. */
interface Followed {
  readonly root: string
  onRecord(listener: () => void): () => void
}

/** When a run has lasted so long, an archive that was never counted is counted beside it, slowly. */
const firstAfterMs = 60_000
const restMs = 50
/** What changed is counted so often, and when the archive is closed. */
const everyMs = 10 * 60_000
/** After so many new pictures counting takes longer than anybody wants to wait for the end. */
const maxAtEnd = 500

/** Keeps the tallies true to the archive, so that nobody who asks for them has to read every record. */
export function followTotals({ root, onRecord }: Followed) {
  const closing = new AbortController()
  let [news, isCounted] = [0, false]
  let counting: Promise<void> = Promise.resolve()
  const count = (pauseMs: number) => {
    news = 0
    isCounted = true
    counting = counting.then(() => saveTotals(root, pauseMs, closing.signal))
  }
  const forget = onRecord(() => {
    news += 1
  })
  const first = setTimeout(() => count(restMs), firstAfterMs).unref()
  const timer = setInterval(() => news > 0 && count(restMs), everyMs).unref()
  return {
    async close() {
      forget()
      clearTimeout(first)
      clearInterval(timer)
      closing.abort()
      await counting
      if (news > 0 && news <= maxAtEnd && isCounted) await saveTotals(root)
    },
  }
}
