import { useLayoutEffect, useRef } from 'preact/hooks'

/** Looks at an element now, and whenever it has another size. */
export function useResize<Box extends HTMLElement>(box: { readonly current: Box | null }, look: (box: Box) => void) {
  const latest = useRef(look)
  latest.current = look
  useLayoutEffect(() => {
    const { current } = box
    if (!current) return
    latest.current(current)
    let frame = 0
    // A frame later, since what is drawn anew while sizes are reported may change them again.
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => latest.current(current))
    })
    observer.observe(current)
    return () => {
      cancelAnimationFrame(frame)
      observer.disconnect()
    }
  }, [box])
}
