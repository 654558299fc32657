import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { layOut } from './lay-out.ts'
import { type Day, daysInRow, type Layout, rowOf } from './layout.ts'
import { measuresFor } from './measures.ts'
import type { Selection } from './selection.tsx'
import { addressOf } from './state.ts'
import { stepFrom } from './steps.ts'
import { Tile } from './tile.tsx'
import { useAnchor } from './use-anchor.ts'
import { useCaptions } from './use-captions.ts'
import { useFirstInView, useFocus } from './use-focus.ts'
import type { Shown } from './use-gallery.ts'
import { useResize } from './use-resize.ts'
import { useRows } from './use-rows.ts'
import { dayName, pictureCount } from './words.ts'

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
export function Grid(props: Props) {
  const { source, shown, selection } = props
  const box = useRef<HTMLDivElement>(null)
  const widthPx = useWidth(box)
  const measures = useMemo(() => measuresFor(widthPx), [widthPx])
  const layout = useMemo(() => layOut(shown.list.pictures, shown.positions, measures), [shown, measures])
  const [activeId, setActiveId] = useState<string | null>(null)
  const active = Math.max(0, activeId === null ? 0 : shown.indexOf(activeId))
  const rows = useRows({ layout, kept: rowOf(layout, active), box, coveredPx: props.topPx + measures.headingPx })
  useAnchor(shown, layout, box)
  const { from, until } = rows.inView
  const captions = useCaptions(source, shown, layout.first[from] ?? 0, lastOf(layout, until - 1))
  const moveTo = useFocus(box, layout, shown, rows, setActiveId)
  useFirstInView(box, layout, shown, rows, setActiveId)

  // Each new `focus` is one request.
  useEffect(() => {
    if (props.focus && shown.count > 0) moveTo(props.focus.id ? Math.max(0, shown.indexOf(props.focus.id)) : active)
  }, [props.focus])

  const keyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const index = indexUnder(event)
    if (index === undefined) return
    if (event.key === ' ') {
      event.preventDefault()
      selection.toggle(index, event.shiftKey)
      return
    }
    const to = stepFrom(layout, index, event.key, Math.max(1, until - from - 1))
    if (to === undefined) return
    event.preventDefault()
    moveTo(to)
  }
  const click = (event: MouseEvent) => {
    const index = indexUnder(event)
    if (index === undefined || event.ctrlKey || event.metaKey || event.button !== 0) return
    event.preventDefault()
    setActiveId(shown.idAt(index))
    if (selection.isOn) selection.toggle(index, event.shiftKey)
    else props.open(shown.idAt(index))
  }

  const tile = (row: number, index: number, day: Day) => {
    const id = shown.idAt(index)
    const position = shown.positions?.[index] ?? index
    const heightPx = layout.height[row] ?? 0
    return (
      <Tile
        key={id}
        id={id}
        index={index}
        date={shown.list.pictures.date[position] ?? 0}
        flags={shown.flagsAt(index)}
        leftPx={(layout.left[index] ?? 0) - day.leftPx}
        widthPx={(layout.ratio[index] ?? 1) * heightPx}
        heightPx={heightPx}
        address={`?${addressOf({ filters: shown.filters, picture: id })}`}
        thumbUrl={source.thumbUrl(id, heightPx * devicePixelRatio)}
        prompt={captions.get(id)}
        isActive={index === active}
        isFresh={props.fresh.has(id)}
        isChosen={selection.isOn ? selection.ids.has(id) : undefined}
        isRushing={rows.isRushing}
      />
    )
  }
  /** The part of a row that belongs to a day. */
  const row = (at: number, day: Day) => {
    const first = Math.max(day.first, layout.first[at] ?? 0)
    const end = Math.min(day.first + day.pictureCount, lastOf(layout, at))
    const top = (layout.top[at] ?? 0) - day.topPx
    return (
      // biome-ignore lint/a11y/useFocusableInteractive: the links in its cells take the focus.
      // biome-ignore lint/a11y/useSemanticElements: a table cannot be justified rows.
      <div key={first} role="row" aria-rowindex={at - day.firstRow + 1} class="row" style={{ top: `${top}px` }}>
        {Array.from({ length: end - first }, (_, i) => tile(at, first + i, day))}
      </div>
    )
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and clicks of the links inside come by here.
    <div
      ref={box}
      class={`grid${selection.isOn ? ' selecting' : ''}`}
      style={{ height: `${layout.heightPx}px` }}
      onKeyDown={keyDown}
      onClick={click}
    >
      {daysOf(layout, rows.indexes).map(({ day, at, drawn }) => (
        <section
          key={day.startsAt}
          class={['day', day.isShared && 'shared', day.leftPx > 0 && 'beside'].filter(Boolean).join(' ')}
          style={{
            top: `${day.topPx}px`,
            left: `${day.leftPx}px`,
            width: `${day.widthPx}px`,
            height: `${day.heightPx}px`,
          }}
        >
          <h2 id={`day-${at}`} style={{ height: `${measures.headingPx}px` }}>
            <span>{dayName(day.startsAt, new Date(), day.isShared)}</span>
            <span class="day-count">{pictureCount(day.pictureCount)}</span>
          </h2>
          {/* biome-ignore lint/a11y/useSemanticElements: a table cannot be justified rows. */}
          <div
            role="grid"
            aria-labelledby={`day-${at}`}
            aria-rowcount={day.rowCount}
            aria-multiselectable={selection.isOn ? true : undefined}
          >
            {drawn.map((index) => row(index, day))}
          </div>
        </section>
      ))}
    </div>
  )
}

const lastOf = (layout: Layout, row: number) => (row < 0 ? 0 : (layout.first[row] ?? 0) + (layout.count[row] ?? 0))

function indexUnder(event: Event): number | undefined {
  const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a[data-index]') : null
  return link ? Number(link.dataset.index) : undefined
}

/** The rows to draw, by day. */
function daysOf(layout: Layout, rows: readonly number[]) {
  const days = new Map<number, number[]>()
  for (const row of rows) for (const at of daysInRow(layout, row)) days.set(at, [...(days.get(at) ?? []), row])
  return [...days].flatMap(([at, drawn]) => {
    const day = layout.days[at]
    return day ? [{ day, at, drawn }] : []
  })
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [widthPx, setWidthPx] = useState(() => Math.max(280, document.documentElement.clientWidth - 64))
  useResize(box, ({ clientWidth }) => setWidthPx(clientWidth))
  return widthPx
}
