import type { Source } from './api.ts'
import { RowOfPictures } from './row-of-pictures.tsx'
import { Thumb } from './thumb.tsx'
import { useAnswer } from './use-answer.ts'
import type { Similar, Work } from './work.ts'

const reasons: Readonly<Record<Similar['similar'][number]['why'], string>> = {
  turn: 'Same turn',
  lineage: 'Same lineage',
  conversation: 'Same conversation',
  prompt: 'Near prompt',
  look: 'Looks like it',
}

interface Props {
  readonly source: Source
  readonly work: Work
  readonly id: string
  /** Another list may hold others. */
  readonly revision: number
  turnTo(id: string): void
}

/** The same picture in other files, and pictures like it: two lists, since the one is no sort of the other. */
export function SimilarPictures({ source, work, id, revision, turnTo }: Props) {
  const { value, error } = useAnswer(() => work.similar(id), [work, id, revision])
  if (error) return <p class="panel-wait">Pictures like this one cannot be shown: {error}</p>
  if (!value) return null
  const duplicates = value.duplicates.map((one) => ({ id: one.id, words: 'Same picture' }))
  const similar = value.similar.map((one) => ({ id: one.id, words: reasons[one.why] }))
  return (
    <>
      <Row title="Duplicates" pictures={duplicates} source={source} turnTo={turnTo} />
      <Row title="Similar" pictures={similar} source={source} turnTo={turnTo} />
      {!value.isReady && (
        <p class="panel-wait" role="status">
          Pictures are still being compared by their looks.
        </p>
      )}
    </>
  )
}

interface RowProps {
  readonly title: string
  readonly pictures: readonly { readonly id: string; readonly words: string }[]
  readonly source: Source
  turnTo(id: string): void
}

function Row({ title, pictures, source, turnTo }: RowProps) {
  if (pictures.length === 0) return null
  return (
    <RowOfPictures title={title} count={pictures.length} isSmall>
      {pictures.map(({ id, words }, at) => (
        <li key={id}>
          <button type="button" data-id={id} aria-label={`${title} ${at + 1}: ${words}`} onClick={() => turnTo(id)}>
            <Thumb source={source} id={id} />
          </button>
          <p>{words}</p>
        </li>
      ))}
    </RowOfPictures>
  )
}
