import type { PictureList } from './api.ts'
import type { Filters } from './state.ts'

/** What the grid shows: the list, and which of it was asked for. */
export interface Shown {
  readonly list: PictureList
  /** The filters these hits answer; they lag behind the search bar by one request. */
  readonly filters: Filters
  readonly positions: Uint32Array | null
  readonly count: number
  idAt(index: number): string
  /** The index of a picture among those shown; -1 when it is not shown. */
  indexOf(id: string): number
  /** The position in the list of a picture shown. */
  positionAt(index: number): number
  flagsAt(index: number): number
}

/** The pictures at these positions of a list, in this order; null shows all. */
export function show(list: PictureList, filters: Filters, positions: Uint32Array | null): Shown {
  const { id, flags } = list.pictures
  const positionAt = (index: number) => positions?.[index] ?? index
  let index: Map<string, number> | undefined
  return {
    list,
    filters,
    positions,
    count: positions ? positions.length : id.length,
    idAt: (i) => id[positionAt(i)] ?? '',
    positionAt,
    flagsAt: (i) => flags[positionAt(i)] ?? 0,
    indexOf(wanted) {
      index ??= new Map(positions ? [...positions].map((p, i) => [id[p] ?? '', i]) : id.map((one, i) => [one, i]))
      return index.get(wanted) ?? -1
    },
  }
}

/** The ids of all pictures shown, in their order. */
export const idsOf = (shown: Shown): string[] => Array.from({ length: shown.count }, (_, i) => shown.idAt(i))
