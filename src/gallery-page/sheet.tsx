import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { Icon } from './icons.tsx'
import { useKeptFocus } from './use-kept-focus.ts'
import { useKeptGutter, useModal } from './use-modal.ts'

interface Props {
  readonly title: string
  readonly isBusy?: boolean
  /** Takes as much of the window as it can use. */
  readonly isWide?: boolean
  readonly children: ComponentChildren
  close(): void
}

/** A sheet over the gallery: Esc, a click beside it and its button close it. */
export function Sheet({ title, isBusy = false, isWide = false, children, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const body = useRef<HTMLDivElement>(null)
  useKeptGutter()
  useModal(dialog)
  useKeptFocus(body)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the sheet does what Esc does.
    <dialog
      ref={dialog}
      class={`sheet${isWide ? ' wide' : ''}`}
      aria-labelledby="sheet-title"
      onClose={(event) => event.target === dialog.current && close()}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must be able to get in. */}
      <div ref={body} class="sheet-body" tabIndex={0} aria-busy={isBusy}>
        <header>
          <h2 id="sheet-title">{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
