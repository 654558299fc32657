import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { useKeptFocus } from './use-kept-focus.ts'
import { useOpened } from './use-modal.ts'

interface Props {
  readonly title: string
  close(): void
  readonly children: ComponentChildren
}

/** A small dialog over whatever is there, which asks one thing. Esc leaves it. */
export function SmallDialog({ title, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useOpened(dialog)
  useKeptFocus(dialog)
  return (
    <dialog
      ref={dialog}
      class="confirm"
      tabIndex={-1}
      aria-labelledby="dialog-title"
      onClose={(event) => {
        event.stopPropagation()
        close()
      }}
    >
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  )
}
