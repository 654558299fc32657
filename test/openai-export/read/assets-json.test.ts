import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readAssetsJson } from '../../../src/openai-export/read/assets-json.ts'

async function* chunksOf(text: string | Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text as string)
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function read(text: string | Buffer, chunkBytes = 2 ** 20): Promise<Record<string, string>> {
  const pairs: [string, string][] = []
  for await (const pair of readAssetsJson(chunksOf(text, chunkBytes))) pairs.push(pair)
  return Object.fromEntries(pairs)
}

const page = (script: string, talk = '[{"title":"a cat"}]') =>
  `<html><body><script>\nvar jsonData = ${talk};\n${script};\nfunction f() { return assetsJson["x"] }</script></body></html>`

const assets = {
  'sediment://file_00ab': 'user-x/file_00ab-sanitized.png',
  'file-service://file-AbC': 'file-AbC-ä "quoted" \\ {brace}.png',
  'sediment://1a#file_00ab#p_0.jpg': '猫/p_0.jpg',
}
const json = JSON.stringify(assets)

describe('the assets of chat.html', () => {
  it.each(['var ', 'let ', 'const ', 'window.', 'window . ', 'var\n\t'])('are read after "%s"', async (before) => {
    for (const space of ['', ' ', '\n  ']) {
      expect(await read(page(`${before}assetsJson${space}=${space}${json}`))).toEqual(assets)
    }
  })

  it('are the same when they come byte by byte', async () => {
    for (const chunkBytes of [1, 2, 3, 7, 64, 1000]) {
      expect(await read(page(`var assetsJson = ${json}`), chunkBytes)).toEqual(assets)
    }
  })

  it('are the same wherever chunks end, in an object of many', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, no) => [`sediment://file_${no}`, `user-x/dalle/ü/file_${no}.png`]),
    )
    const text = page(`var assetsJson = ${JSON.stringify(many)}`)
    for (const chunkBytes of [50_000, 262_144, 262_145, 10_000_000]) {
      expect(Object.keys(await read(text, chunkBytes))).toHaveLength(20_000)
    }
    expect(await read(text, 99_991)).toEqual(many)
  })

  it('may be escaped as in HTML', async () => {
    const quotes = json.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
    expect(await read(page(`var assetsJson = ${quotes}`))).toEqual(assets)
    expect(await read(page('var assetsJson = {&#34;a&#34;:&#34;b &amp; c&#x2F;d&#34;}'))).toEqual({ a: 'b & c/d' })
  })

  it('need not be strict JSON', async () => {
    const text = `var assetsJson = {
      'sediment://file_1' : 'it\\'s "one".png' ,
      plain_key: "two.png",, "three": "\\u00e4\\/\\x41.png",
    }`
    const expected = { 'sediment://file_1': 'it\'s "one".png', plain_key: 'two.png', three: 'ä/A.png' }
    expect(await read(page(text))).toEqual(expected)
  })

  it('may have objects for values, and others that are passed over', async () => {
    const values = {
      a: { path: 'a.png', size: 12 },
      b: { meta: { deep: [1, { x: '}' }] }, file: 'b.png' },
      c: { src: 'c.png', path: null },
      d: { width: 1 },
      e: null,
      f: ['f.png'],
      g: -1.5e7,
      h: 'h.png',
    }
    for (const indent of [0, 2]) {
      const text = page(`var assetsJson = ${JSON.stringify(values, null, indent)}`)
      expect(await read(text)).toEqual({ a: 'a.png', b: 'b.png', c: 'c.png', h: 'h.png' })
    }
  })

  it('are not what a conversation says of them', async () => {
    const talk = JSON.stringify([
      'In the file, var assetsJson = {"fake": "1.png"} is what you want. My assetsJson = {"fake": "2.png"} differs.',
      "or const assetsJson = {'fake': '3.png'};",
      'let assetsJson = {',
    ])
    expect(await read(page(`var assetsJson = ${json}`, talk))).toEqual(assets)
    expect(await read(page(`var assetsJson = ${json}; myassetsJson = {"a":"b"}; x.assetsJson = {"a":"b"}`))).toEqual(
      assets,
    )
    expect(await read(page(`var assetsJson = ${json}; window.assetsJson = {}`))).toEqual(assets)
  })

  it('are looked for in a straight line, however often a text begins an assignment', async () => {
    const turned = vi.spyOn(Buffer.prototype, 'toString')
    onTestFinished(() => void turned.mockRestore())
    const text = `var assetsJson = {!`.repeat(20_000)
    await read(text)
    const longest = turned.mock.contexts.flatMap((context, at) => {
      const [, from = 0, to = (context as Buffer).length] = turned.mock.calls[at] as [string?, number?, number?]
      return to - from > 10_000 ? [to - from] : []
    })
    expect(longest.reduce((sum, one) => sum + one, 0)).toBeLessThan(4 * text.length)
  })

  it('are none when there are none', async () => {
    for (const text of ['', 'assetsJson', page(''), page('var assetsJson = {}'), page('var assetsJson = null')]) {
      expect(await read(text)).toEqual({})
    }
  })

  it('are those that are whole when the page is cut off', async () => {
    const text = `var assetsJson = ${JSON.stringify({ a: '1.png', b: '2.png' })}`
    expect(await read(text.slice(0, -3))).toEqual({ a: '1.png' })
    expect(await read(text.slice(0, -1))).toEqual({ a: '1.png', b: '2.png' })
  })

  it('are what JSON.parse gives, for any names', async () => {
    const names = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }))
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 300 }), async (object, chunkBytes) => {
        expect(await read(page(`var assetsJson = ${JSON.stringify(object)}`), chunkBytes)).toEqual({ ...object })
      }),
      { numRuns: 300 },
    )
  })

  it('are found at the end of a long line, in little memory', async () => {
    async function* long() {
      const chunk = Buffer.from('the word assetsJson = { in a text '.repeat(30_000))
      for (let count = 0; count < 60; count++) yield chunk
      yield Buffer.from(`"]; var assetsJson = ${json}`)
    }
    const before = process.memoryUsage().rss
    const pairs: [string, string][] = []
    for await (const pair of readAssetsJson(long())) pairs.push(pair)
    expect(Object.fromEntries(pairs)).toEqual(assets)
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 2 ** 20)
  })
})
