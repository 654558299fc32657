import { useLayoutEffect } from 'preact/hooks'
import { maxCompared } from './compare.tsx'
import { Icon } from './icons.tsx'
import { isModified, isWithin } from './keys.ts'
import { idsOf, type Shown } from './shown.ts'
import { countOf } from './words.ts'

interface Props {
  readonly shown: Shown
  readonly isSelecting: boolean
  compare(ids: readonly string[]): void
  back(): void
}

/** Says that variants of one picture are shown, and leads back to all. */
export function VariantsBar({ shown, isSelecting, compare, back }: Props) {
  // At once, so that a key that follows another finds what that one has changed.
  useLayoutEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || isSelecting || isModified(event)) return
      if (!isWithin(event, 'input, textarea, select, dialog')) back()
    }
    addEventListener('keydown', keyDown)
    return () => removeEventListener('keydown', keyDown)
  }, [isSelecting])
  const canCompare = shown.count > 1 && shown.count <= maxCompared
  return (
    <div class="variants-bar">
      <button type="button" class="action" onClick={back}>
        <Icon name="previous" /> All pictures
      </button>
      <p role="status">{countOf(shown.count, 'variant')}</p>
      {canCompare && (
        <button type="button" class="action" title="Compare (c)" onClick={() => compare(idsOf(shown))}>
          <Icon name="compare" /> Compare
        </button>
      )}
    </div>
  )
}
