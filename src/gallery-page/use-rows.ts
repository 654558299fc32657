import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'
import { type Layout, rowSpan, rowsToDraw } from './layout.ts'

interface Options {
  readonly layout: Layout
  /** Rows that stay in the page wherever it is scrolled to: where the keyboard is. */
  readonly kept: number
  readonly box: RefObject<HTMLElement | null>
  /** Pixels at the top of the window that other things cover. */
  readonly coveredPx: number
}

/** Which rows the page draws, and which of them are seen. */
export interface Rows {
  readonly indexes: readonly number[]
  /** The rows in view, without those kept or drawn ahead. */
  readonly inView: { readonly from: number; readonly until: number }
  /** The page flies by too fast for pictures to be worth fetching. */
  readonly isRushing: boolean
  scrollTo(row: number): void
}

/** The rows worth drawing at this scroll position. */
export function useRows({ layout, kept, box, coveredPx }: Options): Rows {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const keptRow = useRef(kept)
  keptRow.current = kept
  const [rows] = useState(
    () =>
      new Virtualizer<Window, HTMLElement>({
        count: 0,
        getScrollElement: () => window,
        estimateSize: () => 1,
        observeElementRect: observeWindowRect,
        observeElementOffset: observeWindowOffset,
        scrollToFn: windowScroll,
        initialOffset: () => window.scrollY,
        initialRect: { width: innerWidth, height: innerHeight },
      }),
  )
  const [margin, setMargin] = useState(0)
  rows.setOptions({
    ...rows.options,
    count: layout.rowCount,
    estimateSize: (row) => rowSpan(layout, row),
    scrollMargin: margin,
    scrollPaddingStart: coveredPx,
    scrollPaddingEnd: 24,
    overscan: 3,
    onChange: () => redraw(0),
    rangeExtractor: (range) => rowsToDraw(range, keptRow.current),
  })
  useLayoutEffect(() => rows._didMount(), [rows])
  useLayoutEffect(() => rows._willUpdate())
  useLayoutEffect(() => {
    const top = box.current ? box.current.getBoundingClientRect().top + window.scrollY : 0
    if (Math.abs(top - margin) > 0.5) setMargin(top)
  })
  // Sizes are our own to know, so a new layout makes the old measurements void.
  // A new layout is the reason to measure.
  useLayoutEffect(() => rows.measure(), [rows, layout])

  const indexes = rows
    .getVirtualItems()
    .map(({ index }) => index)
    .filter((index) => index < layout.rowCount)
  const range = rows.range
  return {
    indexes,
    inView: { from: range?.startIndex ?? 0, until: Math.min(layout.rowCount, (range?.endIndex ?? -1) + 1) },
    isRushing: useRushing(),
    scrollTo: (row) => rows.scrollToIndex(row, { align: 'auto' }),
  }
}

/** Whether the page moves by more than two windows between two looks, until it rests. */
function useRushing(): boolean {
  const [isRushing, setRushing] = useState(false)
  useEffect(() => {
    let last = window.scrollY
    let lastAt = performance.now()
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const [now, y] = [performance.now(), window.scrollY]
      const speed = Math.abs(y - last) / Math.max(16, now - lastAt)
      ;[last, lastAt] = [y, now]
      setRushing(speed > 8)
      clearTimeout(timer)
      timer = setTimeout(() => setRushing(false), 90)
    }
    addEventListener('scroll', look, { passive: true })
    return () => {
      clearTimeout(timer)
      removeEventListener('scroll', look)
    }
  }, [])
  return isRushing
}
