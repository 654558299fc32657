import { describe, expect, it } from 'vitest'
import { createDeltaDecoder, type DeltaResult } from '../../src/decode/stream-v1.ts'
import type { Loose } from '../fakes/messages.ts'

/** Applies deltas in order to a fresh decoder, and says what each did. */
function apply(...deltas: Loose[]) {
  const decoder = createDeltaDecoder()
  const results = deltas.map((delta) => decoder.apply(delta))
  return { decoder, results, last: results.at(-1) as DeltaResult, payloads: decoder.payloads() }
}

const add = (value: Loose, more: Loose = {}): Loose => ({ p: '', o: 'add', v: value, ...more })

describe('what a delta inherits', () => {
  it('starts with channel 0, the root and "add"', () => {
    expect(apply({ v: { message: { id: 'm' } } }).payloads).toEqual([{ message: { id: 'm' } }])
  })

  it('takes path and operation from the delta before', () => {
    const { payloads } = apply(add({ text: '' }), { p: '/text', o: 'append', v: 'A' }, { v: ' paper' }, { v: ' boat' })
    expect(payloads).toEqual([{ text: 'A paper boat' }])
  })

  it('takes the channel from the delta before', () => {
    const { payloads } = apply(add({ n: 0 }), add({ n: 1 }, { c: 1 }), { p: '/n', o: 'replace', v: 7 })
    expect(payloads).toEqual([{ n: 0 }, { n: 7 }])
  })

  it('takes path and operation from another channel too', () => {
    const { payloads } = apply(
      add({ text: 'a' }),
      add({ text: 'b' }, { c: 1 }),
      { p: '/text', o: 'append', v: '!' },
      { v: '?', c: 0 },
    )
    expect(payloads).toEqual([{ text: 'a?' }, { text: 'b!' }])
  })

  it('begins a new message with a bare value after another "add"', () => {
    const { payloads } = apply(add({ id: 'one' }), { v: { id: 'two' }, c: 1 }, { v: { id: 'three' }, c: 2 })
    expect(payloads).toEqual([{ id: 'one' }, { id: 'two' }, { id: 'three' }])
  })

  it('takes only the missing keys', () => {
    const { payloads } = apply(
      add({ a: 'x', b: 'y' }),
      { p: '/a', o: 'append', v: '1' },
      { p: '/b', v: '2' },
      { o: 'replace', v: '3' },
    )
    expect(payloads).toEqual([{ a: 'x1', b: '3' }])
  })

  it('never inherits the value', () => {
    const { payloads } = apply(add({ a: 'x', b: 'y' }), { p: '/a', o: 'replace', v: 'z' }, { p: '/b', o: 'remove' })
    expect(payloads).toEqual([{ a: 'z' }])
    expect(apply(add({ a: 'x', b: '' }), { p: '/a', o: 'append', v: 'z' }, { p: '/b' }).payloads).toEqual([
      { a: 'xz', b: '' },
    ])
  })

  it('keeps each channel apart', () => {
    const { payloads } = apply(add({ t: 'a' }, { c: 0 }), add({ t: 'b' }, { c: 5 }), {
      p: '/t',
      o: 'replace',
      v: 'A',
      c: 0,
    })
    expect(payloads).toEqual([{ t: 'A' }, { t: 'b' }])
  })

  it('forgets everything when the encoding is announced again', () => {
    const decoder = createDeltaDecoder()
    decoder.apply(add({ text: 'old' }, { c: 3 }))
    decoder.apply({ p: '/text', o: 'append', v: '!' })
    decoder.start()
    expect(decoder.payloads()).toEqual([])
    expect(decoder.apply({ v: { text: 'new' } }).payload).toEqual({ text: 'new' })
    expect(decoder.payloads()).toEqual([{ text: 'new' }])
  })
})

