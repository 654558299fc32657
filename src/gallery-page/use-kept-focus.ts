import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

/** Gives an element the keyboard when what had it inside has gone, or was switched off. */
export function useKeptFocus(box: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const element = box.current
    if (!element) return
    let last: Element | null = null
    const note = ({ target }: FocusEvent) => {
      last = target instanceof Element ? target : null
    }
    const look = () => {
      const { activeElement } = document
      const isLost = activeElement === document.body || activeElement === last
      if (last && isLost && (!last.isConnected || last.matches(':disabled'))) element.focus()
    }
    const observer = new MutationObserver(look)
    observer.observe(element, { subtree: true, childList: true, attributeFilter: ['disabled'] })
    element.addEventListener('focusin', note)
    return () => {
      observer.disconnect()
      element.removeEventListener('focusin', note)
    }
  }, [box])
}
