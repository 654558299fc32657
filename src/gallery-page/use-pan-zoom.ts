import { useEffect, useState } from 'preact/hooks'
import { gripOf, type Look, type Point, panned, whole, zoomed } from './pan-zoom.ts'

/** One look at all pictures of a comparison, and what changes it. */
export interface PanZoom {
  readonly look: Look
  zoom(factor: number): void
  pan(x: number, y: number): void
  reset(): void
}

const frameSelector = '.frame'

const pointOf = ({ clientX, clientY }: MouseEvent): Point => ({ x: clientX, y: clientY })

/** A place counted from the middle of a frame, in widths and heights of it. */
function placeIn(frame: Element, { x, y }: Point) {
  const { left, top, width, height } = frame.getBoundingClientRect()
  return { at: { x: (x - left) / width - 0.5, y: (y - top) / height - 0.5 }, width, height }
}

/** Wheel, pointer and two fingers over any frame inside an element move the look of all. */
export function usePanZoom(box: { readonly current: HTMLElement | null }): PanZoom {
  const [look, setLook] = useState(whole)
  useEffect(() => {
    const element = box.current
    if (!element) return
    // All fingers count in the frame of the first, even where others are in the next one.
    const fingers = new Map<number, Point>()
    let frame: Element | null = null
    const frameOf = ({ target }: Event) => (target instanceof Element ? target.closest(frameSelector) : null)
    const wheel = (event: WheelEvent) => {
      const under = frameOf(event)
      if (!under) return
      event.preventDefault()
      const { at } = placeIn(under, pointOf(event))
      setLook((now) => zoomed(now, Math.exp(-event.deltaY / 400), at))
    }
    const down = (event: PointerEvent) => {
      const under = frameOf(event)
      if (!under || event.button !== 0 || fingers.size === 2) return
      under.setPointerCapture(event.pointerId)
      if (fingers.size === 0) frame = under
      fingers.set(event.pointerId, pointOf(event))
    }
    const move = (event: PointerEvent) => {
      if (!frame || !fingers.has(event.pointerId)) return
      const before = gripOf(fingers.values())
      fingers.set(event.pointerId, pointOf(event))
      const after = gripOf(fingers.values())
      const { at, width, height } = placeIn(frame, before)
      setLook((now) => {
        const near = zoomed(now, after.spread / before.spread, at)
        return panned(near, (after.x - before.x) / width, (after.y - before.y) / height)
      })
    }
    const up = ({ pointerId }: PointerEvent) => void fingers.delete(pointerId)
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