describe('paths', () => {
  it('replaces the whole payload at the empty path, and returns the one before', () => {
    const { last, payloads } = apply(add({ id: 'one' }), add({ id: 'two' }))
    expect(payloads).toEqual([{ id: 'two' }])
    expect(last.replaced).toEqual({ id: 'one' })
  })

  it('indexes lists by digits, and objects by the same digits as a key', () => {
    const { payloads } = apply(
      add({ parts: ['a', 'b'], map: { 0: 'c' } }),
      { p: '/parts/1', o: 'replace', v: 'B' },
      { p: '/map/0', o: 'replace', v: 'C' },
    )
    expect(payloads).toEqual([{ parts: ['a', 'B'], map: { 0: 'C' } }])
  })

  it('reads ~1 as a slash and ~0 as a tilde, in that order', () => {
    const { payloads } = apply(
      add({}),
      { p: '/a~1b', o: 'add', v: 1 },
      { p: '/c~0d', o: 'add', v: 2 },
      { p: '/e~01f', o: 'add', v: 3 },
    )
    expect(payloads).toEqual([{ 'a/b': 1, 'c~d': 2, 'e~1f': 3 }])
  })

  it('creates missing containers, a list if digits come next', () => {
    const { payloads } = apply(add({}), { p: '/message/content/parts/0/name', o: 'add', v: 'x' })
    expect(payloads).toEqual([{ message: { content: { parts: [{ name: 'x' }] } } }])
  })

  it('creates the payload itself when a channel has none', () => {
    expect(apply({ p: '/message/id', o: 'add', v: 'm', c: 4 }).payloads).toEqual([{ message: { id: 'm' } }])
  })

  it.each([
    '/__proto__/polluted',
    '/constructor/prototype/polluted',
    '/message/__proto__/polluted',
    '/prototype/polluted',
  ])('reaches nothing outside the payload by %s', (path) => {
    const { last } = apply(add({ message: {} }), { p: path, o: 'add', v: 'yes' })
    expect(({} as Loose).polluted).toBeUndefined()
    expect((Object as unknown as Loose).polluted).toBeUndefined()
    expect(last.oddity).toBeDefined()
  })

  it.each(['add', 'replace', 'append', 'remove', 'truncate', 'patch'])(
    'does no harm with "%s" at __proto__ itself',
    (operation) => {
      const before = Object.keys(Object.prototype)
      const { decoder } = apply(add({ message: { id: 'm' } }), {
        p: '/message/__proto__',
        o: operation,
        v: { polluted: 1 },
      })
      decoder.apply({ p: '/message', o: 'append', v: JSON.parse('{"__proto__":{"polluted":1}}') })
      decoder.apply({ p: '', o: 'patch', v: [{ p: '/__proto__/polluted', o: 'add', v: 1 }] })
      expect(Object.keys(Object.prototype)).toEqual(before)
      expect(({} as Loose).polluted).toBeUndefined()
    },
  )

  it('refuses an index far beyond the end of a list instead of growing the list', () => {
    const { last, payloads } = apply(add({ parts: ['a'] }), { p: '/parts/4294967294', o: 'add', v: 'b' })
    expect(payloads).toEqual([{ parts: ['a'] }])
    expect(last.oddity).toBeDefined()
  })

  it('refuses a path through a value that contains nothing, and leaves it as it was', () => {
    const { last, payloads } = apply(add({ text: 'a' }), { p: '/text/deeper', o: 'add', v: 1 })
    expect(payloads).toEqual([{ text: 'a' }])
    expect(last.oddity).toBeDefined()
  })
})

