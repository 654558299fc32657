import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { type Layout, rowOf } from './layout.ts'
import type { Shown } from './shown.ts'
import type { Rows } from './use-rows.ts'

/** Moves the keyboard to a picture, which may have to be scrolled to and drawn first. */
export function useFocus(
  box: { readonly current: HTMLElement | null },
  layout: Layout,
  shown: Shown,
  rows: Rows,
  setActiveId: (id: string) => void,
) {
  const wanted = useRef<string | null>(null)
  useLayoutEffect(() => {
    if (wanted.current === null) return
    const link = box.current?.querySelector<HTMLElement>(`a[data-id="${CSS.escape(wanted.current)}"]`)
    if (!link) return
    wanted.current = null
    link.focus({ preventScroll: true })
  })
  return (index: number) => {
    const id = shown.idAt(index)
    wanted.current = id
    setActiveId(id)
    rows.scrollTo(rowOf(layout, index))
    const link = box.current?.querySelector<HTMLElement>(`a[data-id="${CSS.escape(id)}"]`)
    link?.focus({ preventScroll: true })
    // Asked for once: by the next drawing the keyboard may be elsewhere.
    if (link && link === document.activeElement) wanted.current = null
  }
}

/** Gives the keyboard back to a picture that was drawn anew in another row, or to the one in its place. */
export function useFocusKept(box: { readonly current: HTMLElement | null }, activeId: string) {
  const hadFocus = box.current?.contains(document.activeElement) ?? false
  useLayoutEffect(() => {
    if (!hadFocus || box.current?.contains(document.activeElement)) return
    box.current?.querySelector<HTMLElement>(`a[data-id="${CSS.escape(activeId)}"]`)?.focus({ preventScroll: true })
  })
}

/** Lets Tab enter the grid where it is looked at, unless the keyboard is in it already. */
export function useFirstInView(
  box: { readonly current: HTMLElement | null },
  layout: Layout,
  shown: Shown,
  rows: Rows,
  setActiveId: (id: string) => void,
) {
  const { from } = rows.inView
  useEffect(() => {
    if (box.current?.contains(document.activeElement)) return
    const timer = setTimeout(() => {
      if (!box.current?.contains(document.activeElement)) setActiveId(shown.idAt(layout.first[from] ?? 0))
    }, 200)
    return () => clearTimeout(timer)
  }, [box, layout, shown, from, setActiveId])
}
