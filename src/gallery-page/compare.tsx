import { useEffect, useRef, useState } from 'preact/hooks'
import type { PictureDetails, Source } from './api.ts'
import { compareAction } from './compare-keys.ts'
import { ComparePane } from './compare-pane.tsx'
import { differingParts } from './compare-words.ts'
import { Icon } from './icons.tsx'
import { Problem } from './notices.tsx'
import { unrated } from './rating.ts'
import { Said } from './said.tsx'
import { useAnswer } from './use-answer.ts'
import { useChoiceKeys } from './use-choice-keys.ts'
import type { Choosing } from './use-choosing.ts'
import { useFocusInside, useModal } from './use-modal.ts'
import { usePanZoom } from './use-pan-zoom.ts'

/** No more have room beside each other. */
export const maxCompared = 4

interface Props {
  readonly source: Source
  readonly choosing: Choosing | null
  readonly ids: readonly string[]
  close(): void
}

/** Two to four pictures side by side, moved and enlarged together; or one after the other in the same place. */
export function Compare({ source, choosing, ids, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [isFlicker, setFlicker] = useState(false)
  const [current, setCurrent] = useState(0)
  const { value, error, retry } = useAnswer(() => Promise.all(ids.map((id) => source.detail(id))), [source, ids])
  const panZoom = usePanZoom(dialog)
  useModal(dialog)
  // Else the first button has the keyboard, and space presses that.
  useEffect(() => dialog.current?.focus(), [])
  useFocusInside(dialog)
  const step = (by: number) => setCurrent((now) => (now + by + ids.length) % ids.length)
  const flicker = () => (isFlicker ? step(1) : setFlicker(true))
  const ratingOf = ({ picture, marks }: PictureDetails) => choosing?.rating(picture.id, marks) ?? marks
  useChoiceKeys(dialog, {
    choosing,
    hearsFavourite: true,
    target: () => {
      const details = value?.[current]
      return { ids: ids.slice(current, current + 1), rating: details ? ratingOf(details) : unrated }
    },
    advance: () => {},
    undone: () => {},
  })
  const keyDown = (event: KeyboardEvent) => {
    const action = compareAction(event, panZoom.look.scale > 1)
    if (!action) return
    event.preventDefault()
    if (action.kind === 'step') step(action.by)
    else if (action.kind === 'pan') panZoom.pan(action.x, action.y)
    else if (action.kind === 'zoom') panZoom.zoom(action.factor)
    else if (action.kind === 'whole') panZoom.reset()
    else if (action.kind === 'flicker') flicker()
    else setFlicker(false)
  }
  const parts = differingParts((value ?? []).map(({ picture }) => picture.prompt ?? ''))
  return (
    <dialog
      ref={dialog}
      class={`compare${isFlicker ? ' flicker' : ''}`}
      aria-label={`Comparison of ${ids.length} pictures`}
      onKeyDown={keyDown}
      onClose={(event) => event.target === dialog.current && close()}
      tabIndex={-1}
      autofocus
    >
      <header class="compare-bar">
        <p role="status">
          {isFlicker ? `Picture ${current + 1} of ${ids.length}, in one place` : `${ids.length} pictures side by side`}
        </p>
        <button
          type="button"
          class="icon-button bar-button"
          aria-pressed={isFlicker}
          title="One after the other in the same place (space; s for side by side)"
          onClick={() => setFlicker(!isFlicker)}
        >
          <Icon name="stack" /> Flicker
        </button>
        <BarButton name="Zoom in" shortcut="+" icon="zoom" press={() => panZoom.zoom(1.5)} />
        <BarButton name="Whole pictures" shortcut="z" icon="picture" press={panZoom.reset} />
        <BarButton name="Close" shortcut="Esc" icon="close" press={() => dialog.current?.close()} />
      </header>
      {error && <Problem message={error} retry={retry} />}
      <ul class="panes" data-count={ids.length}>
        {ids.map((id, at) => (
          <ComparePane
            key={id}
            source={source}
            id={id}
            at={at}
            details={value?.[at] ?? null}
            rating={value?.[at] ? ratingOf(value[at]) : unrated}
            parts={parts[at] ?? []}
            look={panZoom.look}
            isCurrent={at === current}
            isHidden={isFlicker && at !== current}
            makeCurrent={() => setCurrent(at)}
          />
        ))}
      </ul>
      <Said choosing={choosing} />
    </dialog>
  )
}

interface ButtonProps {
  readonly name: string
  readonly shortcut: string
  readonly icon: 'zoom' | 'picture' | 'close'
  press(): void
}

function BarButton({ name, shortcut, icon, press }: ButtonProps) {
  return (
    <button type="button" class="icon-button" aria-label={name} title={`${name} (${shortcut})`} onClick={press}>
      <Icon name={icon} />
    </button>
  )
}
