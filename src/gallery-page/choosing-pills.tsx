import { useMemo } from 'preact/hooks'
import type { Task } from './desk.tsx'
import { termIn, withTerm } from './query-text.ts'
import type { Shown } from './shown.ts'
import type { Filters } from './state.ts'
import type { Stacks } from './use-stacks.ts'
import { countOf } from './words.ts'

const starChoices = {
  '>0': 'Any stars',
  '>1': '2 stars and more',
  '>2': '3 stars and more',
  '>3': '4 stars and more',
  '5': '5 stars',
  '0': 'No stars',
}
const flagChoices = { picked: 'Picked', rejected: 'Rejected' }

interface Props {
  readonly filters: Filters
  readonly shown: Shown | null
  readonly stacks: Stacks
  change(changes: Partial<Filters>): void
  /** Undefined where nothing can be changed. */
  readonly start: ((task: Task) => void) | undefined
}

/** Filters by what was judged, stacks on and off, and an end to what was rejected: pills among the other filters. */
export function ChoosingPills({ filters, shown, stacks, change, start }: Props) {
  const rejected = useRejectedCount(shown)
  return (
    <>
      <TermSelect label="Stars" term="stars" options={starChoices} filters={filters} change={change} />
      <TermSelect label="Choice" term="is" options={flagChoices} filters={filters} change={change} />
      <button
        type="button"
        class="pill"
        aria-pressed={stacks.isOn}
        data-on={stacks.isOn}
        title="Variants of one picture as one tile (v)"
        onClick={stacks.toggle}
      >
        Stacks
      </button>
      {start && rejected > 0 && (
        <button type="button" class="pill clear" onClick={() => start({ kind: 'delete-rejected' })}>
          Delete {countOf(rejected, 'rejected image')}…
        </button>
      )}
    </>
  )
}

/** How many pictures of the whole list are rejected and still here. */
function useRejectedCount(shown: Shown | null): number {
  const list = shown?.list
  return useMemo(() => {
    const { marks = [], flags = [] } = list?.pictures ?? {}
    return marks.reduce((count, bits, at) => count + (bits & 16 && !((flags[at] ?? 0) & 4) ? 1 : 0), 0)
  }, [list])
}

interface SelectProps extends Pick<Props, 'filters' | 'change'> {
  readonly label: string
  /** The search word it writes. */
  readonly term: string
  readonly options: Readonly<Record<string, string>>
}

function TermSelect({ label, term, options, filters, change }: SelectProps) {
  const value = termIn(filters.q, term)
  return (
    <select
      class="pill"
      aria-label={label}
      data-on={value in options}
      value={value in options ? value : ''}
      onChange={(event) => change({ q: withTerm(filters.q, term, event.currentTarget.value) })}
    >
      <option value="">{label}</option>
      {Object.entries(options).map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  )
}
