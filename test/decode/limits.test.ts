import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as limits from '../../src/decode/limits.ts'
import { createDecoder } from '../../src/sites/chatgpt/decoder.ts'
import { type Findings, mergeFindings } from '../../src/sites/findings.ts'
import { fileId } from '../fakes/facts.ts'
import {
  conversationId,
  deltas,
  event,
  fileIds,
  fileNo,
  imageNo,
  imagesOf,
  type Loose,
  liveAt,
  payloadEvent,
  payloadOf,
  pointer,
  readAnswer,
  readPage,
  readStream,
  treeOf,
  userSays,
} from '../fakes/messages.ts'

const image = (number: number, more: Loose = {}) =>
  imageNo(number, { id: `m-${number}`, parentId: null, create_time: 1_778_000_000, ...more })
const add = (number: number, c = 0) => deltas.of({ c, p: '', o: 'add', v: payloadOf(image(number)) })

/** What was told of limits. */
const told = ({ oddities }: Findings) =>
  oddities.filter(({ kind }) => kind === 'over-limit').map(({ detail }) => detail)
const { maxAnswerChars, maxChannels, maxDepth, maxEventChars, maxFrameChars, maxIdChars } = limits
const { maxStreamChars, maxTitleChars, maxUrlChars } = limits
const text = (chars: number) => 'x'.repeat(chars)

describe('over its limit, an input is an oddity that says which limit and how large; what is around it is read', () => {
  it('an event of a stream', () => {
    const found = readStream([`data: ${text(maxEventChars)}`, 'x\n\n', payloadEvent(image(1))])
    expect(told(found)).toEqual([expect.stringMatching(/^characters of a stream event: 33554433 or more/)])
    expect(fileIds(found)).toEqual([fileNo(1)])
  })

  it('the deltas of a stream, together', () => {
    const eighth = text(maxStreamChars / 8)
    const appended = Array.from({ length: 9 }, () => deltas.callText(eighth))
    const found = readStream([deltas.start, add(1), ...appended, add(2)])
    expect(told(found)).toEqual([expect.stringMatching(/^characters of deltas: \d{8} or more, the limit is 33554432$/)])
    expect(fileIds(found)).toEqual([fileNo(1), fileNo(2)])
  })

  it('the channels of a stream', () => {
    const channels = Array.from({ length: maxChannels }, (_, c) => deltas.of({ c: c + 1, p: '', o: 'add', v: {} }))
    const found = readStream([deltas.start, add(1), ...channels, add(2)])
    expect(told(found)).toEqual([`channels of deltas: ${maxChannels + 1} or more, the limit is ${maxChannels}`])
    expect(fileIds(found)).toEqual([fileNo(1), fileNo(2)])
  })

  it('the steps of a delta’s path, and patches in patches', () => {
    const patches = (levels: number): Loose => ({ p: '', o: 'patch', v: levels === 0 ? [] : [patches(levels - 1)] })
    const long = deltas.of({ p: '/a'.repeat(maxDepth + 1), o: 'add', v: 1 })
    const found = readStream([deltas.start, add(1), long, deltas.of(patches(maxDepth + 5)), add(2)])
    expect(told(found)).toEqual([
      `steps of a path: ${maxDepth + 1} or more, the limit is ${maxDepth}`,
      `levels of patches: ${maxDepth + 1} or more, the limit is ${maxDepth}`,
    ])
    expect(fileIds(found)).toEqual([fileNo(1), fileNo(2)])
  })

  it('a frame of a socket', () => {
    const decoder = createDecoder()
    const long = decoder.frame(JSON.stringify([text(maxFrameChars)]), liveAt, 's')
    expect(told(long)).toEqual([`characters of a frame: ${maxFrameChars + 4} or more, the limit is ${maxFrameChars}`])
    const good = { type: 'conversation-update', payload: { update_content: { message: image(1) } } }
    expect(fileIds(decoder.frame(JSON.stringify(good), liveAt, 's'))).toEqual([fileNo(1)])
  })

  it.each<[string, (body: string) => Findings]>([
    ['an answer', (body) => createDecoder().answer(body)],
    ['a look-up answer', (body) => createDecoder().downloadLink(fileId('file-abc'), body, 'https://chatgpt.com/')],
    ['a shared page', (body) => createDecoder().sharePage(body)],
    ['a request', (body) => createDecoder().turnRequest(body, liveAt).findings],
  ])('the text of %s', (what, read) => {
    const found = read(`"${text(maxAnswerChars)}"`)
    expect(found.oddities.map(({ kind }) => kind)).toEqual(['over-limit'])
    expect(told(found)).toEqual([expect.stringContaining(`characters of ${what}: ${maxAnswerChars + 2} or more`)])
  })

  it('the depth of JSON', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const found = readAnswer(JSON.stringify({ deep: 'DEEP', ...payloadOf(image(1)) }).replace('"DEEP"', deep))
    expect(told(found)).toEqual([`levels of JSON: ${maxDepth + 1} or more, the limit is ${maxDepth}`])
    expect(fileIds(found)).toEqual([fileNo(1)])
  })

  it('the depth and the number of values of a shared page', () => {
    const page = (table: readonly unknown[]) =>
      createDecoder().sharePage(`streamController.enqueue(${JSON.stringify(`${JSON.stringify(table)}\n`)})`)
    const chain = [...Array.from({ length: 200 }, (_, index) => [index + 1]), 'end']
    expect(told(page(chain))).toEqual([`levels of a shared page: ${maxDepth + 1} or more, the limit is ${maxDepth}`])
    const crowd = [Array.from({ length: 1_000 }, () => 1), Array.from({ length: 1_000 }, () => 2), 'leaf']
    expect(told(page(crowd))[0]).toMatch(/^values of a shared page: 50\d{4} or more, the limit is 500000$/)
  })

  it('an id', () => {
    const long = text(maxIdChars + 1)
    const messages = [image(1), image(2, { id: long }), image(3)]
    const found = readPage(messages)
    // The second, and the third because it follows it.
    const detail = `characters of an id: ${maxIdChars + 1} or more, the limit is ${maxIdChars}`
    expect(told(found)).toEqual([detail, detail])
    expect(fileIds(found)).toEqual([fileNo(1), fileNo(3)])
    const stream = readStream([event(payloadOf(image(1), long)), event({ message: image(2) })])
    expect(told(stream)).toEqual([detail])
    expect(fileIds(stream)).toContain(fileNo(2))
    const linked = readAnswer({ conversation_id: conversationId, mapping: { [long]: { message: null, parent: 'x' } } })
    expect(told(linked)).toHaveLength(1)
  })

  it('a title', () => {
    const found = readAnswer(treeOf([image(1)], { title: text(maxTitleChars + 1) }))
    expect(told(found)).toEqual([`characters of a title: ${maxTitleChars + 1} or more, the limit is ${maxTitleChars}`])
    expect(fileIds(found)).toEqual([fileNo(1)])
    expect(found.facts[0]?.conversationTitle).toBeNull()
  })

  it('an address', () => {
    const url = `https://files.oaiusercontent.com/${text(maxUrlChars)}`
    const detail = `characters of an address: ${url.length} or more, the limit is ${maxUrlChars}`
    expect(
      createDecoder().downloadLink(fileId('file-abc'), JSON.stringify({ download_url: url }), 'https://chatgpt.com/'),
    ).toMatchObject({
      links: [],
      oddities: [{ kind: 'over-limit', detail }],
    })
    const socket = readAnswer({ websocket_url: url })
    expect([socket.sockets, told(socket)]).toEqual([[], [detail]])
  })
})

