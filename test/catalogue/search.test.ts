import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noMarks } from '../../src/archive/marks.ts'
import { type Entry, entryOf } from '../../src/catalogue/entry.ts'
import { type FilterQuery, parseFilters } from '../../src/catalogue/filters.ts'
import { fold } from '../../src/catalogue/fold.ts'
import { bitmapOf } from '../../src/catalogue/listing.ts'
import { readRecord } from '../../src/catalogue/record.ts'
import { createSearcher } from '../../src/catalogue/search.ts'
import { buildTokenIndex } from '../../src/catalogue/token-index.ts'
import { parseQuery } from '../../src/catalogue/where.ts'

const place = { folder: '2024/01/01', name: 'a.json', modifiedMs: 1, sizeBytes: 1, marksModifiedMs: 0 }
const base = { gen_id: 'M5QoHjYO7Qe9pl1Z', prompt: null, seed: null, date: 1_700_000_000, width: 1024, height: 1024 }

function entry(id: string, more: object = {}, marks = noMarks): Entry {
  const record = readRecord(JSON.stringify({ ...base, fileId: id, ...more }))
  if (!record) throw new Error('no record')
  return entryOf(place, record, marks)
}

const prompts = {
  english: 'A cat — “sleeping” on the café terrace',
  german: 'Straße im Frühling, ÜBERGANG',
  japanese: '東京タワーの夜景、ガラス',
  arabic: 'قطة تحت القمر',
  hindi: 'चाँद पर बिल्ली',
  russian: 'Кот на крыше',
  korean: '고양이와 달',
  emoji: 'a 🐈‍⬛ on the 🌙',
}
const entries = Object.entries(prompts).map(([id, prompt]) => entry(id, { prompt }))
const flawIn = (query: FilterQuery) => {
  const parsed = parseFilters(query)
  return 'flaw' in parsed ? parsed.flaw : undefined
}
const found = (query: FilterQuery, all: readonly Entry[] = entries) => {
  const parsed = parseFilters(query)
  return 'filters' in parsed ? [...createSearcher(all)(parsed.filters)].map((at) => all[at]?.id) : []
}

/** The same, answered from the index of tokens. */
async function foundByTokens(q: string, known: readonly Entry[], all = known) {
  const tokens = await buildTokenIndex(known, () => false)
  return [...createSearcher(all, tokens)({ q })].map((at) => all[at]?.id)
}

describe('the index of tokens', () => {
  const texts = ['oil painting of a cat', 'cat', 'concatenate', 'été 東京タワー', '東京の夜', 'a\nb', '', 'ÿ þ', 'кот']
  const many = texts.map((prompt, n) => entry(`id${n}`, { prompt, gen_id: null }))

  it.each([
    'c',
    'cat',
    'a',
    'of a',
    'painting cat',
    '東',
    '京の',
    'кот',
    'т',
    'id',
    'id1',
    'zzz',
    'ÿ',
    'live',
    'a b',
    '',
  ])('finds for %j the same as searching every text', async (q) => {
    expect(await foundByTokens(q, many)).toEqual(found({ q }, many))
  })

  it('finds the same as searching every text, whatever the words', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 12 }),
        fc.nat(),
        async (some, at) => {
          const all = some.map((prompt, n) => entry(`x${n}`, { prompt, gen_id: null }))
          const q = (some[at % Math.max(1, some.length)] ?? '').slice(at % 3, 5)
          expect(await foundByTokens(q, all)).toEqual(found({ q }, all))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('answers words without looking into any text, and phrases by looking into those that have the words', async () => {
    const texts = ['a red coat', 'coat of red', 'a red car', 'coat', ...Array<string>(100).fill('something else')]
    let looked = 0
    const counted = texts.map((prompt, n): Entry => {
      const { haystack, ...rest } = entry(`n${n}`, { prompt, gen_id: null })
      return {
        ...rest,
        get haystack() {
          looked += 1
          return haystack
        },
      }
    })
    const search = createSearcher(counted, await buildTokenIndex(counted, () => false))
    looked = 0
    expect([...search({ q: 'coat -red' })]).toEqual([3])
    expect(looked).toBe(0)
    expect([...search({ q: '"red coat"' })]).toEqual([0])
    expect(looked).toBe(2)
  })

  it('leaves later additions to the search, and what was removed does not come back', async () => {
    const later = [entry('later', { prompt: 'cat' }), ...many.slice(1)]
    expect(await foundByTokens('cat', many, later)).toEqual(found({ q: 'cat' }, later))
  })
})

