import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ImageKind } from '../../src/decode/image-bytes.ts'
import { dateSources, type ImageFacts, mayBeOf, mergeFacts, promptSources, reviveFacts } from '../../src/sites/facts.ts'
import { mismatch } from '../../src/sites/mismatch.ts'
import { facts, genId } from '../fakes/facts.ts'

/** What one image is in truth; news tells parts of it. */
const truth = facts({
  widthPx: 1024,
  heightPx: 1792,
  sizeBytes: 437_000,
  parentGenId: genId('Zk3vQ9dXa7LmP2cT'),
  editOp: 'inpainting',
})
const textOf = (source: (typeof promptSources)[number]) => `prompt by ${source}`
const dayOf = (source: (typeof dateSources)[number]) => new Date(2023, 0, 1 + dateSources.indexOf(source))

/** News that says any part of the truth, its prompt and date from any source. */
const news: fc.Arbitrary<ImageFacts> = fc
  .record({
    said: fc.subarray(Object.keys(truth) as (keyof ImageFacts)[]),
    promptSource: fc.option(fc.constantFrom(...promptSources)),
    dateSource: fc.option(fc.constantFrom(...dateSources)),
  })
  .map(({ said, promptSource, dateSource }) => ({
    ...(Object.fromEntries(
      Object.entries(truth).map(([key, value]) => [key, said.includes(key as keyof ImageFacts) ? value : null]),
    ) as object as ImageFacts),
    fileId: truth.fileId,
    channel: truth.channel,
    prompt: promptSource && textOf(promptSource),
    promptSource,
    createdAt: dateSource && dayOf(dateSource),
    dateSource,
  }))
const allNews = fc.array(news, { minLength: 1, maxLength: 8 })
const learnAll = (all: readonly ImageFacts[]) => all.reduce<ImageFacts | undefined>(mergeFacts, undefined)

const bestOf = <Source>(order: readonly Source[], sources: readonly (Source | null)[]) =>
  order.find((source) => sources.includes(source)) ?? null

describe('learning', () => {
  it('takes the first facts as they are', () => {
    expect(mergeFacts(undefined, truth)).toEqual(truth)
  })

  it('fills what was not known', () => {
    const known = facts({ seed: null, prompt: null, promptSource: null, messageId: null })
    expect(mergeFacts(known, truth)).toEqual(truth)
  })

  it('the same facts twice have the same result as once', () => {
    fc.assert(
      fc.property(allNews, news, (before, last) => {
        const once = mergeFacts(learnAll(before), last)
        expect(mergeFacts(once, last)).toEqual(once)
      }),
    )
  })

  it('never loses what is known', () => {
    fc.assert(
      fc.property(allNews, news, (before, last) => {
        const known = learnAll(before)
        const after = mergeFacts(known, last)
        for (const [key, value] of Object.entries(known ?? {})) {
          if (value !== null) expect(after[key as keyof ImageFacts], key).not.toBeNull()
        }
      }),
    )
  })

  it('has the same result in any order', () => {
    const shuffled = allNews.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(learnAll(other)).toEqual(learnAll(one))
      }),
    )
  })

  it('keeps the prompt and the date of the best source, and each with its source', () => {
    fc.assert(
      fc.property(allNews, (all) => {
        const known = learnAll(all)
        const promptSource = bestOf(
          promptSources,
          all.map((one) => one.promptSource),
        )
        const dateSource = bestOf(
          dateSources,
          all.map((one) => one.dateSource),
        )
        expect(known).toMatchObject({
          promptSource,
          prompt: promptSource && textOf(promptSource),
          dateSource,
          createdAt: dateSource && dayOf(dateSource),
        })
      }),
    )
  })

  it('a worse source does not replace a prompt, a better one does', () => {
    const [better, worse] = [
      facts({ promptSource: 'dalle' }),
      facts({ promptSource: 'user-message', prompt: 'draw me a man' }),
    ]
    expect(mergeFacts(better, worse).prompt).toBe(better.prompt)
    expect(mergeFacts(worse, better).prompt).toBe(better.prompt)
    const two = facts({ promptSource: 'dalle', prompt: 'another' })
    expect(mergeFacts(better, two).prompt).toBe(better.prompt)
  })

  it('takes the length from the newest facts: a preview became the final file', () => {
    expect(mergeFacts(facts({ sizeBytes: 40_000 }), facts({ sizeBytes: 2_000_000 })).sizeBytes).toBe(2_000_000)
    expect(mergeFacts(facts({ sizeBytes: 40_000 }), facts({ sizeBytes: null })).sizeBytes).toBe(40_000)
  })
})