describe('operations', () => {
  const at = (now: unknown, operation: string, value: unknown, path = '/at') =>
    apply(add({ at: now }), { p: path, o: operation, v: value })

  it('adds: sets a key, inserts into a list', () => {
    expect(at('old', 'add', 'new').payloads).toEqual([{ at: 'new' }])
    expect(at(['a', 'c'], 'add', 'b', '/at/1').payloads).toEqual([{ at: ['a', 'b', 'c'] }])
    expect(at(['a'], 'add', 'b', '/at/1').payloads).toEqual([{ at: ['a', 'b'] }])
    expect(at(['b'], 'add', 'a', '/at/0').payloads).toEqual([{ at: ['a', 'b'] }])
  })

  it('replaces: sets, and does not insert', () => {
    expect(at(['a', 'c'], 'replace', 'b', '/at/1').payloads).toEqual([{ at: ['a', 'b'] }])
    expect(at(1, 'replace', null).payloads).toEqual([{ at: null }])
  })

  it('appends text to text', () => {
    expect(at('A paper', 'append', ' boat').payloads).toEqual([{ at: 'A paper boat' }])
  })

  it('appends to a list: all of another list, or one value', () => {
    expect(at(['a'], 'append', ['b', 'c']).payloads).toEqual([{ at: ['a', 'b', 'c'] }])
    expect(at(['a'], 'append', 'b').payloads).toEqual([{ at: ['a', 'b'] }])
    expect(at(['a'], 'append', { b: 1 }).payloads).toEqual([{ at: ['a', { b: 1 }] }])
  })

  it('appends to an object by a shallow merge', () => {
    expect(at({ a: { x: 1 }, b: 1 }, 'append', { a: { y: 2 } }).payloads).toEqual([{ at: { a: { y: 2 }, b: 1 } }])
  })

  it('appends to nothing by setting', () => {
    expect(at(undefined, 'append', 'new').payloads).toEqual([{ at: 'new' }])
    expect(apply(add({}), { p: '/made/deep', o: 'append', v: 'x' }).payloads).toEqual([{ made: { deep: 'x' } }])
  })

  it('truncates text and lists to their first characters or elements', () => {
    expect(at('A paper boat', 'truncate', 7).payloads).toEqual([{ at: 'A paper' }])
    expect(at([1, 2, 3], 'truncate', 1).payloads).toEqual([{ at: [1] }])
    expect(at('short', 'truncate', 99).payloads).toEqual([{ at: 'short' }])
    expect(at('gone', 'truncate', 0).payloads).toEqual([{ at: '' }])
  })

  it('removes a key, and an element of a list', () => {
    expect(at(1, 'remove', undefined).payloads).toEqual([{}])
    expect(at(['a', 'b', 'c'], 'remove', undefined, '/at/1').payloads).toEqual([{ at: ['a', 'c'] }])
  })

  it.each([
    ['append', { x: 1 }, 'text'],
    ['append', 5, 'text'],
    ['truncate', 'text', 'three'],
    ['truncate', 5, 1],
    ['truncate', 'text', -1],
    ['frobnicate', 'text', 1],
  ])('reports a "%s" that does not fit, and leaves the payload as it was', (operation, now, value) => {
    const { last, payloads } = at(now, operation, value)
    expect(last.oddity).toBeDefined()
    expect(payloads).toEqual([{ at: now }])
  })

  it('appends a very long list', () => {
    const many = Array.from({ length: 200_000 }, (_, index) => index)
    const { payloads } = at([-1], 'append', many)
    expect((payloads[0] as { at: number[] }).at).toHaveLength(200_001)
  })
})

