import { useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { cleanName } from './query-text.ts'
import { SmallDialog } from './small-dialog.tsx'
import { Thumb } from './thumb.tsx'
import { useAnswer } from './use-answer.ts'
import { useAttempt } from './use-attempt.ts'
import { pictureCount } from './words.ts'
import type { Work } from './work.ts'

interface Props {
  readonly source: Source
  readonly work: Work
  readonly ids: readonly string[]
  /** Hears in words what was done. */
  say(words: string): void
  close(): void
}

/** Puts pictures into a collection that is there, or into a new one. */
export function CollectDialog({ source, work, ids, say, close }: Props) {
  const [name, setName] = useState('')
  const { value, error } = useAnswer(() => work.collections(), [work])
  const attempt = useAttempt()
  const put = (into: string, action: () => Promise<unknown>) =>
    attempt.run(async () => {
      await action()
      say(`${pictureCount(ids.length)} in “${into}”`)
      close()
    })
  const lists = (value ?? []).filter(({ kind }) => kind === 'list')
  const create = (event: Event) => {
    event.preventDefault()
    const clean = cleanName(name)
    if (clean) void put(clean, () => work.collect({ name: clean, ids }))
  }
  return (
    <SmallDialog title={`Collect ${pictureCount(ids.length)}`} close={close}>
      <form class="line-form" onSubmit={create}>
        <label class="line-field">
          <span>New collection</span>
          <input autocomplete="off" maxLength={100} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </label>
        <button type="submit" class="primary" disabled={!cleanName(name) || attempt.isRunning}>
          Create
        </button>
      </form>
      {lists.length > 0 && (
        <ul class="pick-list">
          {lists.map((one) => (
            <li key={one.id}>
              <button
                type="button"
                disabled={attempt.isRunning}
                onClick={() => put(one.name, () => work.changeCollection(one.id, { add: ids }))}
              >
                {one.cover ? <Thumb source={source} id={one.cover} /> : <span class="no-image" />}
                <span>{one.name}</span>
                <span class="day-count">{pictureCount(one.count)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {(error ?? attempt.error) && <p role="alert">{error ?? attempt.error}</p>}
      <div class="buttons">
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
      </div>
    </SmallDialog>
  )
}
