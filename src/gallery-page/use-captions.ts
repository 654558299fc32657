import { useEffect, useReducer, useRef } from 'preact/hooks'
import type { Picture, Source } from './api.ts'
import type { Shown } from './shown.ts'

const pageSize = 100

/** What the grid says of a picture, and what it needs to let it be dragged out. */
export type Caption = Pick<Picture, 'id' | 'prompt' | 'image' | 'mime'>

/** Captions of the pictures in view, by id, fetched a page at a time once scrolling rests. */
export function useCaptions(source: Source, shown: Shown, from: number, until: number): ReadonlyMap<string, Caption> {
  const captions = useRef(new Map<string, Caption>())
  const asked = useRef<{ shown: Shown; pages: Set<number> }>({ shown, pages: new Set() })
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    if (until <= from) return
    if (asked.current.shown !== shown) asked.current = { shown, pages: new Set() }
    const { pages } = asked.current
    const timer = setTimeout(async () => {
      for (const page of pagesWithout(captions.current, shown, from, until)) {
        if (pages.has(page)) continue
        pages.add(page)
        // A page that cannot be had leaves its pictures without words; the next visit asks again.
        const pictures = await source.pictures(shown.filters, page * pageSize, pageSize).catch(() => {
          pages.delete(page)
          return []
        })
        for (const { id, prompt, image, mime } of pictures) captions.current.set(id, { id, prompt, image, mime })
        redraw(0)
      }
    }, 100)
    return () => clearTimeout(timer)
  }, [source, shown, from, until])
  return captions.current
}

/** The pages, of what the filters find, that hold pictures between two indexes whose words are not known. */
function pagesWithout(captions: ReadonlyMap<string, Caption>, shown: Shown, from: number, until: number): Set<number> {
  const pages = new Set<number>()
  for (let index = from; index < until; index++) {
    if (!captions.get(shown.idAt(index))?.prompt) pages.add(Math.floor(shown.hitAt(index) / pageSize))
  }
  return pages
}
