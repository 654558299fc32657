import { withTerm } from './search-terms.ts'
import { Sheet } from './sheet.tsx'
import type { Filters } from './state.ts'

interface Props {
  readonly q: string
  filter(changes: Partial<Filters>): void
  close(): void
}

const terms = [
  ['cat lighthouse', 'both words, anywhere in prompt, title, tags or note'],
  ['"red coat"', 'these words in this order'],
  ['-rain', 'without this word'],
  ['by:gpt-image', 'made by gpt-image, or dalle'],
  ['before:2026-03', 'made before this year, month or day; also after:'],
  ['shape:tall', 'tall, wide or square'],
  ['tag:poster', 'with this tag'],
  ['stars:>3', 'more than three stars; also 3, =3 and <3'],
  ['is:picked', 'picked, rejected, favourite, missing or untagged'],
  ['in:"Trip to Rome"', 'in this conversation'],
  ['collection:"Wall"', 'in this collection'],
] as const

const keys = [
  ['/', 'search'],
  ['Arrows, Home, End', 'from picture to picture'],
  ['Enter', 'show the picture; Esc goes back'],
  ['Z, O', 'zoom; one pixel to one'],
  ['+, −', 'zoom in and out, up to 800 %; arrows move the picture'],
  ['S', 'slideshow'],
  ['W', 'whole screen'],
  ['B', 'lift the blur'],
  ['F, I', 'favourite; details'],
] as const

/** What the search understands, each to be tried, and what the keys do. */
export function SearchHelp({ q, filter, close }: Props) {
  const use = (term: string) => {
    close()
    filter({ q: withTerm(q, term) })
  }
  return (
    <Sheet title="Search words and keys" close={close}>
      <dl class="help-terms">
        {terms.map(([term, words]) => (
          <div key={term}>
            <dt>
              <button type="button" class="link" aria-label={`Search ${term}`} onClick={() => use(term)}>
                <code>{term}</code>
              </button>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <section>
        <h3>Keys</h3>
        <dl class="help-terms">
          {keys.map(([key, words]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
      </section>
    </Sheet>
  )
}
