import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { type Layout, rowAt, rowOf } from './layout.ts'
import type { Shown } from './shown.ts'
import { filterParams } from './state.ts'

/**
 * Keeps the picture a person looks at where it is when the rows around it change – pictures arrived, the window was
 * resized – and goes to the top when something else is looked for.
 */
export function useAnchor(shown: Shown, layout: Layout, box: RefObject<HTMLElement | null>) {
  const anchor = useRef<{ id: string; offsetPx: number } | null>(null)
  const query = filterParams(shown.filters).toString()
  const known = useRef({ layout, query })
  const boxTop = () => box.current?.getBoundingClientRect().top ?? 0

  useLayoutEffect(() => {
    const before = known.current
    known.current = { layout, query }
    if (before.query !== query) {
      window.scrollTo(0, 0)
      return
    }
    if (before.layout === layout || !anchor.current) return
    const index = shown.indexOf(anchor.current.id)
    if (index < 0) return
    const top = boxTop() + (layout.top[rowOf(layout, index)] ?? 0)
    if (Math.abs(top - anchor.current.offsetPx) > 1) window.scrollBy(0, top - anchor.current.offsetPx)
  }, [shown, layout, query])

  useEffect(() => {
    const look = () => {
      // At the very top new pictures shall be seen.
      if (window.scrollY < 40) {
        anchor.current = null
        return
      }
      const top = boxTop()
      const row = rowAt(layout, 120 - top)
      const first = layout.first[row] ?? 0
      anchor.current = { id: shown.idAt(first), offsetPx: top + (layout.top[row] ?? 0) }
    }
    look()
    addEventListener('scroll', look, { passive: true })
    return () => removeEventListener('scroll', look)
  }, [shown, layout])
}
