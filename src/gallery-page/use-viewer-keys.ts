import { useEffect, useRef } from 'preact/hooks'
import { isModified, isWithin } from './keys.ts'
import type { Stage } from './stage.ts'
import { type ViewerAction, viewerAction } from './viewer-keys.ts'

/** Hears the keys that are meant for the picture on the stage. */
export function useViewerKeys(stage: { readonly current: Stage | null }, act: (action: ViewerAction) => void) {
  const latest = useRef(act)
  latest.current = act
  // Not on the dialog: a button that goes away takes the focus with it, out of the dialog.
  useEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (document.querySelector('dialog.confirm[open]')) return
      const press = {
        key: event.key,
        isModified: isModified(event),
        isInField: isWithin(event, 'input, textarea, select'),
        isInPanel: isWithin(event, '.panel'),
      }
      const action = viewerAction(press, stage.current?.isZoomed() ?? false)
      if (action) latest.current(action)
    }
    document.addEventListener('keydown', keyDown)
    return () => document.removeEventListener('keydown', keyDown)
  }, [stage])
}
