import { idsOf, type Shown } from './shown.ts'

/** The pictures that were chosen to be taken out. */
export interface Chosen {
  readonly ids: ReadonlySet<string>
  /** The picture a range begins at. */
  readonly from: string | null
}

/** No picture is chosen. */
export const noneChosen: Chosen = { ids: new Set(), from: null }

/** All pictures shown are chosen, and no others. */
export const chooseAll = (shown: Shown): Chosen => ({ ids: new Set(idsOf(shown)), from: null })

/** Chooses or drops the picture at an index; with a range, chooses all from the one touched before to this one. */
export function toggleChosen(chosen: Chosen, shown: Shown, index: number, isRange: boolean): Chosen {
  const id = shown.idAt(index)
  const ids = new Set(chosen.ids)
  const anchor = isRange && chosen.from ? shown.indexOf(chosen.from) : -1
  if (anchor >= 0) return chooseRange(chosen, shown, anchor, index)
  if (!ids.delete(id)) ids.add(id)
  return { ids, from: id }
}

/** Chooses all pictures between two indexes beside those chosen already; the next range begins where this one ends. */
export function chooseRange({ ids }: Chosen, shown: Shown, from: number, to: number): Chosen {
  const [first, last] = [Math.min(from, to), Math.max(from, to)]
  const range = Array.from({ length: last - first + 1 }, (_, at) => shown.idAt(first + at))
  return { ids: new Set([...ids, ...range]), from: shown.idAt(to) }
}

/** How many of the pictures chosen are not among those shown. */
export const hiddenCount = (ids: ReadonlySet<string>, shown: Shown | null): number =>
  [...ids].filter((id) => (shown?.indexOf(id) ?? -1) < 0).length