it('a million odd things in one answer are reported as a million oddities', () => {
  const text = `[${'{"asset_pointer":"x"},'.repeat(1_000_000)}0]`
  expect(createDecoder().answer(text).oddities).toHaveLength(1_000_001)
})

describe('what is remembered', () => {
  it('does not grow because its texts are long', () => {
    const decoder = createDecoder()
    const rounds = Array.from({ length: 30 }, (_, number) => {
      const prompt = `${number} ${text(1_000_000)}`
      const part = pointer(fileNo(number), { metadata: { dalle: { gen_id: 'g', prompt } } })
      return decoder.answer(JSON.stringify(payloadOf(imagesOf(`m-${number}`, null, [part]), `c-${number}`)))
    })
    expect(fileIds(mergeFindings(rounds))).toHaveLength(30)
    // The first are forgotten: news of their conversations finds nothing to complete.
    const news = (number: number) =>
      decoder.answer(
        JSON.stringify({ ...treeOf([userSays('m-late', 'Hi')]), conversation_id: `c-${number}`, title: 'Late' }),
      )
    expect(news(0).facts).toEqual([])
    expect(news(29).facts).toHaveLength(1)
  })
})

it('docs/wire/README.md states every limit', () => {
  const docs = readFileSync(new URL('../../docs/wire/README.md', import.meta.url), 'utf8')
  const stated = Object.entries(limits).filter(([, limit]) => typeof limit === 'number')
  expect(stated.length).toBeGreaterThan(8)
  const shown = (limit: number) => (limit >= 2 ** 20 ? `${limit / 2 ** 20} Mi` : limit.toLocaleString('en'))
  const missing = stated.filter(([name, limit]) => !docs.includes(`\`${name}\` | ${shown(Number(limit))}`))
  expect(missing).toEqual([])
})
