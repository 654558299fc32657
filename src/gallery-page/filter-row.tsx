import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Facets } from './finding.ts'
import { type Filters, filterParams, noFilters, type Step } from './state.ts'
import { useKeptFocus } from './use-kept-focus.ts'
import { generatorNames, numberName, originNames, shapeNames } from './words.ts'

const choices = {
  by: { label: 'Made by', options: generatorNames },
  shape: { label: 'Shape', options: shapeNames },
  source: { label: 'Source', options: originNames },
} as const

interface Props {
  readonly filters: Filters
  /** Labels of the profiles there are; a choice only where there are several. */
  readonly profiles: readonly string[]
  readonly isOpen: boolean
  /** How many of the pictures found are what; null while it is not known. */
  readonly facets: Facets | null
  change(changes: Partial<Filters>, step?: Step): void
  readonly children?: ComponentChildren
}

/** The filters beside the search field. */
export function FilterRow({ filters, profiles, isOpen, facets, change, children }: Props) {
  const box = useRef<HTMLFieldSetElement>(null)
  useKeptFocus(box)
  const hasAny = [...filterParams(filters)].length > 0
  return (
    <fieldset ref={box} id="filters" class={`filters${isOpen ? ' open' : ''}`} tabIndex={-1}>
      <legend class="sr-only">Filters</legend>
      <div class="pill dates" data-on={filters.from !== '' || filters.to !== ''}>
        <DateField name="from" label="From" filters={filters} change={change} />
        <DateField name="to" label="To" filters={filters} change={change} />
      </div>
      {(['by', 'shape', 'source'] as const).map((name) => (
        <Choice key={name} name={name} {...choices[name]} filters={filters} facets={facets} change={change} />
      ))}
      {(profiles.length > 1 || filters.profile !== '') && (
        <Choice
          name="profile"
          label="Profile"
          options={optionsOf(profiles)}
          filters={filters}
          facets={facets}
          change={change}
        />
      )}
      <Toggle label="Has seed" isOn={filters.seed} onToggle={(seed) => change({ seed })} />
      <Toggle label="Favourites" isOn={filters.favourite} onToggle={(favourite) => change({ favourite })} />
      {!filters.tag && facets && facets.tags.length > 0 && (
        <select class="pill" aria-label="Tag" value="" onChange={(event) => change({ tag: event.currentTarget.value })}>
          <option value="">Tag</option>
          {facets.tags.map(([tag, count]) => (
            <option key={tag} value={tag}>
              {tag} · {numberName(count)}
            </option>
          ))}
        </select>
      )}
      {filters.tag && <Toggle label={`Tag: ${filters.tag}`} isOn onToggle={() => change({ tag: '' })} />}
      {children}
      {hasAny && (
        <button type="button" class="pill clear" onClick={() => change(noFilters)}>
          Clear all
        </button>
      )}
    </fieldset>
  )
}

const optionsOf = (labels: readonly string[]) => Object.fromEntries(labels.map((label) => [label, label]))

interface ChoiceProps extends Pick<Props, 'filters' | 'facets' | 'change'> {
  readonly name: 'by' | 'shape' | 'source' | 'profile'
  readonly label: string
  readonly options: Readonly<Record<string, string>>
}

function Choice({ name, label, options, filters, facets, change }: ChoiceProps) {
  return (
    <select
      class="pill"
      aria-label={label}
      data-on={filters[name] !== ''}
      value={filters[name]}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
    >
      <option value="">{label}</option>
      {Object.entries(options).map(([value, words]) => (
        <option key={value} value={value}>
          {words}
          {countIn(facets, filters, name, value)}
        </option>
      ))}
    </select>
  )
}

const countedAs = { by: 'by', shape: 'shape', source: 'source', profile: 'profiles' } as const

/** How many pictures a choice would leave; not said of those beside a choice that is made. */
function countIn(facets: Facets | null, filters: Filters, name: ChoiceProps['name'], value: string): string {
  if (!facets || filters[name] !== '') return ''
  const counts: Readonly<Record<string, number>> = facets[countedAs[name]]
  return ` · ${numberName(counts[value] ?? 0)}`
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
}: Pick<Props, 'filters' | 'change'> & { name: 'from' | 'to'; label: string }) {
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
