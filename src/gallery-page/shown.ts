import { flag, type PictureList } from './api.ts'
import { placesOf } from './places.ts'
import { type Rating, ratingIn } from './rating.ts'
import type { Filters } from './state.ts'

/** What the grid shows: the list, and which of it was asked for. */
export interface Shown {
  readonly list: PictureList
  /** The filters these hits answer; they lag behind the search bar by one request. */
  readonly filters: Filters
  readonly positions: Uint32Array | null
  readonly count: number
  /** The words asked for, of which nothing was found: these pictures answer the nearest ones, as the filters say. */
  readonly insteadOf?: string
  idAt(index: number): string
  /** The index of a picture among those shown; -1 when it is not shown. */
  indexOf(id: string): number
  /** The position in the list of a picture shown. */
  positionAt(index: number): number
  /** The index of a picture shown among all that the filters find. */
  hitAt(index: number): number
  flagsAt(index: number): number
  ratingAt(index: number): Rating
  /** How many pictures the tile at an index stands for. */
  sizeAt(index: number): number
}

/** Some of what the filters find. */
interface Part {
  /** Indexes among all that they find, rising. */
  readonly hits: Uint32Array
  /** How many pictures a tile stands for, by the position of the one it shows; 1 where it is not said. */
  readonly sizes: ReadonlyMap<number, number>
}

/** The pictures at these positions of a list, in this order; null shows all. */
export function show(list: PictureList, filters: Filters, positions: Uint32Array | null, part?: Part): Shown {
  const { id, flags, marks } = list.pictures
  const positionAt = (index: number) => positions?.[index] ?? index
  const flagsAt = (index: number) => flags[positionAt(index)] ?? 0
  let indexes: Int32Array | undefined
  return {
    list,
    filters,
    positions,
    count: positions ? positions.length : id.length,
    idAt: (i) => id[positionAt(i)] ?? '',
    positionAt,
    hitAt: (i) => part?.hits[i] ?? i,
    flagsAt,
    ratingAt: (i) => ratingIn(marks[positionAt(i)] ?? 0, (flagsAt(i) & flag.favourite) !== 0),
    sizeAt: (i) => part?.sizes.get(positionAt(i)) ?? 1,
    indexOf(wanted) {
      const place = placesOf(id).get(wanted) ?? -1
      if (positions === null || place < 0) return place
      indexes ??= indexesOf(positions, id.length)
      return indexes[place] ?? -1
    },
  }
}

/** The index of each picture of a list among those at some positions; -1 where it is none of them. */
function indexesOf(positions: Uint32Array, total: number): Int32Array {
  const indexes = new Int32Array(total).fill(-1)
  for (const [index, position] of positions.entries()) indexes[position] = index
  return indexes
}

/** Those of the pictures shown for which a test holds. */
export function showPart(shown: Shown, isSeen: (index: number) => boolean, sizes = new Map<number, number>()): Shown {
  const hits = Uint32Array.from({ length: shown.count }, (_, at) => at).filter(isSeen)
  return show(shown.list, shown.filters, hits.map(shown.positionAt), { hits, sizes })
}

/** The ids of all pictures shown, in their order. */
export const idsOf = (shown: Shown): string[] => Array.from({ length: shown.count }, (_, i) => shown.idAt(i))
