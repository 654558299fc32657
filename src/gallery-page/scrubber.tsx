import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Layout } from './layout.ts'
import { type Month, monthAt, monthStep, monthsOf, timeMarks } from './timeline.ts'
import { useResize } from './use-resize.ts'
import { monthName } from './words.ts'

interface Props {
  readonly layout: Layout
  readonly box: { readonly current: HTMLElement | null }
  /** How much of the window the search bar covers. */
  readonly topPx: number
}

/** The years and months at the side of the grid: shows where one is, and leads anywhere at once. */
export function Scrubber(props: Props) {
  const months = useMemo(() => monthsOf(props.layout), [props.layout])
  const isLong = props.layout.heightPx > 2 * innerHeight
  return months.length > 1 && isLong ? <Strip {...props} months={months} /> : null
}

function Strip({ layout, box, topPx, months }: Props & { readonly months: readonly Month[] }) {
  const strip = useRef<HTMLDivElement>(null)
  const [stripPx, setStripPx] = useState(400)
  useResize(strip, ({ clientHeight }) => setStripPx(clientHeight))
  const marks = useMemo(() => timeMarks(months, layout.heightPx, stripPx), [months, layout, stripPx])
  const { at, y, isMoving, goTo, goToMonth } = useTime(layout, months, box, topPx)
  const month = months[at]
  const drag = (event: PointerEvent) => {
    const { top, height } = (event.currentTarget as HTMLElement).getBoundingClientRect()
    goTo(Math.max(0, Math.min(1, (event.clientY - top) / height)) * layout.heightPx)
  }
  const keyDown = (event: KeyboardEvent) => {
    const to = monthStep(months, at, event.key)
    if (to === undefined) return
    event.preventDefault()
    goToMonth(to)
  }
  return (
    <div
      ref={strip}
      class={`scrubber${isMoving ? ' moving' : ''}`}
      style={{ top: `${topPx}px` }}
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={months.length - 1}
      aria-valuenow={at}
      aria-valuetext={month && nameOf(month)}
      onKeyDown={keyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        drag(event)
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && drag(event)}
    >
      {marks.map(({ month: { year, month }, topPx: px, year: named }) => (
        <span key={`${year}-${month}`} class={named === null ? 'month' : 'year'} style={{ top: `${px}px` }}>
          {named}
        </span>
      ))}
      <span class="now" style={{ top: `${Math.max(0, Math.min(1, y / layout.heightPx)) * stripPx}px` }}>
        <span class="now-name">{month && nameOf(month)}</span>
      </span>
    </div>
  )
}

const nameOf = ({ year, month }: Month) => monthName(year, month)

/** How long the strip stays seen after the page was moved, where there is no room for it beside the pictures. */
const restMs = 900

/** The month the page is at, and the way to others. */
function useTime(layout: Layout, months: readonly Month[], box: Props['box'], topPx: number) {
  const [state, setState] = useState({ at: 0, y: 0, isMoving: false })
  /** At the end of the page several months are seen; the one that was asked for counts as long as nothing moves. */
  const asked = useRef({ y: -1, at: 0 })
  const boxTop = () => (box.current?.getBoundingClientRect().top ?? 0) + scrollY
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let frame = 0
    const look = (isMoving: boolean) => {
      const y = scrollY + topPx - boxTop()
      const isThere = Math.abs(asked.current.y - scrollY) < 2
      setState({ at: isThere ? Math.min(asked.current.at, months.length - 1) : monthAt(months, y), y, isMoving })
    }
    const follow = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => look(true))
      clearTimeout(timer)
      timer = setTimeout(() => look(false), restMs)
    }
    look(false)
    addEventListener('scroll', follow, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
      removeEventListener('scroll', follow)
    }
  }, [layout, months, topPx])
  const goTo = (y: number, at = monthAt(months, y)) => {
    scrollTo(0, Math.max(0, boxTop() + y - topPx))
    asked.current = { y: scrollY, at }
    setState((now) => ({ ...now, at }))
  }
  return { ...state, goTo, goToMonth: (at: number) => goTo(months[at]?.topPx ?? 0, at) }
}
