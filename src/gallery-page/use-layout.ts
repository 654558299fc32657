import { useRef } from 'preact/hooks'
import { layOut } from './lay-out.ts'
import type { Layout } from './layout.ts'
import type { Measures } from './measures.ts'
import type { Shown } from './shown.ts'

/** The layout of what is shown; the same one as long as only marks change, so that nothing is measured anew. */
export function useLayout(shown: Shown, measures: Measures): Layout {
  const known = useRef<{ readonly shown: Shown; readonly measures: Measures; readonly layout: Layout } | null>(null)
  const last = known.current
  const isSame = last?.shown === shown || (last && isLaidOutAlike(last.shown, shown))
  const layout =
    last && isSame && last.measures === measures ? last.layout : layOut(shown.list.pictures, shown.positions, measures)
  known.current = { shown, measures, layout }
  return layout
}

/** Lists that differ in marks alone share their columns. */
function isLaidOutAlike(one: Shown, other: Shown): boolean {
  if (one.list.pictures.date !== other.list.pictures.date || one.count !== other.count) return false
  const [left, right] = [one.positions, other.positions]
  return left === right || (left !== null && right !== null && left.every((position, at) => position === right[at]))
}
