import { useEffect, useRef, useState } from 'preact/hooks'
import { nextSlide, type SlideOrder } from './slide-order.ts'

/** Seconds a picture may stand. */
export const paces = [3, 5, 8, 15, 30] as const

/** Pictures that turn by themselves. */
export interface Slideshow {
  readonly isOn: boolean
  readonly paceSeconds: number
  readonly order: SlideOrder
  toggle(): void
  setPace(seconds: number): void
  setOrder(order: SlideOrder): void
}

/** Turns to the next picture when this one has stood long enough, as long as the page is seen. */
export function useSlideshow(index: number, count: number, turnTo: (index: number) => void): Slideshow {
  const [isOn, setOn] = useState(false)
  const [paceSeconds, setPace] = useState<number>(5)
  const [order, setOrder] = useState<SlideOrder>('forward')
  const seen = useRef(new Set<number>())
  useEffect(() => {
    if (!isOn) {
      seen.current.clear()
      return
    }
    if (seen.current.size >= count - 1) seen.current.clear()
    seen.current.add(index)
    const timer = setInterval(() => {
      if (!document.hidden) turnTo(nextSlide(index, count, order, seen.current))
    }, paceSeconds * 1000)
    return () => clearInterval(timer)
  }, [isOn, index, count, order, paceSeconds])
  return { isOn, paceSeconds, order, toggle: () => setOn(!isOn), setPace, setOrder }
}
