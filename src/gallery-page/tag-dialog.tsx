import { useState } from 'preact/hooks'
import { SmallDialog } from './small-dialog.tsx'
import { tagsIn } from './tags-in.ts'
import type { Choosing } from './use-choosing.ts'
import { pictureCount } from './words.ts'

interface Props {
  readonly choosing: Choosing
  readonly ids: readonly string[]
  close(): void
}

/** Gives tags to many pictures, and takes them away. */
export function TagDialog({ choosing, ids, close }: Props) {
  const [adding, setAdding] = useState('')
  const [removing, setRemoving] = useState('')
  const [addTags, removeTags] = [tagsIn(adding), tagsIn(removing)]
  const isEmpty = addTags.length + removeTags.length === 0
  const save = (event: Event) => {
    event.preventDefault()
    if (isEmpty) return
    const changes = { ...(addTags.length > 0 && { addTags }), ...(removeTags.length > 0 && { removeTags }) }
    void choosing.change(ids, changes)
    close()
  }
  return (
    <SmallDialog title={`Tags of ${pictureCount(ids.length)}`} close={close}>
      <form onSubmit={save}>
        <Field label="Add" text={adding} write={setAdding} />
        <Field label="Remove" text={removing} write={setRemoving} />
        <p class="hint">With commas between them.</p>
        <div class="buttons">
          <button type="button" class="quiet" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isEmpty}>
            Save tags
          </button>
        </div>
      </form>
    </SmallDialog>
  )
}

function Field({ label, text, write }: { label: string; text: string; write(text: string): void }) {
  return (
    <label class="line-field">
      <span>{label}</span>
      <input autocomplete="off" maxLength={400} value={text} onInput={(event) => write(event.currentTarget.value)} />
    </label>
  )
}
