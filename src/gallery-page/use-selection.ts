import { useMemo, useState } from 'preact/hooks'
import { type Chosen, chooseAll, chooseRange, noneChosen, toggleChosen } from './chosen.ts'
import type { Shown } from './shown.ts'

/** Which pictures are chosen, while the gallery is in the mode of choosing. */
export interface Selection {
  readonly isOn: boolean
  readonly ids: ReadonlySet<string>
  start(): void
  stop(): void
  /** Chooses or drops a picture; with a range, chooses all from the one before to this one. */
  toggle(index: number, isRange: boolean): void
  /** Chooses all from one index to another. */
  extend(from: number, to: number): void
  all(): void
}

/** The selection among the pictures shown; null is outside the mode of choosing. */
export function useSelection(shown: Shown | null): Selection {
  const [chosen, choose] = useState<Chosen | null>(null)
  return useMemo(
    () => ({
      isOn: chosen !== null,
      ids: (chosen ?? noneChosen).ids,
      start: () => choose(noneChosen),
      stop: () => choose(null),
      all: () => shown && choose(chooseAll(shown)),
      extend: (from, to) => shown && choose((known) => chooseRange(known ?? noneChosen, shown, from, to)),
      toggle: (index, isRange) => shown && choose((known) => toggleChosen(known ?? noneChosen, shown, index, isRange)),
    }),
    [shown, chosen],
  )
}