describe('terms', () => {
  const all = [
    entry(
      'coat',
      { prompt: 'A red\ncoat', conversationTitle: 'Winter things', conversationId: 'c-1' },
      { ...noMarks, stars: 4 },
    ),
    entry('car', { prompt: 'A red car -- ar 16:9' }, { ...noMarks, stars: 2, flag: 'picked', tags: ['Two words'] }),
    entry('sea', { prompt: 'sea and sky, not land' }, { ...noMarks, flag: 'rejected', favourite: true }),
  ]
  const everyId = ['coat', 'car', 'sea']

  it.each<[string, string[]]>([
    ['"red coat"', ['coat']],
    ['“red coat”', ['coat']],
    ['"red co', ['coat']],
    ['red -coat', ['car']],
    ['-"red coat"', ['car', 'sea']],
    ['stars:>3', ['coat']],
    ['stars:2', ['car']],
    ['stars:=2', ['car']],
    ['stars:<=2', ['car', 'sea']],
    ['stars:<2', ['sea']],
    ['-stars:0', ['coat', 'car']],
    ['flag:picked', ['car']],
    ['is:rejected', ['sea']],
    ['is:favourite', ['sea']],
    ['is:untagged -is:rejected', ['coat']],
    ['tag:"two words"', ['car']],
    ['in:winter', ['coat']],
    ['in:"winter things"', ['coat']],
    ['in:c-1', ['coat']],
    ['in:c-', []],
    // Words of prompts, though --where knows them.
    ['sea and sky', ['sea']],
    ['not land', ['sea']],
    ['favourite', []],
    // What is being typed, or was pasted.
    ['tag:', everyId],
    ['red tag:', ['coat', 'car']],
    ['stars:>', []],
    ['by:m', []],
    ['16:9', ['car']],
    ['-- ar', ['car']],
    ['constructor:x', []],
    ['is:constructor', []],
    ['collection:none', []],
    ['"', everyId],
  ])('%s finds %j', (q, ids) => {
    expect(found({ q }, all)).toEqual(ids)
  })

  it('are found the same by the index', async () => {
    for (const q of ['"red coat"', 'red -coat', '-"red coat"', 'stars:>3 red', '"red co', 'coat -"car'])
      expect(await foundByTokens(q, all)).toEqual(found({ q }, all))
  })
})

describe('words', () => {
  it.each([
    ['cat', ['english']],
    ['CAFE', ['english']],
    ['"sleeping"', ['english']],
    ['cafe cat', ['english']],
    ['cafe dog', []],
    ['strasse', ['german']],
    ['übergang', ['german']],
    ['ubergang', ['german']],
    ['東京', ['japanese']],
    ['ｶﾞﾗｽ', ['japanese']],
    ['القمر', ['arabic']],
    ['बिल्ली', ['hindi']],
    ['КОТ', ['russian']],
    ['고양', ['korean']],
    ['🌙', ['emoji']],
    ['on the', ['english', 'emoji']],
  ])('%s finds %j', (q, ids) => {
    expect(found({ q })).toEqual(ids)
  })

  it('distinguish letters of a script that differ in more than an accent', () => {
    expect(found({ q: 'बलली' })).toEqual([])
    expect(found({ q: 'кат' })).toEqual([])
  })

  it('are looked for in title, gen_id, ids, tags and note, and nowhere else', () => {
    const marks = { ...noMarks, tags: ['Für Oma'], note: 'print it in A4' }
    const more = { conversationTitle: 'Holiday cards', conversationId: '8c1d4e2a-5b6f', messageId: 'hidden-message' }
    const one = [entry('TheFileId', more, marks)]
    for (const q of ['holiday', 'm5qohjyo', 'thefileid', '8c1d4e2a', 'fur oma', 'a4 print'])
      expect(found({ q }, one)).toEqual(['TheFileId'])
    expect(found({ q: 'hidden-message' }, one)).toEqual([])
  })

  it('do not match across two fields', () => {
    expect(found({ q: 'catholiday' }, [entry('a', { prompt: 'cat', conversationTitle: 'holiday' })])).toEqual([])
  })

  it('give the same result when typed, deleted and changed step by step as when asked at once', () => {
    const search = createSearcher(entries)
    for (const q of ['c', 'ca', 'cat', 'ca', 'cat o', 'o', 'on', 'on t', 'кот', ''])
      expect([...search({ q })]).toEqual([...createSearcher(entries)({ q })])
  })

  it('are limited to the number that a query may have', () => {
    expect(parseQuery('  a  b a ').texts).toEqual(['a', 'b'])
    expect(parseQuery('x '.repeat(10_000)).texts).toEqual(['x'])
    expect(parseQuery(Array.from({ length: 400 }, (_, n) => `${n}`).join(' ')).texts).toHaveLength(20)
  })
})

