import { useState } from 'preact/hooks'
import type { Doomed } from './rejected.ts'
import { SmallDialog } from './small-dialog.tsx'
import { useAnswer } from './use-answer.ts'
import { useAttempt } from './use-attempt.ts'
import { byteSize, countOf } from './words.ts'
import type { Work } from './work.ts'

interface Props {
  readonly work: Work
  /** "rejected images", in the singular. */
  readonly noun: string
  /** Looks what would be deleted; asked again before it is done. */
  find(): Promise<Doomed>
  /** Hears in words what was done. */
  say(words: string): void
  close(): void
}

/** Asks before many images are deleted, and says how many, how large, and what stays. */
export function DeleteDialog({ work, noun, find, say, close }: Props) {
  const { value, error } = useAnswer(find, [])
  const attempt = useAttempt()
  const [done, setDone] = useState(0)
  const count = value?.ids.length ?? 0
  const confirm = () =>
    attempt.run(async () => {
      // What was taken back meanwhile, in another window say, is spared.
      const still = new Set((await find()).ids)
      const ids = (value?.ids ?? []).filter((id) => still.has(id))
      const { deleted, failed, bytes } = await deleteInParts(work, ids, setDone)
      if (failed > 0) throw new Error(`${countOf(failed, 'image')} could not be deleted.`)
      say(`${countOf(deleted, 'image')} deleted, ${byteSize(bytes)}`)
      close()
    })
  const problem = error ?? attempt.error
  const size = value?.bytes ? `, ${byteSize(value.bytes)}` : ''
  return (
    <SmallDialog title={value ? `Delete ${countOf(count, noun)}${size}?` : 'Looking…'} close={close}>
      {value && count === 0 && <p>There is nothing to delete.</p>}
      {count > 0 && (
        <p>
          The files are removed from your disk and cannot be brought back. The records – prompt, seed, date – are kept.
        </p>
      )}
      {problem && <p role="alert">{problem}</p>}
      <div class="buttons">
        {/* The harmless one comes first, so Enter alone deletes nothing. */}
        <button type="button" class="quiet" onClick={close}>
          Keep {count === 1 ? 'it' : 'them'}
        </button>
        <button type="button" class="danger" disabled={count === 0 || attempt.isRunning} onClick={confirm}>
          {attempt.isRunning ? `Deleting… ${done.toLocaleString()}` : `Delete ${countOf(count, 'image')}`}
        </button>
      </div>
    </SmallDialog>
  )
}

/** Few enough that one sees it go on. */
const atOnce = 100

/** Deletes images some at a time, and tells how many are gone. */
async function deleteInParts(work: Work, ids: readonly string[], tell: (done: number) => void) {
  const sum = { deleted: 0, failed: 0, bytes: 0 }
  for (let at = 0; at < ids.length; at += atOnce) {
    const { deleted, failed, bytes } = await work.deleteImages(ids.slice(at, at + atOnce))
    sum.deleted += deleted
    sum.failed += failed
    sum.bytes += bytes
    tell(sum.deleted)
  }
  return sum
}
