import { type Layout, rowOf } from './layout.ts'

/**
 * Where a key leads from a picture; undefined when the key leads nowhere.
 *
 * Shape   left and right follow the order shown, up and down go to the picture that stands nearest.
 */
export function stepFrom(
  layout: Layout,
  index: number,
  key: string,
  gapPx: number,
  pageRows: number,
): number | undefined {
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
      return otherRow(layout, index, -1, gapPx)
    case 'ArrowDown':
      return otherRow(layout, index, 1, gapPx)
    case 'PageUp':
      return otherRow(layout, index, -pageRows, gapPx)
    case 'PageDown':
      return otherRow(layout, index, pageRows, gapPx)
    default:
      return undefined
  }
}

/** The picture some rows away whose middle is nearest. */
function otherRow(layout: Layout, index: number, rows: number, gapPx: number): number {
  const from = rowOf(layout, index)
  const to = Math.max(0, Math.min(layout.rowCount - 1, from + rows))
  if (to === from) return index
  const own = placeInRow(layout, from, index, gapPx)
  const middle = own.leftPx + own.widthPx / 2
  const first = layout.first[to] ?? 0
  let best = first
  let bestDistance = Number.POSITIVE_INFINITY
  for (let i = first; i < first + (layout.count[to] ?? 0); i++) {
    const { leftPx, widthPx } = placeInRow(layout, to, i, gapPx)
    const distance = Math.abs(leftPx + widthPx / 2 - middle)
    if (distance < bestDistance) [best, bestDistance] = [i, distance]
  }
  return best
}

/** Left edge and width of a picture in its row, in pixels. */
function placeInRow(layout: Layout, row: number, index: number, gapPx: number): { leftPx: number; widthPx: number } {
  const height = layout.height[row] ?? 0
  let leftPx = 0
  for (let i = layout.first[row] ?? 0; i < index; i++) leftPx += (layout.ratio[i] ?? 1) * height + gapPx
  return { leftPx, widthPx: (layout.ratio[index] ?? 1) * height }
}
