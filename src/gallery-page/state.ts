import { type Origin, origins } from '../archive/origins.ts'
import { type GeneratedBy, generators } from '../catalogue/record-fields.ts'

/** What is looked for; an empty text is "any". */
export interface Filters {
  readonly q: string
  readonly from: string
  readonly to: string
  readonly by: '' | GeneratedBy
  readonly shape: '' | 'square' | 'wide' | 'tall'
  readonly source: '' | Origin
  readonly seed: boolean
  readonly favourite: boolean
  readonly tag: string
  readonly profile: string
}

/** Everything the address bar holds: what is looked for, and the picture looked at. */
export interface View {
  readonly filters: Filters
  readonly picture: string | null
  /** A picture whose variants alone are shown. */
  readonly variants?: string
}

/** Nothing is looked for. */
export const noFilters: Filters = {
  q: '',
  from: '',
  to: '',
  by: '',
  shape: '',
  source: '',
  seed: false,
  favourite: false,
  tag: '',
  profile: '',
}

const choices = {
  by: generators,
  shape: ['square', 'wide', 'tall'],
  source: origins,
} as const

/** Filters as the server and the address bar spell them. */
export function queryOf(filters: Filters): Record<string, string> {
  const chosen = Object.entries(filters).filter(([, value]) => value !== '' && value !== false)
  return Object.fromEntries(chosen.map(([name, value]) => [name, value === true ? '1' : value]))
}

/** The same as it stands in an address. */
export const filterParams = (filters: Filters): URLSearchParams => new URLSearchParams(queryOf(filters))

/** The view an address names; what makes no sense in it is passed over. */
export function viewOf(text: string): View {
  const params = new URLSearchParams(text.replace(/^[?#]/, ''))
  const get = (name: string) => params.get(name) ?? ''
  const day = (name: string) => (/^\d{4}-\d\d-\d\d$/.test(get(name)) ? get(name) : '')
  const choice = <Name extends keyof typeof choices>(name: Name) =>
    (choices[name] as readonly string[]).includes(get(name)) ? (get(name) as Filters[Name]) : ''
  const filters = {
    q: get('q'),
    from: day('from'),
    to: day('to'),
    by: choice('by'),
    shape: choice('shape'),
    source: choice('source'),
    seed: get('seed') === '1',
    favourite: get('favourite') === '1',
    tag: get('tag'),
    profile: get('profile'),
  } as Filters
  const variants = params.get('variants')
  return { filters, picture: params.get('picture'), ...(variants && { variants }) }
}

/** The address of a view, without its mark in front. */
export function addressOf(view: View): string {
  const params = filterParams(view.filters)
  if (view.variants) params.set('variants', view.variants)
  if (view.picture) params.set('picture', view.picture)
  return params.toString()
}

/** How a step is kept: as an entry of its own, in place of the last, or in place of the last while typing goes on. */
export type Step = 'push' | 'replace' | 'typing'

/** What the browser keeps beside an address of ours. */
export interface StepState {
  readonly isTyping?: boolean
  /** The viewer was opened from this gallery, so closing it is going back. */
  readonly isOpened?: boolean
}

/** Whether a step takes the place of the last one in the history of the browser. */
export const replacesLast = (step: Step, last: StepState): boolean =>
  step === 'replace' || (step === 'typing' && last.isTyping === true)
