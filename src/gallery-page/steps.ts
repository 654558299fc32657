import { type Layout, rowOf } from './layout.ts'

/**
 * Where a key leads from a picture; undefined when the key leads nowhere.
 *
 * Shape   left and right follow the order shown, up and down go to the picture that stands nearest.
 */
export function stepFrom(layout: Layout, index: number, key: string, pageRows: number): number | undefined {
  const last = layout.ratio.length - 1
  const clamp = (to: number) => Math.max(0, Math.min(last, to))
  switch (key) {
    case 'ArrowLeft':
      return clamp(index - 1)
    case 'ArrowRight':
      return clamp(index + 1)
    case 'Home':
      return 0
    case 'End':
      return last
    case 'ArrowUp':
      return otherRow(layout, index, -1)
    case 'ArrowDown':
      return otherRow(layout, index, 1)
    case 'PageUp':
      return otherRow(layout, index, -pageRows)
    case 'PageDown':
      return otherRow(layout, index, pageRows)
    default:
      return undefined
  }
}

/** The picture some rows away whose middle is nearest. */
function otherRow(layout: Layout, index: number, rows: number): number {
  const from = rowOf(layout, index)
  const to = Math.max(0, Math.min(layout.rowCount - 1, from + rows))
  if (to === from) return index
  const middle = middleOf(layout, from, index)
  const first = layout.first[to] ?? 0
  let best = first
  let bestDistance = Number.POSITIVE_INFINITY
  for (let i = first; i < first + (layout.count[to] ?? 0); i++) {
    const distance = Math.abs(middleOf(layout, to, i) - middle)
    if (distance < bestDistance) [best, bestDistance] = [i, distance]
  }
  return best
}

/** The middle of a picture, in pixels from the left. */
const middleOf = ({ left, ratio, height }: Layout, row: number, index: number): number =>
  (left[index] ?? 0) + ((ratio[index] ?? 1) * (height[row] ?? 0)) / 2
