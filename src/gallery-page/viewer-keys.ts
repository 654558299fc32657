/** What a key asks of the viewer. */
export type ViewerAction = 'previous' | 'next' | 'toggle-panel' | 'toggle-favourite' | ScreenAction

/** What a key asks of the picture and the room it has. */
export type ScreenAction =
  | 'actual-size'
  | 'zoom-in'
  | 'zoom-out'
  | 'lift-veil'
  | 'toggle-slideshow'
  | 'toggle-full-screen'

const screenKeys: Readonly<Record<string, ScreenAction>> = {
  o: 'actual-size',
  '+': 'zoom-in',
  '=': 'zoom-in',
  '-': 'zoom-out',
  b: 'lift-veil',
  s: 'toggle-slideshow',
  w: 'toggle-full-screen',
}

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
      return Object.hasOwn(screenKeys, press.key) ? screenKeys[press.key] : undefined
  }
}
