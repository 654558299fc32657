import type {
  Facets,
  Numbers,
  PromptGroup,
  PromptPage,
  SuggestedTags,
  Suggestion,
  Suggestions,
} from '../gallery/api.ts'
import { json } from './requests.ts'
import { type Filters, filterParams } from './state.ts'

export type { Facets, Numbers, PromptGroup, PromptPage, SuggestedTags, Suggestion }

/** What the server counts and proposes beside the pictures themselves. */
export interface Finding {
  /** What the last word of a search may become. */
  suggest(q: string, signal: AbortSignal): Promise<readonly Suggestion[]>
  /** How many of the pictures found are what. */
  facets(filters: Filters, signal: AbortSignal): Promise<Facets>
  /** The prompts of the pictures found, each once. */
  prompts(filters: Filters, offset: number, limit: number): Promise<PromptPage>
  /** Words that recur in prompts and are no tags yet. */
  suggestedTags(): Promise<SuggestedTags['tags']>
  numbers(): Promise<Numbers>
}

/** Asks the server this page came from. */
export const serverFinding = (): Finding => ({
  suggest: async (q, signal) =>
    (await json<Suggestions>(`api/suggest?${new URLSearchParams({ q })}`, { signal })).suggestions,
  facets: (filters, signal) => json(`api/facets?${filterParams(filters)}`, { signal }),
  prompts: (filters, offset, limit) => {
    const params = filterParams(filters)
    params.set('offset', `${offset}`)
    params.set('limit', `${limit}`)
    return json(`api/prompts?${params}`)
  },
  suggestedTags: async () => (await json<SuggestedTags>('api/suggested-tags')).tags,
  numbers: () => json('api/numbers'),
})
