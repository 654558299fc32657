import { useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { Icon } from './icons.tsx'
import { Problem } from './notices.tsx'
import { cleanName } from './query-text.ts'
import { ReorderableList } from './reorderable-list.tsx'
import { useAnswer } from './use-answer.ts'
import { useAttempt } from './use-attempt.ts'
import type { CollectionChanges, CollectionDetails, Work } from './work.ts'

interface Props {
  readonly source: Source
  readonly work: Work
  readonly id: string
  /** To the list of all collections. */
  back(): void
}

/** One collection: its name, its note, and the order of its pictures. */
export function ArrangeCollection({ source, work, id, back }: Props) {
  const { value, error, retry } = useAnswer(() => work.collection(id), [work, id])
  if (error) return <Problem message={error} retry={retry} />
  return value && <Arranged source={source} work={work} collection={value} back={back} />
}

interface ArrangedProps extends Omit<Props, 'id'> {
  readonly collection: CollectionDetails
}

function Arranged({ source, work, collection, back }: ArrangedProps) {
  const { id, kind, query } = collection
  const [ids, setIds] = useState(collection.ids)
  const [isAsking, setAsking] = useState(false)
  const { error, run } = useAttempt()
  const change = (changes: CollectionChanges) => run(async () => void (await work.changeCollection(id, changes)))
  const order = (next: readonly string[]) => {
    setIds(next)
    void change({ order: next })
  }
  const remove = (picture: string) => {
    setIds(ids.filter((one) => one !== picture))
    void change({ remove: [picture] })
  }
  const drop = () =>
    run(async () => {
      await work.deleteCollection(id)
      back()
    })
  return (
    <section class="arrange">
      <button type="button" class="quiet" onClick={back}>
        <Icon name="previous" /> All collections
      </button>
      <Line label="Name" text={collection.name} save={(name) => cleanName(name) && change({ name: cleanName(name) })} />
      <Line label="Note" text={collection.note} save={(note) => change({ note })} isLong />
      {kind === 'smart' && (
        <p>
          Whatever this search finds: <code>{query}</code>
        </p>
      )}
      {kind === 'list' && <ReorderableList ids={ids} source={source} order={order} remove={remove} />}
      {error && <p role="alert">{error}</p>}
      <div class="buttons">
        {isAsking ? (
          <>
            <span>Its pictures stay in the archive.</span>
            <button type="button" class="quiet" onClick={() => setAsking(false)}>
              Keep it
            </button>
            <button type="button" class="danger" onClick={drop}>
              Delete collection
            </button>
          </>
        ) : (
          <button type="button" class="quiet" onClick={() => setAsking(true)}>
            <Icon name="trash" /> Delete collection…
          </button>
        )}
      </div>
    </section>
  )
}

interface LineProps {
  readonly label: string
  readonly text: string
  save(text: string): void
  readonly isLong?: boolean
}

/** A text that is saved when it is left. */
function Line({ label, text, save, isLong = false }: LineProps) {
  const [draft, setDraft] = useState(text)
  const Input = isLong ? 'textarea' : 'input'
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: its control is an input or a textarea.
    <label class="line-field">
      <span>{label}</span>
      <Input
        value={draft}
        maxLength={isLong ? 10_000 : 100}
        onInput={(event: Event & { currentTarget: { value: string } }) => setDraft(event.currentTarget.value)}
        onBlur={() => draft !== text && save(draft)}
      />
    </label>
  )
}
