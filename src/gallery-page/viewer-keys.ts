/** What a key asks of the viewer. */
export type ViewerAction = 'previous' | 'next' | 'toggle-panel' | 'toggle-favourite'

/** A key, and where it was pressed. */
export interface KeyPress {
  readonly key: string
  /** With Ctrl, Alt or Meta: it is meant for the browser. */
  readonly isModified: boolean
  readonly isInField: boolean
  readonly isInPanel: boolean
}

/**
 * What a key does while a picture is looked at.
 *
 * Esc is the dialog's own; z and the moving of a zoomed picture are PhotoSwipe's.
 */
export function viewerAction(press: KeyPress, isZoomed: boolean): ViewerAction | undefined {
  if (press.isModified || press.isInField) return undefined
  // In the panel arrows scroll.
  const canTurn = !press.isInPanel && !isZoomed
  switch (press.key) {
    case 'ArrowLeft':
      return canTurn ? 'previous' : undefined
    case 'ArrowRight':
      return canTurn ? 'next' : undefined
    case 'i':
      return 'toggle-panel'
    case 'f':
      return 'toggle-favourite'
    default:
      return undefined
  }
}
