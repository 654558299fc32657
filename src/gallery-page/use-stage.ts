import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type SlideSources, slideOf } from './slide.ts'
import { openStage, type Stage } from './stage.ts'
import { here } from './use-navigation.ts'

interface Options extends SlideSources {
  readonly box: RefObject<HTMLElement | null>
  readonly order: readonly string[]
  readonly id: string
  /** The panel takes room from the stage. */
  readonly isPanelOpen: boolean
  turnTo(id: string): void
  close(): void
}

/** Opens the stage in its box, and keeps it on the picture looked at; null until it is open. */
export function useStage(options: Options): { readonly current: Stage | null } {
  const { box, order, id, details, isPanelOpen } = options
  const stage = useRef<Stage | null>(null)
  const latest = useRef(options)
  latest.current = options
  const index = order.indexOf(id)

  // The stage is made anew for another order only.
  useEffect(() => {
    if (!box.current) return
    let isGone = false
    const opened = openStage({
      element: box.current,
      ids: order,
      index: Math.max(0, index),
      slide: (wanted) => slideOf(wanted, latest.current),
      changed: (next) => next && latest.current.turnTo(next),
      closed: () => !isGone && latest.current.close(),
    })
    stage.current = opened
    return () => {
      isGone = true
      stage.current = null
      opened.destroy()
    }
  }, [order])

  // Who turns quickly is further on than what is drawn, and must not be turned back.
  useEffect(() => {
    if (here().picture === id) stage.current?.turnTo(index)
  }, [index])

  const { id: shownId, isMissing, prompt } = details?.picture ?? {}
  // A picture outside the list has no size until its details are there; a deleted image has none any more.
  useEffect(() => {
    if (details && (isMissing || order.length === 1)) stage.current?.reload()
  }, [isMissing, shownId])
  useEffect(() => {
    if (prompt) stage.current?.describe(prompt)
  }, [shownId, order])
  useEffect(() => stage.current?.resize(), [isPanelOpen])
  return stage
}
