import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { DaySection } from './day.tsx'
import { isModified } from './keys.ts'
import { layOut } from './lay-out.ts'
import { daysOfRows, rowEnd, rowOf } from './layout.ts'
import { measuresFor } from './measures.ts'
import type { Shown } from './shown.ts'
import { stepFrom } from './steps.ts'
import { useAnchor } from './use-anchor.ts'
import { useCaptions } from './use-captions.ts'
import { useFirstInView, useFocus } from './use-focus.ts'
import { useResize } from './use-resize.ts'
import { useRows } from './use-rows.ts'
import type { Selection } from './use-selection.ts'

interface Props {
  readonly source: Source
  readonly shown: Shown
  readonly fresh: ReadonlySet<string>
  readonly selection: Selection
  /** A picture the keyboard shall stand on; a new object asks anew. */
  readonly focus: { readonly id: string | null } | null
  /** How much of the window the search bar covers. */
  readonly topPx: number
  open(id: string): void
}

/** All pictures, a day at a time, drawn only where they are seen. */
export function Grid({ source, shown, fresh, selection, focus, topPx, open }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const widthPx = useWidth(box)
  const measures = useMemo(() => measuresFor(widthPx), [widthPx])
  const layout = useMemo(() => layOut(shown.list.pictures, shown.positions, measures), [shown, measures])
  const [activeId, setActiveId] = useState<string | null>(null)
  const activeIndex = Math.max(0, activeId === null ? 0 : shown.indexOf(activeId))
  const { headingPx } = measures
  const rows = useRows({ layout, kept: rowOf(layout, activeIndex), box, coveredPx: topPx + headingPx })
  useAnchor(shown, layout, box)
  const { from, until } = rows.inView
  const captions = useCaptions(source, shown, layout.first[from] ?? 0, rowEnd(layout, until - 1))
  const moveTo = useFocus(box, layout, shown, rows, setActiveId)
  useFirstInView(box, layout, shown, rows, setActiveId)

  // Each new `focus` is one request.
  useEffect(() => {
    if (focus && shown.count > 0) moveTo(focus.id ? Math.max(0, shown.indexOf(focus.id)) : activeIndex)
  }, [focus])

  const keyDown = (event: KeyboardEvent) => {
    const index = isModified(event) ? undefined : indexUnder(event)
    if (index === undefined) return
    const to = stepFrom(layout, index, event.key, Math.max(1, until - from - 1))
    if (event.key === ' ') selection.toggle(index, event.shiftKey)
    else if (to !== undefined) moveTo(to)
    else return
    event.preventDefault()
  }
  const click = (event: MouseEvent) => {
    const index = indexUnder(event)
    if (index === undefined || event.ctrlKey || event.metaKey || event.button !== 0) return
    event.preventDefault()
    setActiveId(shown.idAt(index))
    if (selection.isOn) selection.toggle(index, event.shiftKey)
    else open(shown.idAt(index))
  }
  const tiles = { source, shown, layout, captions, fresh, selection, activeIndex, isRushing: rows.isRushing }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and clicks of the links inside come by here.
    <div
      ref={box}
      class={`grid${selection.isOn ? ' selecting' : ''}`}
      style={{ height: `${layout.heightPx}px` }}
      onKeyDown={keyDown}
      onClick={click}
    >
      {daysOfRows(layout, rows.indexes).map((drawn) => (
        <DaySection key={drawn.day.startsAt} drawn={drawn} headingPx={headingPx} tiles={tiles} />
      ))}
    </div>
  )
}

function indexUnder(event: Event): number | undefined {
  const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a[data-index]') : null
  return link ? Number(link.dataset.index) : undefined
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [widthPx, setWidthPx] = useState(() => Math.max(280, document.documentElement.clientWidth - 64))
  useResize(box, ({ clientWidth }) => setWidthPx(clientWidth))
  return widthPx
}
