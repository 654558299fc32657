import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { isModified, isWithin } from './keys.ts'
import type { Selection } from './use-selection.ts'

/** Keys of the whole page: "/" leads into the search field, Esc ends selecting. */
export function useShortcuts(searchRef: RefObject<HTMLInputElement | null>, selection: Selection) {
  // At once, so that a key that follows another finds what that one has changed.
  useLayoutEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (isModified(event) || isWithin(event, 'input, textarea, select, dialog')) return
      if (event.key === '/') {
        event.preventDefault()
        searchRef.current?.focus()
        searchRef.current?.select()
      } else if (event.key === 'Escape' && selection.isOn) selection.stop()
    }
    addEventListener('keydown', keyDown)
    return () => removeEventListener('keydown', keyDown)
  }, [searchRef, selection])
}
