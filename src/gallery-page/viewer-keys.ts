import type { Stage } from './stage.ts'

interface Actions {
  readonly stage: { readonly current: Stage | null }
  togglePanel(): void
  toggleFavourite(): void
}

const isWithin = (event: Event, selector: string) =>
  event.target instanceof Element && event.target.closest(selector) !== null

/**
 * What keys do while a picture is looked at; Esc is the dialog's own, z and the moving of a zoomed picture
 * PhotoSwipe's.
 */
export function viewerKeys({ stage, togglePanel, toggleFavourite }: Actions): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isWithin(event, 'input, textarea, select')) return
    if (document.querySelector('dialog.confirm[open]')) return
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowRight':
        // In the panel arrows scroll.
        if (!isWithin(event, '.panel') && !stage.current?.isZoomed())
          stage.current?.go(event.key === 'ArrowLeft' ? -1 : 1)
        break
      case 'i':
        togglePanel()
        break
      case 'f':
        toggleFavourite()
        break
    }
  }
}
