import { useLayoutEffect, useState } from 'preact/hooks'
import { maxCompared } from './compare.tsx'
import type { Task } from './desk.tsx'
import { isModified, isWithin } from './keys.ts'
import type { Advance } from './rating-bar.tsx'
import { idsOf, type Shown } from './shown.ts'
import type { Choosing } from './use-choosing.ts'
import type { Selection } from './use-selection.ts'

interface Options {
  readonly shown: Shown | null
  readonly selection: Selection
  readonly choosing: Choosing | null
  /** Variants of one picture are shown, so that all of them may be meant. */
  readonly areVariants: boolean
  readonly advance: Advance
}

/**
 * The task at hand, counted so that each has a dialog of its own. The key c compares what is selected, or the variants
 * shown; a turns advancing on and off.
 */
export function useDesk(options: Options) {
  const [{ task, turn }, set] = useState<{ readonly task: Task | null; readonly turn: number }>({ task: null, turn: 0 })
  const start = (next: Task) => set((now) => ({ task: next, turn: now.turn + 1 }))
  const { shown, selection, choosing, areVariants, advance } = options
  // At once: a key that follows the last one must find what that one has changed.
  useLayoutEffect(() => {
    const compare = () => {
      const ids = selection.ids.size === 0 && areVariants && shown ? idsOf(shown) : [...selection.ids]
      if (ids.length >= 2 && ids.length <= maxCompared) start({ kind: 'compare', ids })
      else choosing?.say('Select two to four pictures to compare them.')
    }
    const keyDown = (event: KeyboardEvent) => {
      if (isModified(event) || isWithin(event, 'input, textarea, select')) return
      if (event.key === 'c' && !isWithin(event, 'dialog')) compare()
      else if (event.key === 'a' && !isWithin(event, 'dialog:not(.viewer)')) {
        advance.toggle()
        choosing?.say(advance.isOn ? 'A picture that is judged stays' : 'On to the next picture when one is judged')
      }
    }
    addEventListener('keydown', keyDown)
    return () => removeEventListener('keydown', keyDown)
  }, [shown, selection, choosing, areVariants, advance.isOn])
  // A dialog says late that it was closed: another may be open by then.
  return { task, turn, start, close: () => set((now) => (now.turn === turn ? { task: null, turn } : now)) }
}
