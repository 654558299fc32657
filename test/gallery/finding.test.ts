import { describe, expect, it, vi } from 'vitest'
import type { Facets, Numbers, PromptPage, SearchResult, SuggestedTags, Suggestions } from '../../src/gallery/api.ts'
import { verify } from '../../src/verify/verify.ts'
import { archiveOf, idOf, served } from './support.ts'

const prompts = ['A red lighthouse', 'a RED  lighthouse', 'lighthouse and castle', 'a castle by the sea', 'the sea']

async function finding() {
  const { root } = await archiveOf(5, (n) => ({
    prompt: prompts[n] ?? null,
    conversationTitle: n < 3 ? 'Light towers' : null,
  }))
  const { ask, gallery } = await served(root)
  await vi.waitFor(() => expect(gallery.catalogue.tokens?.size).toBe(5))
  const get = async <T>(place: string) => (await ask(place)).json<T>()
  const suggested = async (q: string) => (await get<Suggestions>(`/api/suggest?q=${encodeURIComponent(q)}`)).suggestions
  return { root, ask, get, suggested }
}

describe('a search', () => {
  it('that finds nothing is answered for the nearest words, and says so', async () => {
    const { get } = await finding()
    expect(await get<SearchResult>('/api/search?q=lighthosue%20castel')).toMatchObject({
      count: 1,
      corrected: 'lighthouse castle',
    })
    expect(await get<SearchResult>('/api/search?q=light')).not.toHaveProperty('corrected')
    expect(await get<SearchResult>('/api/search?q=zzzzzz')).toMatchObject({ count: 0 })
  })
})

describe('suggestions', () => {
  it('go on with the last word, by words, tags, conversations, collections and keys', async () => {
    const { ask, suggested } = await finding()
    await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: { tags: ['Lively', 'Two words'] } })
    await ask('/api/collections', { method: 'POST', body: { name: 'Little ones', ids: [idOf(1)] } })
    expect(await suggested('castle li')).toEqual([
      { text: 'light', count: 3, kind: 'word' },
      { text: 'lighthouse', count: 3, kind: 'word' },
      { text: 'tag:Lively', count: 1, kind: 'tag' },
      { text: 'collection:"Little ones"', count: 1, kind: 'collection' },
      { text: 'in:"Light towers"', count: 3, kind: 'conversation' },
    ])
    expect(await suggested('-tag:wo')).toEqual([{ text: '-tag:"Two words"', count: 1, kind: 'tag' }])
    expect((await suggested('s')).map(({ text }) => text)).toEqual(['sea', 'source:', 'shape:'])
    expect((await suggested('flag:p')).map(({ text }) => text)).toEqual(['flag:picked'])
    expect((await suggested('in:tow')).map(({ text }) => text)).toEqual(['in:"Light towers"'])
  })

  it('are none for nothing, behind a space, and for what nobody wrote', async () => {
    const { suggested } = await finding()
    for (const q of ['', 'castle ', 'zzz', 'constructor:x', 'tag:zzz']) expect(await suggested(q)).toEqual([])
  })

  it('are at most eight, and each finds as many pictures as it says', async () => {
    const { get, suggested } = await finding()
    for (const q of ['', 'c', 't', 's', 'l', 'li', 'tag:', 'in:', 'is:', 'stars:']) {
      const suggestions = await suggested(q)
      expect(suggestions.length).toBeLessThanOrEqual(8)
      for (const { text, count } of suggestions.filter(({ kind }) => kind !== 'key'))
        expect(await get(`/api/search?q=${encodeURIComponent(text)}`)).toMatchObject({ count })
    }
  })
})

it('facets count what a search found', async () => {
  const { ask, get } = await finding()
  await ask('/api/marks', {
    method: 'PATCH',
    body: { ids: [idOf(0), idOf(4)], changes: { stars: 3, addTags: ['Sea'] } },
  })
  expect(await get<Facets>('/api/facets')).toMatchObject({ total: 5, stars: { 0: 3, 3: 2 }, tags: [['Sea', 2]] })
  const found = await get<Facets>('/api/facets?q=lighthouse')
  expect(found).toMatchObject({ total: 3, shape: { square: 3 }, source: { live: 3 } })
  expect(Object.values(found.days)).toEqual([1, 1, 1])
  expect((await ask('/api/facets?from=soon')).status).toBe(400)
})

it('prompts are grouped, counted and told as they were written', async () => {
  const { ask, get } = await finding()
  const page = await get<PromptPage>('/api/prompts')
  expect(page.total).toBe(4)
  expect(page.prompts[0]).toMatchObject({ prompt: 'a RED  lighthouse', count: 2, ids: [idOf(1), idOf(0)] })
  expect(page.prompts.slice(1).map(({ prompt }) => prompt)).toEqual([
    'the sea',
    'a castle by the sea',
    'lighthouse and castle',
  ])
  const second = await get<PromptPage>('/api/prompts?offset=1&limit=1&q=sea')
  expect(second).toMatchObject({ total: 2, prompts: [{ prompt: 'a castle by the sea' }] })
  expect((await ask('/api/prompts?limit=x')).status).toBe(400)
})

it('words that recur become suggested tags until they are tags', async () => {
  const { root } = await archiveOf(8, (n) => ({
    prompt: n < 3 ? 'misty harbour' : `only ${n}`,
    conversationTitle: null,
  }))
  const { ask, gallery } = await served(root)
  await vi.waitFor(() => expect(gallery.catalogue.tokens?.size).toBe(8))
  const tags = async () => (await ask('/api/suggested-tags')).json<SuggestedTags>().tags
  expect(await tags()).toEqual([
    { tag: 'harbour', count: 3 },
    { tag: 'misty', count: 3 },
  ])
  await ask(`/api/pictures/${idOf(0)}/marks`, { method: 'PATCH', body: { tags: ['Misty'] } })
  expect((await tags()).map(({ tag }) => tag)).toEqual(['harbour'])
})

describe('the numbers', () => {
  it('are those of the archive; what nobody asked is not known', async () => {
    const { root, ask, get } = await finding()
    await ask('/api/delete', { method: 'POST', body: { ids: [idOf(4)] } })
    const numbers = await get<Numbers>('/api/numbers')
    expect(numbers).toMatchObject({ total: 5, held: 4, lacking: null, unverified: null, shape: { square: 5 } })
    expect(numbers.bytes).toBeGreaterThan(5 * 2_000)
    expect(numbers.hours).toHaveLength(24)
    expect(numbers.hours.reduce((sum, one) => sum + one)).toBe(5)
    expect(Object.values(numbers.days).reduce((sum, one) => sum + one)).toBe(5)
    expect(numbers.words.slice(0, 4).map(([word]) => word)).toContain('lighthouse')
    await verify({ root, now: () => new Date() })
    expect(await get<Numbers>('/api/numbers')).toMatchObject({ unverified: 0 })
  })
})
