import type { RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { FilterRow } from './filter-row.tsx'
import { Icon } from './icons.tsx'
import { filterParams } from './state.ts'
import type { Navigation } from './use-navigation.ts'
import { useResize } from './use-resize.ts'
import { pictureCount } from './words.ts'

interface Props {
  readonly navigation: Navigation
  readonly searchRef: RefObject<HTMLInputElement | null>
  readonly profiles: readonly string[]
  /** Null while it is not known yet. */
  readonly count: number | null
  readonly canSelect: boolean
  readonly isSelecting: boolean
  onSelect(): void
  /** Null where nothing is known of an account. */
  readonly onHistory: (() => void) | null
  /** How much of the window the bar covers. */
  onHeight(px: number): void
  /** From the search field into the pictures. */
  onLeave(): void
}

/** Search as you type, the filters, and how many pictures they leave. */
export function SearchBar(props: Props) {
  const { navigation, searchRef, count, canSelect, isSelecting, onSelect, onHistory, onHeight, onLeave } = props
  const [isOpen, setOpen] = useState(false)
  const top = useRef<HTMLElement>(null)
  useResize(top, ({ offsetHeight }) => onHeight(offsetHeight))
  const { filters } = navigation.view
  const active = [...filterParams({ ...filters, q: '' })].length
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === 'ArrowDown') {
      event.preventDefault()
      onLeave()
    } else if (event.key === 'Escape' && filters.q) {
      event.preventDefault()
      navigation.filter({ q: '' })
    }
  }
  return (
    <header class="top" ref={top}>
      <search class="bar">
        <label class="field">
          <Icon name="search" />
          <span class="sr-only">Search pictures</span>
          <input
            ref={searchRef}
            type="search"
            placeholder="Search prompts, titles, ids, tags"
            autocomplete="off"
            spellcheck={false}
            value={filters.q}
            onInput={(event) => navigation.filter({ q: event.currentTarget.value }, 'typing')}
            onKeyDown={keyDown}
          />
          <span class="key" aria-hidden="true">
            /
          </span>
        </label>
        <div class="bar-buttons">
          <button
            type="button"
            class="icon-button filters-toggle"
            aria-expanded={isOpen}
            aria-controls="filters"
            aria-label={active ? `Filters, ${active} on` : 'Filters'}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="filter" />
            {active > 0 && <span class="badge">{active}</span>}
          </button>
          {onHistory && (
            <button type="button" class="icon-button bar-button" aria-haspopup="dialog" onClick={onHistory}>
              <Icon name="history" />
              <span class="wide-only">History</span>
              <span class="sr-only narrow-only">Account history</span>
            </button>
          )}
          {canSelect && (
            <button
              type="button"
              class="icon-button bar-button select-toggle"
              aria-pressed={isSelecting}
              onClick={onSelect}
            >
              <Icon name="check" />
              <span class="wide-only">Select</span>
              <span class="sr-only narrow-only">Select pictures</span>
            </button>
          )}
        </div>
        <p class="count" role="status" aria-live="polite">
          {count === null ? '' : pictureCount(count)}
        </p>
        <FilterRow filters={filters} profiles={props.profiles} isOpen={isOpen} change={navigation.filter} />
      </search>
    </header>
  )
}
