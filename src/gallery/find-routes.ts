import { type Context, Hono } from 'hono'
import type { Entry } from '../catalogue/entry.ts'
import { facetsOf } from '../catalogue/facets.ts'
import { type Filters, parseFilters } from '../catalogue/filters.ts'
import { bitmapOf } from '../catalogue/listing.ts'
import { namesOf } from '../catalogue/names.ts'
import { recordOf } from '../catalogue/pictures.ts'
import { groupedByPrompt, type PromptPictures } from '../catalogue/prompts.ts'
import { suggest } from '../catalogue/suggest.ts'
import { suggestedTags } from '../catalogue/suggested-tags.ts'
import { searchForgiving } from '../catalogue/typos.ts'
import type { PicturePage, PromptGroup, PromptPage, SearchResult, SuggestedTags, Suggestions } from './api.ts'
import { servedPictures } from './pictures.ts'
import { type ApiOptions, countIn } from './requests.ts'

const maxPage = 500
const maxPrompts = 100
const maxPromptIds = 12

/** The list, what is searched in it, and what helps to search. */
export function findRoutes({ root, catalogue }: Pick<ApiOptions, 'root' | 'catalogue'>): Hono {
  const api = new Hono()
  const filtered = (context: Context, answer: (filters: Filters) => Response | Promise<Response>) => {
    const parsed = parseFilters(context.req.query())
    if ('flaw' in parsed) return context.json({ error: parsed.flaw }, 400)
    void catalogue.freshen()
    return answer(parsed.filters)
  }
  const found = (filters: Filters): Entry[] =>
    [...catalogue.search(filters)].flatMap((at) => catalogue.entries[at] ?? [])

  api.get('/list', async (context) => {
    await catalogue.freshen()
    return context.body(catalogue.list(), 200, { 'Content-Type': 'application/json' })
  })

  api.get('/search', (context) =>
    filtered(context, (filters) => {
      const { hits, ...corrected } = searchForgiving(catalogue, filters)
      const { revision, isWhole, entries } = catalogue
      const found = { revision, isWhole, count: hits.length, hits: bitmapOf(hits, entries.length), ...corrected }
      const result: SearchResult = isRising(hits) ? found : { ...found, order: [...hits] }
      return context.json(result)
    }),
  )

  api.get('/pictures', (context) =>
    filtered(context, async (filters) => {
      const page = pageIn(context, maxPage)
      if (!page) return context.json({ error: notWhole }, 400)
      const { revision, isWhole, entries } = catalogue
      const hits = catalogue.search(filters)
      const some = [...hits.subarray(page.offset, page.end)].flatMap((at) => entries[at] ?? [])
      const pictures = await servedPictures(root, some)
      return context.json({ revision, isWhole, total: hits.length, pictures } satisfies PicturePage)
    }),
  )

  api.get('/facets', (context) => filtered(context, (filters) => context.json(facetsOf(found(filters)))))

  api.get('/prompts', (context) =>
    filtered(context, async (filters) => {
      const page = pageIn(context, maxPrompts)
      if (!page) return context.json({ error: notWhole }, 400)
      const groups = groupedByPrompt(found(filters))
      const prompts = await Promise.all(groups.slice(page.offset, page.end).map((group) => promptGroupOf(root, group)))
      return context.json({ total: groups.length, prompts } satisfies PromptPage)
    }),
  )

  api.get('/suggest', async (context) => {
    const titleOf = async (entry: Entry) => (await recordOf(root, entry))?.conversationTitle ?? undefined
    const suggestions = await suggest({ catalogue, titleOf }, context.req.query('q') ?? '')
    return context.json({ suggestions } satisfies Suggestions)
  })

  api.get('/suggested-tags', (context) => {
    const tags = namesOf(catalogue.entries).tags.map(({ folded }) => folded)
    const words = catalogue.tokens?.words ?? []
    return context.json({ tags: suggestedTags(words, new Set(tags), catalogue.entries) } satisfies SuggestedTags)
  })
  return api
}

const notWhole = '"offset" and "limit" must be whole numbers'

/** Whether hits are in the order of the list. */
const isRising = (hits: Uint32Array) => hits.every((hit, at) => at === 0 || hit > (hits[at - 1] ?? 0))

function pageIn(context: Context, most: number): { readonly offset: number; readonly end: number } | undefined {
  const [offset, count] = [countIn(context.req.query('offset'), 0), countIn(context.req.query('limit'), 100)]
  return Number.isNaN(offset + count) ? undefined : { offset, end: offset + Math.min(count, most) }
}

/** The prompt as it was written for the newest of them. */
async function promptGroupOf(root: string, group: PromptPictures): Promise<PromptGroup> {
  const [newest] = group
  return {
    prompt: (await recordOf(root, newest))?.prompt ?? '',
    count: group.length,
    ids: group
      .filter(({ isMissing }) => !isMissing)
      .slice(0, maxPromptIds)
      .map(({ id }) => id),
    first: group.at(-1)?.date ?? newest.date,
    last: newest.date,
  }
}