describe('whether bytes fit the facts', () => {
  const kind = (more: Partial<ImageKind> = {}): ImageKind => ({
    extension: 'webp',
    mime: 'image/webp',
    widthPx: 1024,
    heightPx: 1792,
    isWhole: true,
    ...more,
  })

  it('a stated length decides', () => {
    expect(mismatch(truth, kind(), 437_000)).toBeUndefined()
    expect(mismatch(truth, kind(), 436_999)).toBe('436999 bytes where 437000 were stated')
    expect(mismatch(truth, kind(), 437_001)).toBe('437001 bytes where 437000 were stated')
  })

  it('if none is stated, a cut file does not fit', () => {
    expect(mismatch(facts(), kind(), 437_000)).toBeUndefined()
    expect(mismatch(facts(), kind({ isWhole: false }), 437_000)).toMatch(/cut at 437000 bytes/)
  })

  it.each([
    ['wider', { widthPx: 2048 }],
    ['less high', { heightPx: 1024 }],
  ])('nor does a picture that is %s than was stated', (_, size) => {
    const stated = facts({ widthPx: 1024, heightPx: 1792 })
    expect(mismatch(stated, kind(), 1_000)).toBeUndefined()
    expect(mismatch(stated, kind(size), 1_000)).toMatch(/pixels where 1024×1792 were stated/)
  })

  it('sizes that were not stated are no reason', () => {
    expect(mismatch(facts(), kind(), 1_000)).toBeUndefined()
    expect(
      mismatch(facts({ widthPx: 1024, heightPx: 1792 }), kind({ widthPx: null, heightPx: null }), 1_000),
    ).toBeUndefined()
  })
})

describe('profiles', () => {
  const by = (...profiles: string[]) => facts({ profiles })

  it('are gathered in the order in which they showed a picture, and each once', () => {
    expect(mergeFacts(by('work'), by('home')).profiles).toEqual(['work', 'home'])
    expect(mergeFacts(by('work', 'home'), by('work')).profiles).toEqual(['work', 'home'])
    expect(mergeFacts(facts(), by('home')).profiles).toEqual(['home'])
    expect(mergeFacts(by('work'), facts()).profiles).toEqual(['work'])
    expect(mergeFacts(facts(), facts()).profiles).toBeNull()
  })

  it('survive a journal, and what is no label does not', () => {
    const revived = (profiles: unknown) => reviveFacts(JSON.parse(JSON.stringify({ ...facts(), profiles })))?.profiles
    expect(revived(['work', 'home'])).toEqual(['work', 'home'])
    expect(revived(['../x', 7, 'me@example.com', 'home'])).toEqual(['home'])
    for (const none of [undefined, null, [], 'work', [{}]]) expect(revived(none)).toBeNull()
  })

  it('may be anybody’s where none is said, but never that of another', () => {
    expect([mayBeOf(facts(), 'work'), mayBeOf(facts(), null)]).toEqual([true, true])
    expect([mayBeOf(by('work'), 'work'), mayBeOf(by('work'), 'home'), mayBeOf(by('work'), null)]).toEqual([
      true,
      false,
      false,
    ])
  })
})

it('a title of another conversation is none of this one', () => {
  const elsewhere = facts({ conversationId: 'another', conversationTitle: 'Mine', profiles: ['home'] })
  expect(mergeFacts(facts(), elsewhere).conversationTitle).toBe('About the moon')
  expect(mergeFacts(facts({ conversationTitle: null }), elsewhere).conversationTitle).toBeNull()
  const renamed = facts({ conversationTitle: 'The moon' })
  expect(mergeFacts(facts(), renamed).conversationTitle).toBe('The moon')
})
