import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from './icons.tsx'
import { type Filters, filterParams, type Navigation, noFilters, type Step } from './state.ts'
import { useResize } from './use-resize.ts'
import { pictureCount } from './words.ts'

const choices = {
  by: { label: 'Made by', options: { dalle: 'DALL·E 3', 'gpt-image': 'gpt-image' } },
  shape: { label: 'Shape', options: { square: 'Square', wide: 'Wide', tall: 'Tall' } },
  source: { label: 'Source', options: { live: 'Seen live', export: 'OpenAI export' } },
} as const

interface Props {
  readonly navigation: Navigation
  readonly searchRef: RefObject<HTMLInputElement | null>
  /** Null while it is not known yet. */
  readonly count: number | null
  readonly canSelect: boolean
  readonly isSelecting: boolean
  onSelect(): void
  /** How much of the window the bar covers. */
  onHeight(px: number): void
  /** From the search field into the pictures. */
  onLeave(): void
}

/** Search as you type, the filters, and how many pictures they leave. */
export function SearchBar(props: Props) {
  const { navigation, searchRef, count, canSelect, isSelecting, onSelect, onHeight, onLeave } = props
  const [isOpen, setOpen] = useState(false)
  const top = useRef<HTMLElement>(null)
  useResize(top, ({ offsetHeight }) => onHeight(offsetHeight))
  const { filters } = navigation.place
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
        {canSelect && (
          <button type="button" class="icon-button select-toggle" aria-pressed={isSelecting} onClick={onSelect}>
            <Icon name="check" />
            <span class="wide-only">Select</span>
            <span class="sr-only narrow-only">Select pictures</span>
          </button>
        )}
        <p class="count" role="status" aria-live="polite">
          {count === null ? '' : pictureCount(count)}
        </p>
        <FilterRow filters={filters} isOpen={isOpen} change={navigation.filter} />
      </search>
    </header>
  )
}

interface RowProps {
  readonly filters: Filters
  readonly isOpen: boolean
  change(changes: Partial<Filters>, step?: Step): void
}

function FilterRow({ filters, isOpen, change }: RowProps) {
  const hasAny = [...filterParams(filters)].length > 0
  return (
    <fieldset id="filters" class={`filters${isOpen ? ' open' : ''}`}>
      <legend class="sr-only">Filters</legend>
      <div class="pill dates" data-on={filters.from !== '' || filters.to !== ''}>
        <DateField name="from" label="From" filters={filters} change={change} />
        <DateField name="to" label="To" filters={filters} change={change} />
      </div>
      {(['by', 'shape', 'source'] as const).map((name) => (
        <select
          key={name}
          class="pill"
          aria-label={choices[name].label}
          data-on={filters[name] !== ''}
          value={filters[name]}
          onChange={(event) => change({ [name]: event.currentTarget.value })}
        >
          <option value="">{choices[name].label}</option>
          {Object.entries(choices[name].options).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      ))}
      <Toggle label="Has seed" isOn={filters.seed} onToggle={(seed) => change({ seed })} />
      <Toggle label="Favourites" isOn={filters.favourite} onToggle={(favourite) => change({ favourite })} />
      {filters.tag && <Toggle label={`Tag: ${filters.tag}`} isOn onToggle={() => change({ tag: '' })} />}
      {hasAny && (
        <button type="button" class="pill clear" onClick={() => change(noFilters)}>
          Clear all
        </button>
      )}
    </fieldset>
  )
}

function Toggle({ label, isOn, onToggle }: { label: string; isOn: boolean; onToggle(isOn: boolean): void }) {
  return (
    <button type="button" class="pill" aria-pressed={isOn} data-on={isOn} onClick={() => onToggle(!isOn)}>
      {label}
    </button>
  )
}

function DateField({
  name,
  label,
  filters,
  change,
}: Omit<RowProps, 'isOpen'> & { name: 'from' | 'to'; label: string }) {
  const day = filters[name]
  // What is half typed stays, whatever is drawn anew meanwhile.
  const [draft, setDraft] = useState<string | null>(null)
  useEffect(() => setDraft(null), [day])
  return (
    <label class="date" data-empty={day === '' && draft === null}>
      <span>{label}</span>
      <input
        type="date"
        value={draft ?? day}
        min={name === 'to' ? filters.from : ''}
        max={name === 'from' ? filters.to : ''}
        onChange={(event) => {
          const { value } = event.currentTarget
          // A year on its way to four digits: 0002, 0020, 0202.
          const isUnfinished = value.startsWith('0')
          setDraft(isUnfinished ? value : null)
          if (!isUnfinished) change({ [name]: value }, 'typing')
        }}
        onBlur={() => setDraft(null)}
      />
    </label>
  )
}
