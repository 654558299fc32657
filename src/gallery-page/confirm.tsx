import { useRef } from 'preact/hooks'
import { useOpened } from './use-modal.ts'

/** Asks before an image is deleted, and says what stays. */
export function ConfirmDelete({ close, confirm }: { close(): void; confirm(): void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useOpened(dialog)
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby="confirm-title"
      aria-describedby="confirm-text"
      onClose={(event) => {
        event.stopPropagation()
        close()
      }}
    >
      <h2 id="confirm-title">Delete this image?</h2>
      <p id="confirm-text">
        The image file is removed from your disk and cannot be brought back. Its record – prompt, seed, date – is kept.
      </p>
      <div class="buttons">
        {/* The harmless one comes first, so Enter alone deletes nothing. */}
        <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
          Keep it
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            confirm()
            dialog.current?.close()
          }}
        >
          Delete image
        </button>
      </div>
    </dialog>
  )
}
