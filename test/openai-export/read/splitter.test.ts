import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ArrayPart, maxValues, splitArray } from '../../../src/openai-export/read/splitter.ts'

async function* chunksOf(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut > bytes.length) break
    yield bytes.subarray(from, cut)
    from = cut
  }
  yield bytes.subarray(from)
}

async function partsOf(text: string | Buffer, cuts: readonly number[] = [], limit = 2 ** 20): Promise<ArrayPart[]> {
  const parts: ArrayPart[] = []
  for await (const part of splitArray(chunksOf(Buffer.from(text as string), cuts), limit)) parts.push(part)
  return parts
}

const shown = (parts: readonly ArrayPart[]) =>
  parts.map((part) => {
    if ('text' in part) return part.text.toString()
    if ('isCut' in part) return 'CUT'
    return 'tooManyValues' in part ? 'TOO MANY' : part.tooLongBytes
  })
const show = async (text: string, cuts?: readonly number[], limit?: number) => shown(await partsOf(text, cuts, limit))
const everyByte = (text: string) => Array.from({ length: Buffer.byteLength(text) }, (_, index) => index)

const quotesAndSlashes = ['\\', '"', '\\"', '\\\\"', '{', '}', '[', ']', ',', 'ä', '\u2028', 'a'.repeat(60)]
const nasty = fc.array(fc.constantFrom(...quotesAndSlashes)).map((pieces) => pieces.join(''))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    nasty,
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(nasty, tie('value'), { maxKeys: 4 }),
  ),
}))

describe('an element of very many values', () => {
  it('is passed over, for it would take thirty times its length in memory; what follows is read', async () => {
    const heavy = Buffer.from(`[[${'{},'.repeat(maxValues)}{}],{"a":1}]`)
    expect(shown(await partsOf(heavy, [], 2 ** 30))).toEqual(['TOO MANY', '{"a":1}'])
    const light = Buffer.from(`[["${'{},'.repeat(maxValues)}"],{"a":1}]`)
    expect(shown(await partsOf(light, [], 2 ** 30))[1], 'in a string they are text').toBe('{"a":1}')
    const [first] = await partsOf(light, [], 2 ** 30)
    expect(first).toHaveProperty('text')
  })
})

describe('the elements of an array', () => {
  it('are what JSON.parse gives, however the text is cut into chunks', async () => {
    const cuts = fc.array(fc.nat(2000), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 8 }), cuts, fc.constantFrom(0, 2), async (list, places, indent) => {
        const parts = await partsOf(JSON.stringify(list, null, indent), places)
        const read = parts.map((part) => ('text' in part ? JSON.parse(part.text.toString()) : part))
        expect(read).toEqual(JSON.parse(JSON.stringify(list)))
      }),
      { numRuns: 500 },
    )
  })

  it('are the same when every byte comes alone, or when the text is in two at any place', async () => {
    const text = JSON.stringify(
      [{ a: '\\"}]\\\\' }, 'x"', 12.5, [[], ['é\\']], null, { b: { c: `${'\\'.repeat(99)}"` } }],
      null,
      1,
    )
    const whole = await show(text)
    expect(whole).toHaveLength(6)
    expect(await show(text, everyByte(text))).toEqual(whole)
    for (const place of everyByte(text)) expect(await show(text, [place])).toEqual(whole)
  })

  it('before the place where the text breaks off are those that are whole', async () => {
    const list = [{ a: '}]"\\' }, 'x', [1, [2]], { b: 'a'.repeat(90) }]
    const text = JSON.stringify(list)
    for (let length = 0; length < text.length; length++) {
      const parts = await show(text.slice(0, length), [length >> 1])
      expect(parts.at(-1)).toBe('CUT')
      expect(parts.slice(0, -1)).toEqual(list.slice(0, parts.length - 1).map((element) => JSON.stringify(element)))
    }
  })

  it('may be none', async () => {
    expect(await show(' [ ] ')).toEqual([])
  })

  it('that are too long are passed over, with their length', async () => {
    const text = JSON.stringify([1, { a: 'b'.repeat(100) }, 'c'.repeat(200), 2])
    expect(await show(text, [], 50)).toEqual(['1', 108, 202, '2'])
    expect(await show(text, everyByte(text), 50)).toEqual(['1', 108, 202, '2'])
    expect(await show(text, [30, 60], 108)).toEqual(['1', JSON.stringify({ a: 'b'.repeat(100) }), 202, '2'])
  })
})

describe('what is no plain array', () => {
  it('may begin with a byte order mark', async () => {
    expect(await show('\ufeff [ 1,\r\n"a" ]')).toEqual(['1', '"a"'])
  })

  it('may be one object, or several', async () => {
    expect(await show('{"a":[1,{"b":2}]}')).toEqual(['{"a":[1,{"b":2}]}'])
    expect(await show('\ufeff{"a":1}\n{"a":2}\n')).toEqual(['{"a":1}', '{"a":2}'])
    expect(await show('{"a":[1,{"b":2}')).toEqual(['CUT'])
  })

  it('may be two arrays put together', async () => {
    expect(await show('[{"a":1}][{"a":2}]')).toEqual(['{"a":1}', '{"a":2}'])
  })

  it('may miss commas, have too many, or hold something else in between', async () => {
    const text = '[{"a":1}{"a":2},,,\0\0\0 oops {"a":3}} 5 {"a":4}"x""y",]'
    const expected = ['{"a":1}', '{"a":2}', '\0\0\0', 'oops', '{"a":3}', '}', '5', '{"a":4}', '"x"', '"y"']
    expect(await show(text)).toEqual(expected)
    expect(await show(text, everyByte(text))).toEqual(expected)
  })

  it('never throws and always ends, whatever it is', async () => {
    const pieces = fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', ' ', 'x', '1', '\ufeff')
    const soup = fc.array(pieces, { maxLength: 60 }).map((list) => list.join(''))
    await fc.assert(
      fc.asyncProperty(soup, fc.array(fc.nat(60)), async (text, cuts) => {
        expect(await show(text, cuts)).toEqual(await show(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('may be empty, which is cut', async () => {
    expect(await partsOf('')).toEqual([{ isCut: true, cutBytes: 0 }])
    expect(await partsOf('[{"a"')).toEqual([{ isCut: true, cutBytes: 4 }])
  })
})

it('holds no more than an element, of one that is too long not even that', async () => {
  async function* endless() {
    yield Buffer.from('[{"a":"')
    const chunk = Buffer.alloc(2 ** 20, 'b')
    for (let count = 0; count < 300; count++) yield chunk
    yield Buffer.from('"},1]')
  }
  const before = process.memoryUsage().rss
  const parts: ArrayPart[] = []
  for await (const part of splitArray(endless(), 5 * 2 ** 20)) parts.push(part)
  expect(shown(parts)).toEqual([300 * 2 ** 20 + 8, '1'])
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20)
})
