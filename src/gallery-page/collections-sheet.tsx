import { useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { ArrangeCollection } from './arrange-collection.tsx'
import { Icon } from './icons.tsx'
import { Problem } from './notices.tsx'
import { cleanName, collectionQuery, isSearch, queryText } from './query-text.ts'
import { Sheet } from './sheet.tsx'
import type { Filters } from './state.ts'
import { Thumb } from './thumb.tsx'
import { useAnswer } from './use-answer.ts'
import { useAttempt } from './use-attempt.ts'
import { pictureCount } from './words.ts'
import type { CollectionSummary, Work } from './work.ts'

interface Props {
  readonly source: Source
  readonly work: Work
  readonly filters: Filters
  /** That of the list, which rises when another window changes a collection. */
  readonly revision: number | undefined
  /** Leaves everything for what these filters alone name. */
  find(filters: Partial<Filters>): void
  close(): void
}

/** All collections over the gallery: to be shown, arranged, or made of the search at hand. */
export function CollectionsSheet({ source, work, filters, revision, find, close }: Props) {
  const [arranged, arrange] = useState<string | null>(null)
  const { value, error, retry } = useAnswer(() => work.collections(), [work, revision])
  const show = ({ name }: CollectionSummary) => {
    find({ q: collectionQuery(name) })
    close()
  }
  const back = () => {
    arrange(null)
    retry()
  }
  return (
    <Sheet title="Collections" isBusy={!value && !error} close={close}>
      {error && <Problem message={error} retry={retry} />}
      {arranged === null ? (
        <>
          {isSearch(filters) && <SaveSearch work={work} query={queryText(filters)} saved={retry} />}
          {value && <CollectionList collections={value} source={source} show={show} arrange={arrange} />}
        </>
      ) : (
        <ArrangeCollection key={arranged} source={source} work={work} id={arranged} back={back} />
      )}
    </Sheet>
  )
}

interface ListProps {
  readonly collections: readonly CollectionSummary[]
  readonly source: Source
  show(collection: CollectionSummary): void
  arrange(id: string): void
}

function CollectionList({ collections, source, show, arrange }: ListProps) {
  if (collections.length === 0)
    return <p>None yet. Select pictures and press “Collect”, or search for something and save the search here.</p>
  return (
    <ul class="collections">
      {collections.map((one) => (
        <li key={one.id}>
          <button type="button" class="collection" onClick={() => show(one)}>
            <span class="cover">
              {one.cover ? <Thumb source={source} id={one.cover} /> : <Icon name="collection" />}
            </span>
            <span class="collection-name">{one.name}</span>
            <span class="day-count">
              {one.kind === 'smart' && 'Search · '}
              {pictureCount(one.count)}
            </span>
          </button>
          <button type="button" class="quiet" aria-label={`Arrange ${one.name}`} onClick={() => arrange(one.id)}>
            Arrange
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Keeps the search at hand as a collection of whatever it finds. */
function SaveSearch({ work, query, saved }: { work: Work; query: string; saved(): void }) {
  const [name, setName] = useState('')
  const { isRunning, error, run } = useAttempt()
  const save = (event: Event) => {
    event.preventDefault()
    void run(async () => {
      await work.collect({ name: cleanName(name), query })
      setName('')
      saved()
    })
  }
  return (
    <form class="line-form save-search" onSubmit={save}>
      <label class="line-field">
        <span>
          Save this search: <code>{query}</code>
        </span>
        <input
          autocomplete="off"
          placeholder="Name"
          maxLength={100}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={!cleanName(name) || isRunning}>
        Save
      </button>
      {error && <p role="alert">{error}</p>}
    </form>
  )
}
