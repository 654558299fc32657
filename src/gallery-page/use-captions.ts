import { useEffect, useReducer, useRef } from 'preact/hooks'
import type { Source } from './api.ts'
import type { Shown } from './shown.ts'

const pageSize = 100

/** Prompts of the pictures in view, by id, fetched a page at a time once scrolling rests. */
export function useCaptions(source: Source, shown: Shown, from: number, until: number): ReadonlyMap<string, string> {
  const prompts = useRef(new Map<string, string>())
  const asked = useRef<{ shown: Shown; pages: Set<number> }>({ shown, pages: new Set() })
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    if (until <= from) return
    if (asked.current.shown !== shown) asked.current = { shown, pages: new Set() }
    const { pages } = asked.current
    const timer = setTimeout(async () => {
      for (let page = Math.floor(from / pageSize); page * pageSize < until; page++) {
        if (pages.has(page)) continue
        pages.add(page)
        // A page that cannot be had leaves its pictures without words; the next visit asks again.
        const pictures = await source.pictures(shown.filters, page * pageSize, pageSize).catch(() => {
          pages.delete(page)
          return []
        })
        for (const { id, prompt } of pictures) prompts.current.set(id, prompt ?? '')
        redraw(0)
      }
    }, 100)
    return () => clearTimeout(timer)
  }, [source, shown, from, until])
  return prompts.current
}
