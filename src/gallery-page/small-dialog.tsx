import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface Props {
  readonly title: string
  close(): void
  readonly children: ComponentChildren
}

/** A small dialog over whatever is there, which asks one thing. Esc leaves it. */
export function SmallDialog({ title, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    return () => dialog.current?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      class="confirm"
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
