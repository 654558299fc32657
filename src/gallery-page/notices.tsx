import { Icon } from './icons.tsx'

/** What the page says when it has no pictures to show. */
export function Empty({ isFiltered, query, clear }: { isFiltered: boolean; query: string; clear(): void }) {
  return (
    <section class="notice">
      <Icon name={isFiltered ? 'search' : 'picture'} />
      {isFiltered ? (
        <>
          <h2>{query ? `Nothing matches “${query}”` : 'Nothing matches these filters'}</h2>
          <p>Every word must be found in the prompt, the title, an id, a tag or the note.</p>
          <button type="button" class="primary" onClick={clear}>
            Show all pictures
          </button>
        </>
      ) : (
        <>
          <h2>No pictures yet</h2>
          <p>
            Run <code>dalle-archiver watch</code> and make one with ChatGPT: it appears here by itself. Older ones come
            with <code>backfill</code> and <code>import</code>.
          </p>
        </>
      )}
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
