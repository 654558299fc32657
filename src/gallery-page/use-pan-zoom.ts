import { useEffect, useRef, useState } from 'preact/hooks'
import { type Look, panned, whole, zoomed } from './pan-zoom.ts'

/** One look at all pictures of a comparison, and what changes it. */
export interface PanZoom {
  readonly look: Look
  zoom(factor: number): void
  pan(x: number, y: number): void
  reset(): void
}

const frameSelector = '.frame'

/** Wheel and pointer over any frame inside an element move the look of all. */
export function usePanZoom(box: { readonly current: HTMLElement | null }): PanZoom {
  const [look, setLook] = useState(whole)
  const last = useRef<{ x: number; y: number } | null>(null)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const frameOf = ({ target }: Event) => (target instanceof Element ? target.closest(frameSelector) : null)
    const wheel = (event: WheelEvent) => {
      const frame = frameOf(event)
      if (!frame) return
      event.preventDefault()
      const { left, top, width, height } = frame.getBoundingClientRect()
      const at = { x: (event.clientX - left) / width - 0.5, y: (event.clientY - top) / height - 0.5 }
      setLook((now) => zoomed(now, Math.exp(-event.deltaY / 400), at))
    }
    const down = (event: PointerEvent) => {
      const frame = frameOf(event)
      if (!frame || event.button !== 0) return
      frame.setPointerCapture(event.pointerId)
      last.current = { x: event.clientX, y: event.clientY }
    }
    const move = (event: PointerEvent) => {
      const frame = frameOf(event)
      if (!last.current || !frame) return
      const { width, height } = frame.getBoundingClientRect()
      const by = { x: (event.clientX - last.current.x) / width, y: (event.clientY - last.current.y) / height }
      last.current = { x: event.clientX, y: event.clientY }
      setLook((now) => panned(now, by.x, by.y))
    }
    const up = () => {
      last.current = null
    }
    const controller = new AbortController()
    const { signal } = controller
    element.addEventListener('wheel', wheel, { passive: false, signal })
    element.addEventListener('pointerdown', down, { signal })
    element.addEventListener('pointermove', move, { signal })
    element.addEventListener('pointerup', up, { signal })
    element.addEventListener('pointercancel', up, { signal })
    return () => controller.abort()
  }, [box])
  return {
    look,
    zoom: (factor) => setLook((now) => zoomed(now, factor)),
    pan: (x, y) => setLook((now) => panned(now, x, y)),
    reset: () => setLook(whole),
  }
}
