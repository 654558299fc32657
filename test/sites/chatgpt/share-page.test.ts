import { describe, expect, it } from 'vitest'
import { createDecoder } from '../../../src/sites/chatgpt/decoder.ts'
import { nothingFound } from '../../../src/sites/findings.ts'
import {
  callOf,
  conversationId,
  fileIds,
  fileNo,
  imagesOf,
  type Loose,
  pointer,
  treeOf,
  userSays,
} from '../../fakes/messages.ts'

/** Flattens a value as the site does: every value once, `null` and `undefined` as negative constants. */
function flatten(root: unknown): unknown[] {
  const table: unknown[] = []
  const indexes = new Map<unknown, number>()
  const put = (value: unknown): number => {
    if (value === undefined) return -7
    if (value === null) return -5
    const known = indexes.get(value)
    if (known !== undefined) return known
    const index = table.push(null) - 1
    indexes.set(value, index)
    if (Array.isArray(value)) table[index] = value.map(put)
    else if (value instanceof Date) table[index] = ['D', value.getTime()]
    else if (typeof value === 'object') {
      table[index] = Object.fromEntries(Object.entries(value).map(([key, inner]) => [`_${put(key)}`, put(inner)]))
    } else table[index] = value
    return index
  }
  put(root)
  return table
}

const enqueue = (text: string) =>
  `<script>window.__reactRouterContext.streamController.enqueue(${JSON.stringify(text)});</script>`
const page = (...calls: string[]) =>
  `<!DOCTYPE html><html><head><title>Boats</title></head><body>
  <script>window.__reactRouterContext = {"basename":"/"};window.__reactRouterContext.stream = new ReadableStream({start(c){window.__reactRouterContext.streamController = c;}});</script>
  ${calls.map(enqueue).join('\n')}<script>window.__reactRouterContext.streamController.close();</script></body></html>`

const messages = [
  userSays('m-user', 'Ein "Boot" \\ \u2028 </script> 樱花 🌸'),
  callOf('m-call', 'm-user', { prompt: 'A "paper" boat' }),
  imagesOf('m-img', 'm-call', [pointer(fileNo(1)), pointer(fileNo(2))], {}, { create_time: 1_745_500_009 }),
]
const routed = (data: unknown) => ({
  loaderData: {
    root: { when: new Date(0) },
    'routes/share.$shareId.($action)': { serverResponse: { type: 'data', data } },
  },
  actionData: null,
  errors: null,
})
const shared: Loose = treeOf(messages, { title: 'Shared boats', linear_conversation: [] })
const text = `${JSON.stringify(flatten(routed(shared)))}\n`
const read = (html: string) => createDecoder().sharePage(html)

describe('a share page', () => {
  it('lists the images of its conversation', () => {
    const found = read(page(text))
    expect(fileIds(found)).toEqual([fileNo(1), fileNo(2)])
    expect(found.facts[0]).toMatchObject({
      prompt: 'A "paper" boat',
      promptSource: 'tool-call',
      conversationId,
      conversationTitle: 'Shared boats',
      createdAt: new Date(1_745_500_009_000),
      channel: 'share',
      sizeBytes: 2_101_337,
    })
    expect(found.oddities).toEqual([])
  })

  it('may send its data in several pieces, and later lines', () => {
    const pieces = text.match(/[\s\S]{1,97}/g) ?? []
    expect(read(page(...pieces, 'P9:[1,2]\n'))).toEqual(read(page(text)))
  })

  it('may have its messages as a list', () => {
    const data = {
      title: 'Shared boats',
      conversation_id: conversationId,
      linear_conversation: messages.map((message) => ({ id: message.id, message })),
    }
    const found = read(page(`${JSON.stringify(flatten(routed(data)))}\n`))
    expect(fileIds(found)).toEqual([fileNo(1), fileNo(2)])
    expect(found.facts[0]).toMatchObject({ prompt: 'A "paper" boat', conversationTitle: 'Shared boats' })
  })

  it('of a long conversation is read', () => {
    const long = treeOf([userSays('m-long', 'Boats! "and" \\ '.repeat(300_000)), ...messages])
    expect(fileIds(read(page(`${JSON.stringify(flatten(routed(long)))}\n`)))).toEqual([fileNo(1), fileNo(2)])
  })

  it('with a text of many million characters is read', () => {
    const long = treeOf([userSays('m-long', '"x" \\ '.repeat(1_500_000)), ...messages])
    expect(fileIds(read(page(`${JSON.stringify(flatten(routed(long)))}\n`)))).toEqual([fileNo(1), fileNo(2)])
  })

  it('may begin many strings and end none', () => {
    expect(read('x.streamController.enqueue("'.repeat(200_000))).toEqual(nothingFound)
  })

  it('may name a field by a value that is not a string', () => {
    const table: unknown[] = [{ _1: 2, _3: 2 }, { toString: 1, valueOf: 1 }, 'x', 7]
    expect(() => read(page(`${JSON.stringify(table)}\n`))).not.toThrow()
  })

  it('without data gives nothing', () => {
    expect(read('<html><body>Not found</body></html>')).toEqual(nothingFound)
    expect(read('')).toEqual(nothingFound)
  })

  it.each([
    ['no table', 'no table\n'],
    ['an object', '{}\n'],
    ['nothing', ''],
    ['a number', '7\n'],
    ['half a table', text.slice(0, text.length >> 1)],
  ])('that cannot be read is an oddity: %s', (_, broken) => {
    expect(read(page(broken)).oddities.map(({ kind }) => kind)).toEqual(['unknown-share-page'])
  })

  it('may contain cycles and positions that do not exist', () => {
    const table = [{ _1: 0, _2: 3, _9: 99, _99: 1, x: 2 }, 'self', 'list', [0, 3, 4, -7, 500, null, 'x'], ['P', 0]]
    expect(() => read(page(`${JSON.stringify(table)}\n`))).not.toThrow()
  })

  it('may be hostile: every value everywhere, tables of tables', () => {
    const crowded = Array.from({ length: 12 }, () => Array.from({ length: 12 }, (_, index) => index))
    expect(() => read(page(`${JSON.stringify(crowded)}\n`))).not.toThrow()
  })

  it('survives data nested seven thousand deep', () => {
    const chain = [...Array.from({ length: 7_000 }, (_, index) => [index + 1]), 'end']
    expect(() => read(page(`${JSON.stringify(chain)}\n`))).not.toThrow()
  })
})
