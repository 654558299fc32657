import { idsOf, type Shown } from './shown.ts'

/** The pictures one can turn to in the viewer. */
export interface Order {
  readonly ids: readonly string[]
  /** It was made of a whole list. */
  readonly isWhole: boolean
}

/** Nothing has been looked at. */
export const noOrder: Order = { ids: [], isWhole: false }

/**
 * The order in which pictures are turned to: the one known for as long as it has the picture looked at.
 *
 * It is that of the moment of opening, so that pictures which arrive do not move the one looked at, and is made anew
 * when the rest of the list has been read. A picture that is not shown stands alone.
 */
export function orderFor(known: Order, shown: Shown, id: string): Order {
  const { isWhole } = shown.list
  if (known.ids.includes(id) && (known.isWhole || !isWhole)) return known
  return { ids: shown.indexOf(id) < 0 ? [id] : idsOf(shown), isWhole }
}