describe('patch', () => {
  it('applies its steps in order, each relative to the path of the patch', () => {
    const { payloads } = apply(add({ message: { status: 'in_progress', parts: ['a'] } }), {
      p: '/message',
      o: 'patch',
      v: [
        { p: '/parts/0', o: 'append', v: 'b' },
        { p: '/parts/1', o: 'add', v: 'c' },
        { p: '/parts/1', o: 'append', v: 'd' },
        { p: '/status', o: 'replace', v: 'finished_successfully' },
      ],
    })
    expect(payloads).toEqual([{ message: { status: 'finished_successfully', parts: ['ab', 'cd'] } }])
  })

  it('may contain a patch', () => {
    const inner = { p: '/b', o: 'patch', v: [{ p: '/c', o: 'add', v: 1 }] }
    expect(apply(add({ a: { b: {} } }), { p: '/a', o: 'patch', v: [inner] }).payloads).toEqual([{ a: { b: { c: 1 } } }])
  })

  it("does not pass a step's path and operation to the next delta", () => {
    const { payloads } = apply(
      add({ a: 1, b: 1 }),
      { p: '', o: 'patch', v: [{ p: '/a', o: 'replace', v: 2 }] },
      { v: [{ p: '/b', o: 'replace', v: 3 }] },
    )
    expect(payloads).toEqual([{ a: 2, b: 3 }])
  })

  it('continues with a bare list as steps, at the path of the patch', () => {
    const { payloads } = apply(
      add({ message: { n: 1 } }),
      { p: '/message', o: 'patch', v: [{ p: '/n', o: 'replace', v: 2 }] },
      { v: [{ p: '/n', o: 'replace', v: 3 }] },
      { v: [{ p: '/m', o: 'add', v: 4 }] },
    )
    expect(payloads).toEqual([{ message: { n: 3, m: 4 } }])
  })

  it('continues with bare text where text was appended before the patch', () => {
    const { payloads } = apply(
      add({ text: '', status: 'a' }),
      { p: '/text', o: 'append', v: 'A' },
      { p: '', o: 'patch', v: [{ p: '/status', o: 'replace', v: 'b' }] },
      { v: ' paper' },
      { v: ' boat' },
    )
    expect(payloads).toEqual([{ text: 'A paper boat', status: 'b' }])
  })

  it('continues with bare text where the patch itself appended', () => {
    const { payloads } = apply(
      add({ message: { parts: [''], n: 0 } }),
      {
        p: '/message',
        o: 'patch',
        v: [
          { p: '/parts/0', o: 'append', v: 'A' },
          { p: '/n', o: 'replace', v: 1 },
        ],
      },
      { v: ' boat' },
      { v: [{ p: '/n', o: 'replace', v: 2 }] },
      { v: '!' },
    )
    expect(payloads).toEqual([{ message: { parts: ['A boat!'], n: 2 } }])
  })

  it.each([
    ['no list', { p: '', o: 'patch', v: { p: '/a', o: 'add', v: 1 } }],
    ['a step that is no object', { p: '', o: 'patch', v: [7] }],
    ['a step without an operation', { p: '', o: 'patch', v: [{ p: '/a', v: 1 }] }],
    ['nothing', { p: '', o: 'patch' }],
  ])('reports a patch with %s', (_, delta) => {
    const { last, payloads } = apply(add({ a: 0 }), delta)
    expect(last.oddity).toBeDefined()
    expect(payloads).toEqual([{ a: 0 }])
  })

  it('survives patches nested ten thousand deep', () => {
    let nested: Loose = { p: '', o: 'replace', v: { a: 1 } }
    for (let depth = 0; depth < 10_000; depth++) nested = { p: '', o: 'patch', v: [nested] }
    expect(() => apply(add({ a: 0 }), nested)).not.toThrow()
  })
})

describe('which deltas may say something new', () => {
  it('skips appended tokens and nothing else', () => {
    const { results } = apply(
      add({ text: '', list: [] }),
      { p: '/text', o: 'append', v: 'token' },
      { v: 'another' },
      { p: '/list', o: 'append', v: [{ content_type: 'image_asset_pointer' }] },
      { p: '/status', o: 'replace', v: 'finished_successfully' },
    )
    expect(results.map(({ isTelling }) => isTelling)).toEqual([true, false, false, true, true])
  })
})

it.each([
  { c: 'one', p: 7, o: null, v: { a: 1 } },
  { c: Number.NaN, v: null },
  { p: '/', o: 'add', v: 1 },
  { p: '//', o: 'remove' },
  { p: 'no slash', o: 'add', v: 1 },
  { p: '/toString', o: 'append', v: 'x' },
  { p: '/hasOwnProperty/call', o: 'replace', v: 'x' },
  { o: 'truncate', v: 1e308 },
])('does not throw at %j', (delta) => {
  expect(() => apply(add({ message: { id: 'm' } }), delta, { v: 'x' }, { v: [delta] }, add({}))).not.toThrow()
})
