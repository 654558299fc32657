import { useEffect, useState } from 'preact/hooks'
import {
  addressOf,
  type Filters,
  noFilters,
  replacesLast,
  type Step,
  type StepState,
  type View,
  viewOf,
} from './state.ts'

// A page from a file keeps its view behind "#": browsers let files change nothing else of their address.
const isFile = () => location.protocol === 'file:'

/** What the address bar holds right now; what a component was given may be a moment older. */
export const here = (): View => viewOf(isFile() ? location.hash : location.search)

const lastStep = () => (history.state ?? {}) as StepState

/** The view, and the ways from it to another. */
export interface Navigation {
  readonly view: View
  filter(changes: Partial<Filters>, step?: Step): void
  /** Leaves everything for what these filters alone name. */
  find(filters: Partial<Filters>): void
  open(id: string): void
  /** The variants of a picture alone; null goes back to all. */
  showVariants(id: string | null): void
  /** Another picture in the open viewer. */
  turnTo(id: string): void
  close(): void
}

/** The view in the address bar, kept in step with back and forward. */
export function useNavigation(): Navigation {
  const [view, setView] = useState(here)
  useEffect(() => {
    const follow = () => setView(here())
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [])
  const go = (next: View, step: Step, state: StepState) => {
    const text = addressOf(next)
    const url = `${location.pathname}${text ? `${isFile() ? '#' : '?'}${text}` : ''}`
    history[replacesLast(step, lastStep()) ? 'replaceState' : 'pushState'](state, '', url)
    setView(next)
  }
  return {
    view,
    filter: (changes, step = 'push') => {
      const now = here()
      go(
        { filters: { ...now.filters, ...changes }, picture: now.picture },
        step,
        step === 'typing' ? { isTyping: true } : {},
      )
    },
    find: (filters) => go({ filters: { ...noFilters, ...filters }, picture: null }, 'push', {}),
    open: (picture) => go({ ...here(), picture }, 'push', { isOpened: true }),
    showVariants: (id) => {
      const { filters } = here()
      if (id !== null) go({ filters, picture: null, variants: id }, 'push', { isOpened: true })
      else if (lastStep().isOpened) history.back()
      else go({ filters, picture: null }, 'replace', {})
    },
    turnTo: (picture) => {
      if (here().picture !== null && here().picture !== picture) go({ ...here(), picture }, 'replace', lastStep())
    },
    close: () => {
      if (here().picture === null) return
      if (lastStep().isOpened) history.back()
      else go({ ...here(), picture: null }, 'replace', {})
    },
  }
}
