import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { DaySection } from './day.tsx'
import { isModified } from './keys.ts'
import { daysOfRows, rowEnd, rowOf } from './layout.ts'
import { measuresFor } from './measures.ts'
import { dragOut } from './out.ts'
import { Scrubber } from './scrubber.tsx'
import type { Shown } from './shown.ts'
import { tileOf } from './stacks.ts'
import { stepFrom } from './steps.ts'
import { useAnchor } from './use-anchor.ts'
import { useCaptions } from './use-captions.ts'
import { useChoiceKeys } from './use-choice-keys.ts'
import type { Choosing } from './use-choosing.ts'
import { useFirstInView, useFocus, useFocusKept } from './use-focus.ts'
import { useLayout } from './use-layout.ts'
import { useResize } from './use-resize.ts'
import { useRows } from './use-rows.ts'
import type { Selection } from './use-selection.ts'

interface Props {
  readonly source: Source
  readonly shown: Shown
  readonly fresh: ReadonlySet<string>
  readonly selection: Selection
  readonly choosing: Choosing | null
  /** Who judges a picture goes on to the next. */
  readonly isAdvancing: boolean
  /** A picture the keyboard shall stand on; a new object asks anew. */
  readonly focus: { readonly id: string | null } | null
  /** How much of the window the search bar covers. */
  readonly topPx: number
  open(id: string): void
  /** The variants that a tile stands for. */
  openStack(id: string): void
}

/** All pictures, a day at a time, drawn only where they are seen. */
export function Grid(props: Props) {
  const { source, shown, fresh, selection, choosing, focus, topPx } = props
  const box = useRef<HTMLDivElement>(null)
  const widthPx = useWidth(box)
  const measures = useMemo(() => measuresFor(widthPx), [widthPx])
  const layout = useLayout(shown, measures)
  const [activeId, setActiveId] = useState<string | null>(null)
  const activeIndex = useIndex(shown, activeId)
  const { headingPx } = measures
  const rows = useRows({ layout, kept: rowOf(layout, activeIndex), box, coveredPx: topPx + headingPx })
  useAnchor(shown, layout, box)
  const { from, until } = rows.inView
  const captions = useCaptions(source, shown, layout.first[from] ?? 0, rowEnd(layout, until - 1))
  const moveTo = useFocus(box, layout, shown, rows, setActiveId)
  useFirstInView(box, layout, shown, rows, setActiveId)
  useFocusKept(box, shown.idAt(activeIndex))
  // The next picture, until the keyboard stands on it: who is quick presses a key before it was drawn.
  const next = useRef<string | null>(null)
  let judged = activeIndex
  useChoiceKeys(box, {
    choosing,
    hearsFavourite: true,
    target: (event) => {
      const expected = next.current === null ? -1 : shown.indexOf(next.current)
      const index = expected >= 0 ? expected : indexUnder(event)
      if (index === undefined) return undefined
      judged = index
      const id = shown.idAt(index)
      const rating = choosing?.rating(id, shown.ratingAt(index)) ?? shown.ratingAt(index)
      return { ids: selection.ids.size > 0 ? [...selection.ids] : [id], rating }
    },
    advance: () => {
      if (!props.isAdvancing || judged + 1 >= shown.count) return
      next.current = shown.idAt(judged + 1)
      moveTo(judged + 1)
    },
    undone: ([id = '']) => {
      if (shown.indexOf(id) >= 0) moveTo(shown.indexOf(id))
    },
  })

  // Each new `focus` is one request.
  useEffect(() => {
    if (focus && shown.count > 0) moveTo(focus.id ? Math.max(0, tileOf(shown, focus.id)) : activeIndex)
  }, [focus])

  const keyDown = (event: KeyboardEvent) => {
    const index = isModified(event) ? undefined : indexUnder(event)
    if (index === undefined) return
    const to = stepFrom(layout, index, event.key, Math.max(1, until - from - 1))
    if (event.key === ' ') selection.toggle(index, event.shiftKey)
    else if (to !== undefined) {
      if (event.shiftKey && choosing) selection.extend(index, to)
      moveTo(to)
    } else return
    event.preventDefault()
  }
  const click = (event: MouseEvent) => {
    const index = indexUnder(event)
    if (index === undefined || event.ctrlKey || event.metaKey || event.button !== 0) return
    event.preventDefault()
    setActiveId(shown.idAt(index))
    const id = shown.idAt(index)
    if (selection.isOn) selection.toggle(index, event.shiftKey)
    else if (event.shiftKey && choosing) selection.extend(activeIndex, index)
    else if (shown.sizeAt(index) > 1) props.openStack(id)
    else props.open(id)
  }
  const tiles = { source, shown, layout, captions, fresh, selection, choosing, activeIndex, isRushing: rows.isRushing }
  return (
    <>
      <Scrubber layout={layout} box={box} topPx={topPx} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys and clicks of the links inside come by here. */}
      <div
        ref={box}
        class={`grid${selection.isOn ? ' selecting' : ''}`}
        style={{ height: `${layout.heightPx}px` }}
        onKeyDown={keyDown}
        onFocusIn={() => {
          next.current = null
        }}
        onClick={click}
        onDragStart={(event) => {
          const index = indexUnder(event)
          const file = index === undefined ? undefined : captions.get(shown.idAt(index))
          if (file) dragOut(event, source, file)
        }}
      >
        {daysOfRows(layout, rows.indexes).map((drawn) => (
          <DaySection key={drawn.day.startsAt} drawn={drawn} headingPx={headingPx} tiles={tiles} />
        ))}
      </div>
    </>
  )
}

/** The index of a picture; where it stood, when it has gone. */
function useIndex(shown: Shown, id: string | null): number {
  const last = useRef(0)
  const found = id === null ? 0 : shown.indexOf(id)
  last.current = found >= 0 ? found : Math.max(0, Math.min(last.current, shown.count - 1))
  return last.current
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