it('folds plain text as it folds any other', () => {
  const plain = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('')
  expect(fold(plain)).toBe(fold(`${plain}é`).slice(0, -1))
})

describe('filters', () => {
  const noon = (month: number, day: number) => new Date(2024, month - 1, day, 12).getTime() / 1000
  const all = [
    entry('square', { date: noon(1, 1), seed: 7 }),
    entry('wide', { date: noon(2, 1), width: 1792, source: { origin: 'export', channel: 'export', host: null } }),
    entry('tall', { date: noon(3, 1), height: 1792, gen_id: '8c1d4e2a-5b6f-4a70-9c3e-2f1a0b9c8d7e' }),
    entry('unknown', { date: noon(4, 1), width: null, gen_id: null }, { ...noMarks, favourite: true, tags: ['Print'] }),
  ]

  it.each<[FilterQuery, string[]]>([
    [{ shape: 'square' }, ['square']],
    [{ shape: 'wide' }, ['wide']],
    [{ shape: 'tall' }, ['tall']],
    [{ by: 'dalle' }, ['square', 'wide', 'unknown']],
    [{ by: 'gpt-image' }, ['tall']],
    [{ source: 'export' }, ['wide']],
    [{ source: 'live' }, ['square', 'tall', 'unknown']],
    [{ source: 'history' }, []],
    [{ seed: '1' }, ['square']],
    [{ favourite: '1' }, ['unknown']],
    [{ tag: 'print' }, ['unknown']],
    [{ tag: 'prin' }, []],
    [{ from: '2024-02-01' }, ['wide', 'tall', 'unknown']],
    [{ to: '2024-02-01' }, ['square', 'wide']],
    [{ from: '2024-02-02', to: '2024-03-01' }, ['tall']],
    [{ from: String(noon(3, 1)) }, ['tall', 'unknown']],
    [{ from: '2024-01-15', shape: 'wide', q: 'm5qo' }, ['wide']],
  ])('%j leaves %j', (filters, ids) => {
    expect(found(filters, all)).toEqual(ids)
  })

  it('that cannot be understood are named', () => {
    expect(flawIn({ by: 'me' })).toContain('"by"')
    expect(flawIn({ from: 'yesterday' })).toContain('"from"')
    for (const from of ['2024-02-31', '2024-13-01', '2024-00-10']) expect(flawIn({ from })).toContain('must be a day')
    expect(flawIn({ from: '2024-02-29' })).toBeUndefined()
    expect(flawIn({ to: '2024-01-01', shape: 'wide', seed: '1', q: '<script>' })).toBeUndefined()
    expect(flawIn({ by: '', from: '', q: '' })).toBeUndefined()
  })
})

it('returns positions as a bitmap, least significant bit first', () => {
  expect([...Buffer.from(bitmapOf(Uint32Array.of(0, 9, 15), 17), 'base64')]).toEqual([1, 0b1000_0010, 0])
})
