import { useEffect, useState } from 'preact/hooks'

/** What is looked for; an empty text is "any". */
export interface Filters {
  readonly q: string
  readonly from: string
  readonly to: string
  readonly by: '' | 'dalle' | 'gpt-image'
  readonly shape: '' | 'square' | 'wide' | 'tall'
  readonly source: '' | 'live' | 'export'
  readonly seed: boolean
  readonly favourite: boolean
  readonly tag: string
}

/** Everything the address bar holds. */
export interface Place {
  readonly filters: Filters
  readonly picture: string | null
}

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
}

const choices = {
  by: ['dalle', 'gpt-image'],
  shape: ['square', 'wide', 'tall'],
  source: ['live', 'export'],
} as const

/** Filters as the server and the address bar spell them. */
export function queryOf(filters: Filters): Record<string, string> {
  const chosen = Object.entries(filters).filter(([, value]) => value !== '' && value !== false)
  return Object.fromEntries(chosen.map(([name, value]) => [name, value === true ? '1' : value]))
}

/** The same as it stands in an address. */
export const filterParams = (filters: Filters): URLSearchParams => new URLSearchParams(queryOf(filters))

/** The place an address names; what makes no sense in it is passed over. */
export function placeOf(text: string): Place {
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
  } as Filters
  return { filters, picture: params.get('picture') }
}

/** The address of a place, without its mark in front. */
export function addressOf(place: Place): string {
  const params = filterParams(place.filters)
  if (place.picture) params.set('picture', place.picture)
  return params.toString()
}

/** How a step is kept: as an entry of its own, in place of the last, or in place of the last while typing goes on. */
export type Step = 'push' | 'replace' | 'typing'

interface Entry {
  readonly isTyping?: boolean
  /** The viewer was opened from this gallery, so closing it is going back. */
  readonly isOpened?: boolean
}

// A page from a file keeps its place behind "#": browsers let files change nothing else of their address.
const isFile = () => location.protocol === 'file:'
/** What the address bar holds right now; what a component was given may be a moment older. */
export const here = (): Place => placeOf(isFile() ? location.hash : location.search)
const entry = () => (history.state ?? {}) as Entry

export interface Navigation {
  readonly place: Place
  filter(changes: Partial<Filters>, step?: Step): void
  /** Leaves everything for what these filters alone name. */
  find(filters: Partial<Filters>): void
  open(id: string): void
  /** Another picture in the open viewer. */
  turnTo(id: string): void
  close(): void
}

/** The place in the address bar, kept in step with back and forward. */
export function useNavigation(): Navigation {
  const [place, setPlace] = useState(here)
  useEffect(() => {
    const follow = () => setPlace(here())
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [])
  const go = (next: Place, step: Step, state: Entry) => {
    const text = addressOf(next)
    const url = `${location.pathname}${text ? `${isFile() ? '#' : '?'}${text}` : ''}`
    const isReplaced = step === 'replace' || (step === 'typing' && entry().isTyping)
    history[isReplaced ? 'replaceState' : 'pushState'](state, '', url)
    setPlace(next)
  }
  return {
    place,
    filter: (changes, step = 'push') => {
      const now = here()
      go({ ...now, filters: { ...now.filters, ...changes } }, step, step === 'typing' ? { isTyping: true } : {})
    },
    find: (filters) => go({ filters: { ...noFilters, ...filters }, picture: null }, 'push', {}),
    open: (picture) => go({ ...here(), picture }, 'push', { isOpened: true }),
    turnTo: (picture) => {
      if (here().picture !== null && here().picture !== picture) go({ ...here(), picture }, 'replace', entry())
    },
    close: () => {
      if (here().picture === null) return
      if (entry().isOpened) history.back()
      else go({ ...here(), picture: null }, 'replace', {})
    },
  }
}
