import { Icon } from './icons.tsx'
import { type Filters, filterParams, noFilters } from './state.ts'

interface Props {
  readonly filters: Filters
  /** Leaves everything for what these filters alone name. */
  find(filters: Partial<Filters>): void
}

/** What the page says when it has no pictures to show. */
export function Empty({ filters, find }: Props) {
  const { q } = filters
  const isFiltered = [...filterParams({ ...filters, q: '' })].length > 0
  if (!q && !isFiltered) return <NoneYet />
  return (
    <section class="notice">
      <Icon name="search" />
      <h2>
        {q ? `Nothing matches “${q}”${isFiltered ? ' with these filters' : ''}` : 'Nothing matches these filters'}
      </h2>
      {q && <p>Every word must be found in the prompt, the title, an id, a tag or the note.</p>}
      <div class="buttons">
        {q && isFiltered && (
          <button type="button" class="primary" onClick={() => find({ q })}>
            Search without filters
          </button>
        )}
        <button type="button" class={q && isFiltered ? 'quiet' : 'primary'} onClick={() => find(noFilters)}>
          Show all pictures
        </button>
      </div>
    </section>
  )
}

interface CorrectedProps {
  /** What was asked for, and what the pictures shown answer. */
  readonly asked: string
  readonly found: string
  search(q: string): void
}

/** Nothing was found for the words asked, and this for the nearest ones. */
export function Corrected({ asked, found, search }: CorrectedProps) {
  return (
    <p class="corrected" role="status">
      Nothing matches “{asked}”. Showing{' '}
      <button type="button" class="link" onClick={() => search(found)}>
        {found}
      </button>{' '}
      instead.
    </p>
  )
}

function NoneYet() {
  return (
    <section class="notice">
      <Icon name="picture" />
      <h2>No pictures yet</h2>
      <p>
        Run <code>dalle-archiver</code> and make one with ChatGPT: it appears here by itself. Older ones come from a
        data export with <code>dalle-archiver import</code>.
      </p>
    </section>
  )
}

/** Something went wrong; what is on screen stays. */
export function Problem({ message, retry }: { message: string; retry(): void }) {
  return (
    <div class="problem" role="alert">
      <p>{message}</p>
      <button type="button" class="quiet" onClick={retry}>
        Try again
      </button>
    </div>
  )
}

const ratios = [1, 1.75, 0.66, 1, 1.5, 1, 1, 0.57, 1.75, 1, 1.5, 0.66, 1, 1.75]

/** Where pictures will be, until the list is there. */
export function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="sr-only">Loading pictures…</span>
      {ratios.map((ratio, i) => (
        <span key={i} style={{ flexGrow: ratio, flexBasis: `${ratio * 180}px` }} />
      ))}
    </div>
  )
}
