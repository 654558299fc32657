import type { ComponentChildren, RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { FilterRow } from './filter-row.tsx'
import type { Facets, Finding } from './finding.ts'
import { Icon } from './icons.tsx'
import { SearchField } from './search-field.tsx'
import { filterParams } from './state.ts'
import type { Navigation } from './use-navigation.ts'
import { useResize } from './use-resize.ts'
import { pictureCount } from './words.ts'

interface Props {
  readonly navigation: Navigation
  readonly searchRef: RefObject<HTMLInputElement | null>
  readonly profiles: readonly string[]
  /** What is counted and proposed; null for a copy. */
  readonly finding: Finding | null
  /** How many of the pictures found are what; null while it is not known. */
  readonly facets: Facets | null
  /** Other ways to look at the pictures. */
  readonly views: ComponentChildren
  /** Null while it is not known yet. */
  readonly count: number | null
  readonly canSelect: boolean
  readonly isSelecting: boolean
  onSelect(): void
  /** Null where there are none. */
  readonly onCollections: (() => void) | null
  /** More filters beside those of the search. */
  readonly pills: ComponentChildren
  /** Null where nothing is known of an account. */
  readonly onHistory: (() => void) | null
  /** How much of the window the bar covers. */
  onHeight(px: number): void
  /** From the search field into the pictures. */
  onLeave(): void
}

/** Search as you type, the filters, and how many pictures they leave. */
export function SearchBar(props: Props) {
  const {
    navigation,
    searchRef,
    finding,
    facets,
    views,
    count,
    canSelect,
    isSelecting,
    onSelect,
    onCollections,
    onHistory,
    onHeight,
    onLeave,
  } = props
  const [isOpen, setOpen] = useState(false)
  const top = useRef<HTMLElement>(null)
  useResize(top, ({ offsetHeight }) => onHeight(offsetHeight))
  const { filters } = navigation.view
  const active = [...filterParams({ ...filters, q: '' })].length
  return (
    <header class="top" ref={top}>
      <search class="bar">
        <SearchField
          q={filters.q}
          searchRef={searchRef}
          finding={finding}
          change={(q) => navigation.filter({ q }, 'typing')}
          leave={onLeave}
        />
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
          {views}
          {onHistory && (
            <button type="button" class="icon-button bar-button" aria-haspopup="dialog" onClick={onHistory}>
              <Icon name="history" />
              <span class="wide-only">History</span>
              <span class="sr-only narrow-only">Account history</span>
            </button>
          )}
          {onCollections && (
            <button type="button" class="icon-button bar-button" aria-haspopup="dialog" onClick={onCollections}>
              <Icon name="collection" />
              <span class="wide-only">Collections</span>
              <span class="sr-only narrow-only">Collections</span>
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
        <FilterRow
          filters={filters}
          profiles={props.profiles}
          isOpen={isOpen}
          change={navigation.filter}
          facets={facets}
        >
          {props.pills}
        </FilterRow>
      </search>
    </header>
  )
}
