import { useState } from 'preact/hooks'
import { download } from './out.ts'
import { SmallDialog } from './small-dialog.tsx'
import { useAttempt } from './use-attempt.ts'
import { pictureCount } from './words.ts'
import type { With, Work } from './work.ts'

const choices = [
  { value: 'plain', name: 'Originals', hint: 'The files as they are, and their records.' },
  {
    value: 'sidecars',
    name: 'Originals with sidecars',
    hint: 'Beside each image an XMP file with prompt, tags and stars.',
  },
  {
    value: 'embedded',
    name: 'Copies with everything in them',
    hint: 'Prompt, tags and stars are written into copies.',
  },
] as const

interface Props {
  readonly work: Work
  readonly ids: readonly string[]
  close(): void
}

/** Takes pictures out as one file, which goes to the disk while it is being made. */
export function ExportDialog({ work, ids, close }: Props) {
  const [choice, choose] = useState<(typeof choices)[number]['value']>('plain')
  const { isRunning, error, run } = useAttempt()
  const beside: With = choice === 'plain' ? undefined : choice
  const takeOut = () =>
    run(async () => {
      download(await work.exportUrl(ids, beside))
      close()
    })
  return (
    <SmallDialog title={`Take out ${pictureCount(ids.length)}`} close={close}>
      <fieldset class="choices">
        <legend class="sr-only">What is taken out</legend>
        {choices.map(({ value, name, hint }) => (
          <label key={value}>
            <input type="radio" name="with" checked={choice === value} onChange={() => choose(value)} />
            <span>
              {name}
              <small>{hint}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {error && <p role="alert">{error}</p>}
      <div class="buttons">
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
        <button type="button" class="primary" disabled={isRunning} onClick={takeOut}>
          Take out
        </button>
      </div>
    </SmallDialog>
  )
}
