import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { Icon } from './icons.tsx'
import { moved, placeFor } from './reorder.ts'
import { Thumb } from './thumb.tsx'

interface Props {
  readonly ids: readonly string[]
  readonly source: Source
  order(ids: readonly string[]): void
  remove(id: string): void
}

/** Pictures in an order that is changed by dragging them, or with Alt and an arrow. */
export function ReorderableList({ ids, source, order, remove }: Props) {
  const [dragged, drag] = useState<string | null>(null)
  const [over, setOver] = useState<string | null>(null)
  const [said, say] = useState('')
  const list = useRef<HTMLUListElement>(null)
  const wanted = useRef<string | null>(null)
  // A picture that was moved keeps the keyboard.
  useLayoutEffect(() => {
    if (wanted.current === null) return
    list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(wanted.current)}"]`)?.focus()
    wanted.current = null
  }, [ids])
  const move = (id: string, to: number) => {
    wanted.current = id
    order(moved(ids, ids.indexOf(id), to))
    say(`Picture moved to place ${to + 1} of ${ids.length}`)
  }
  const keyDown = (event: KeyboardEvent, id: string) => {
    const to = event.altKey ? placeFor(event.key, ids.indexOf(id), ids.length) : undefined
    if (event.key === 'Delete') remove(id)
    else if (to !== undefined) move(id, to)
    else return
    event.preventDefault()
  }
  const drop = (id: string) => {
    if (dragged !== null && dragged !== id) move(dragged, ids.indexOf(id))
    drag(null)
    setOver(null)
  }
  return (
    <>
      <p class="hint" id="arrange-hint">
        Drag pictures to their places, or move them with Alt and the arrows. Delete takes one out of the collection.
      </p>
      <ul class="arranged" ref={list}>
        {ids.map((id, at) => (
          <li
            key={id}
            class={[id === dragged && 'dragged', id === over && 'over'].filter(Boolean).join(' ')}
            onDragOver={(event) => {
              if (dragged === null) return
              event.preventDefault()
              setOver(id)
            }}
            onDrop={(event) => {
              event.preventDefault()
              drop(id)
            }}
          >
            <button
              type="button"
              data-id={id}
              draggable
              aria-label={`Picture ${at + 1} of ${ids.length}`}
              aria-describedby="arrange-hint"
              onKeyDown={(event) => keyDown(event, id)}
              onDragStart={(event) => {
                event.dataTransfer?.setData('text/plain', id)
                drag(id)
              }}
              onDragEnd={() => drop(id)}
            >
              <Thumb source={source} id={id} />
            </button>
            <button
              type="button"
              class="icon-button small drop"
              aria-label={`Take picture ${at + 1} out`}
              onClick={() => remove(id)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <p class="sr-only" role="status">
        {said}
      </p>
    </>
  )
}
