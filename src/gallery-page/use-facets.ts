import { useEffect, useState } from 'preact/hooks'
import type { Facets, Finding } from './finding.ts'
import type { Shown } from './shown.ts'

/** Counting waits until somebody rests. */
const restMs = 250

/** How many of the pictures shown are what; null while it is not known. */
export function useFacets(finding: Finding | null, shown: Shown | null): Facets | null {
  const [counted, setCounted] = useState<{ readonly facets: Facets; readonly shown: Shown } | null>(null)
  useEffect(() => {
    if (!finding || !shown) return
    const controller = new AbortController()
    const ask = () =>
      finding.facets(shown.filters, controller.signal).then(
        (facets) => !controller.signal.aborted && setCounted({ facets, shown }),
        () => {},
      )
    const timer = setTimeout(ask, restMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [finding, shown])
  return counted !== null && counted.shown === shown ? counted.facets : null
}
