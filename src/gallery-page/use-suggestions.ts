import { useEffect, useState } from 'preact/hooks'
import type { Finding, Suggestion } from './finding.ts'

/** Nobody reads what would be proposed for the letters before the last one. */
const typingMs = 90

const none: readonly Suggestion[] = []

/** What the last word of a search may become, while somebody types; none when it cannot be had. */
export function useSuggestions(finding: Finding | null, q: string, isOn: boolean): readonly Suggestion[] {
  const [found, setFound] = useState(none)
  useEffect(() => {
    if (!finding || !isOn || q.trim() === '') {
      setFound(none)
      return
    }
    const controller = new AbortController()
    const ask = () =>
      finding.suggest(q, controller.signal).then(
        (next) => !controller.signal.aborted && setFound(next),
        () => {},
      )
    const timer = setTimeout(ask, typingMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [finding, q, isOn])
  return found
}
