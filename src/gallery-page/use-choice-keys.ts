import { useEffect, useRef } from 'preact/hooks'
import { isModified, isWithin } from './keys.ts'
import { choiceOfKey, type Rating } from './rating.ts'
import type { Choosing } from './use-choosing.ts'

/** What the keys mean at a place of the page. */
interface Place {
  readonly choosing: Choosing | null
  /** Whether f makes a favourite; the viewer hears that itself. */
  readonly hearsFavourite?: boolean
  /** The pictures a key is about, and the rating of the one that decides; undefined where there is none. */
  target(event: KeyboardEvent): { readonly ids: readonly string[]; readonly rating: Rating } | undefined
  /** One picture was judged: on to the next, if that is wanted. */
  advance(): void
  /** Back to the pictures whose change was taken back. */
  undone(ids: readonly string[]): void
}

/** Stars, picking and rejecting by key, and Ctrl+Z; a place over which a dialog is open hears nothing. */
export function useChoiceKeys(box: { readonly current: HTMLElement | null }, place: Place) {
  const latest = useRef(place)
  latest.current = place
  useEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      const { choosing, hearsFavourite, target, advance, undone } = latest.current
      if (!choosing || isWithin(event, 'input, textarea, select') || topPlace() !== placeOf(box.current)) return
      if (isUndo(event)) {
        event.preventDefault()
        void choosing.undo().then((ids) => ids.length > 0 && undone(ids))
        return
      }
      // A key that is held down judges one picture.
      const found = isModified(event) || event.repeat ? undefined : target(event)
      const choice = found && choiceOfKey(event.key, found.rating, hearsFavourite)
      if (!found || !choice) return
      event.preventDefault()
      void choosing.change(found.ids, choice)
      if (found.ids.length === 1) advance()
    }
    document.addEventListener('keydown', keyDown)
    return () => document.removeEventListener('keydown', keyDown)
  }, [box])
}

const isUndo = ({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent) =>
  key.toLowerCase() === 'z' && (ctrlKey || metaKey) && !shiftKey && !altKey

/** The dialog over all others; null is the page itself. */
const topPlace = () => [...document.querySelectorAll<HTMLDialogElement>('dialog[open]')].at(-1) ?? null
const placeOf = (element: HTMLElement | null) => element?.closest('dialog') ?? null
