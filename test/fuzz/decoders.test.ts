import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectImage } from '../../src/decode/image-bytes.ts'
import { isObject, type Json, momentAt } from '../../src/decode/json.ts'
import { cleanJson, cleanText, cleanUrl, createStreamCleaner } from '../../src/observe/cleaning.ts'
import { playback } from '../../src/observe/playback.ts'
import { isSocketUrl, isTurnRequest, useOf } from '../../src/sites/chatgpt/addresses.ts'
import { chatgpt } from '../../src/sites/chatgpt/chatgpt.ts'
import { createDecoder, type Decoder } from '../../src/sites/chatgpt/decoder.ts'
import { parseFileId, parsePointer } from '../../src/sites/chatgpt/ids.ts'
import { type Findings, mergeFindings, nothingFound } from '../../src/sites/findings.ts'
import { parseGenerationId } from '../../src/sites/ids.ts'
import { fileId } from '../fakes/facts.ts'
import {
  callOf,
  conversationId,
  cutAt,
  deltas,
  event,
  fileNo,
  imagesOf,
  type Loose,
  liveAt,
  liveSample,
  payloadOf,
  pointer,
  streamText,
  treeOf,
  userSays,
} from '../fakes/messages.ts'
import { avif, extendedWebp, gif, jpeg, jpegWithPreview, losslessWebp, lossyWebp } from '../fakes/pictures.ts'
import { fuzz, type Mutation, seed, wanted } from './harness.ts'
import { type Dice, deepText, jsonText, mutateBytes, mutateJson, mutateText } from './mutate.ts'
import { steadyPng } from './steady-png.ts'
import { flawsOf, flawsOfFacts, flawsOfKind } from './well-formed.ts'

/** Good pictures stand beside the damaged ones; each has a conversation of its own unless it is put into another. */
const goodFile = (number: number) => fileNo(0x900 + number)
const goodPart = (number: number) =>
  pointer(goodFile(number), { metadata: { dalle: { gen_id: goodGenId(number), prompt: `Good picture ${number}` } } })
const goodGenId = (number: number) => `good${number}good${number}good00`
const goodMessage = (number: number) =>
  imagesOf(`m-good-${number}`, null, [goodPart(number)], {}, { create_time: 1_778_000_000 + number })
const goodPayload = (number: number) => payloadOf(goodMessage(number), `good-conversation-${number}`)
const goodAnswer = JSON.stringify(treeOf([goodMessage(9)], { conversation_id: 'good-conversation-9' }))

/** What must have been told of a good picture, whatever stood beside it. */
function missesGood({ facts }: Findings, number: number): boolean {
  const isTold = facts.some(
    (one) =>
      one.fileId === goodFile(number) &&
      one.genId === goodGenId(number) &&
      one.prompt === `Good picture ${number}` &&
      one.sizeBytes === 2_101_337,
  )
  return !isTold
}

const talk = [
  userSays('m-user', 'A paper boat'),
  callOf('m-call', 'm-user', { prompt: 'A paper boat on a pond', size: '1024x1024', n: 2 }),
  imagesOf('m-image', 'm-call', [pointer(fileNo(1)), 'Model caption: A boat', pointer(fileNo(2))], {
    turn_exchange_id: 'turn-1',
    image_gen_title: 'Boats',
    attachments: [{ id: 'file-upload1' }],
  }),
]
const tree = treeOf(talk)
const stored = [tree, liveSample('conversation-sanitized-2026-05')]
const flat = { messages: talk, title: 'Flat', conversation_id: conversationId, page_info: {} }
const library = liveSample('recent-image-gen-sanitized-2026-05') as { items: unknown[] }
const goodItem = (number: number) => ({
  generation_id: `s_${number}`,
  asset_pointer: `sediment://${goodFile(number)}`,
  gen_id: goodGenId(number),
  prompt: `Good picture ${number}`,
  size_bytes: 2_101_337,
})

const payloads = talk.map((one) => payloadOf(one))
const turnEntries = liveSample('sse-image-turn-inline-2026-05') as unknown[]
const entries = [
  ...turnEntries.slice(1, 12),
  { p: '', o: 'add', v: { message: talk[2], conversation_id: conversationId }, c: 3 },
  { p: '/message/content/parts/0/size_bytes', o: 'replace', v: 17 },
  {
    p: '',
    o: 'patch',
    v: [
      { p: '/message/metadata/x', o: 'add', v: {} },
      { p: '/message/status', o: 'replace', v: 'x' },
    ],
  },
  { p: '/message/content/parts/1', o: 'append', v: ' more' },
  { v: ' and more' },
  { p: '/message/content/parts/1', o: 'truncate', v: 3 },
  { type: 'title_generation', title: 'Boats', conversation_id: conversationId },
  { type: 'conversation_async_status', conversation_id: conversationId },
  { type: 'message_stream_complete', conversation_id: conversationId },
]

const update = (payload: Loose) => ({
  type: 'conversation-update',
  payload: { conversation_id: conversationId, ...payload },
})
const turnItem = (text: string) => ({
  type: 'conversation-turn-stream',
  payload: { turn_id: 't', stream_item_id: 'i', encoded_item: text },
})
const frames: unknown[] = [
  update({ update_type: 'async-task-update-message', update_content: { message: talk[2] } }),
  update({ update_type: 'title-update', update_content: { title: 'Boats' } }),
  [
    {
      type: 'message',
      topic_id: 'conversations',
      offset: '7-0',
      payload: update({ update_content: { messages: talk } }),
    },
  ],
  {
    type: 'reply',
    reply: { catchups: [{ type: 'message', topic_id: 'c', offset: '8-0', payload: turnItem('data: {}') }] },
  },
  turnItem(event(payloads[2])),
  { type: 'conversation-turn-complete', payload: { conversation_id: conversationId } },
]
const pubSub = (text: string, more = {}) => ({
  type: 'message',
  data: { body: Buffer.from(text).toString('base64'), response_id: 'r', more_body: true, ...more },
})

const images = [steadyPng(600), losslessWebp, avif, extendedWebp, gif, jpeg, jpegWithPreview, lossyWebp]

const fed = (decoder: Decoder, pieces: readonly string[]): Findings => {
  const stream = decoder.stream(liveAt, null)
  return mergeFindings([...pieces.map((piece) => stream.feed(piece)), stream.end()])
}
const cuts = (text: string, dice: Dice) =>
  cutAt(
    text,
    Array.from({ length: dice.below(4) }, () => dice.below(text.length + 1)),
  )
const say = (decoder: Decoder, frame: string) => decoder.frame(frame, liveAt, 's')

type Face = (mutation: Mutation, decoder: Decoder) => { findings: Findings; good: readonly number[] }

/** Each way into `decode`, and how large its share is. Good pictures that were fed beside the damage are named. */
const faces: Record<string, readonly [share: number, Face]> = {
  'stream of whole payloads': [
    0.1,
    ({ dice, shows }, decoder) => {
      const all = [goodPayload(1), ...[mutateJson(payloads, dice)].flat(), goodPayload(2)]
      const stream = all.map((one) => `data: ${jsonText(one)}\n\n`).join('')
      shows(stream)
      return { findings: fed(decoder, cuts(stream, dice)), good: [1, 2] }
    },
  ],
  'stream of deltas': [
    0.14,
    ({ dice, shows }, decoder) => {
      const from = dice.below(entries.length)
      const some = [mutateJson(entries.slice(from, from + 5), dice)].flat()
      const damaged = some.map(
        (one) => `event: ${isObject(one) && 'type' in one ? '' : 'delta'}\ndata: ${jsonText(one)}\n\n`,
      )
      const good = (number: number) => deltas.of({ c: 900, p: '', o: 'add', v: goodPayload(number) })
      const stream = [deltas.start, good(1), ...damaged, good(2)].join('')
      shows(stream)
      return { findings: fed(decoder, cuts(stream, dice)), good: [1, 2] }
    },
  ],
  'text of a stream': [
    0.08,
    ({ dice, shows }, decoder) => {
      const text = mutateText(deltas.start + streamText(entries) + event(payloads[2]), dice)
      const stream = `${event(goodPayload(1))}${text}\n\n${event(goodPayload(2))}`
      shows(stream)
      return { findings: fed(decoder, cuts(stream, dice)), good: [1, 2] }
    },
  ],
  'bytes of a stream': [
    0.05,
    ({ dice, shows }, decoder) => {
      const utf8 = new TextDecoder()
      const bytes = mutateBytes(Buffer.from(event(payloads[0]) + event(payloads[2])), dice)
      shows(bytes.toString('latin1'))
      const pieces = cutAt(bytes, [dice.below(bytes.length + 1)]).map((piece) => utf8.decode(piece, { stream: true }))
      return { findings: fed(decoder, [event(goodPayload(1)), ...pieces]), good: [1] }
    },
  ],
  'frames of a socket': [
    0.13,
    ({ dice, shows }, decoder) => {
      const text = jsonText(mutateJson(dice.pick(frames), dice))
      shows(text)
      const good = (number: number) => JSON.stringify(update({ update_content: { message: goodMessage(number) } }))
      const texts = [good(1), text, good(2)]
      return {
        findings: mergeFindings([...texts.map((one) => say(decoder, one)), decoder.socketClosed('s')]),
        good: [1, 2],
      }
    },
  ],
  'frames of the older socket': [
    0.05,
    ({ dice, shows }, decoder) => {
      const damaged = dice.chance(0.5)
        ? jsonText(mutateJson(pubSub(event(payloads[2])), dice))
        : JSON.stringify(pubSub(mutateText(event(payloads[1]) + event(payloads[2]), dice)))
      shows(damaged)
      const good = (number: number) => JSON.stringify(pubSub(event(goodPayload(number)), { response_id: `g${number}` }))
      const texts = [good(1), damaged, good(2)]
      return {
        findings: mergeFindings([...texts.map((one) => say(decoder, one)), decoder.socketClosed('s')]),
        good: [1, 2],
      }
    },
  ],
  'text of a frame': [
    0.03,
    ({ dice, shows }, decoder) => {
      const text = mutateText(JSON.stringify(dice.pick(frames)), dice)
      shows(text)
      return { findings: say(decoder, text), good: [] }
    },
  ],
  'a conversation': [
    0.13,
    ({ dice, shows }, decoder) => {
      const damaged = mutateJson(tree.mapping, dice)
      const beside = isObject(damaged) ? damaged : { damaged: { message: damaged } }
      const node = (number: number) => ({ [`m-good-${number}`]: { message: goodMessage(number), parent: 'root' } })
      const text = jsonText({ ...tree, mapping: { ...node(1), ...beside, ...node(2) } })
      shows(text)
      return { findings: decoder.answer(text), good: [1, 2] }
    },
  ],
  'an answer': [
    0.06,
    ({ dice, shows }, decoder) => {
      const damaged = mutateJson(
        dice.pick([...stored, flat, library, { tasks: [{ image_gen_message: talk[2] }] }]),
        dice,
      )
      const good = (number: number) => ({ ...goodPayload(number), title: 'Good' })
      const text = jsonText([good(1), damaged, good(2)])
      shows(text)
      return { findings: decoder.answer(text, dice.chance(0.5) ? conversationId : null), good: [1, 2] }
    },
  ],
  'text of an answer': [
    0.03,
    ({ dice, shows }, decoder) => {
      const text = mutateText(JSON.stringify(dice.pick([...stored, flat, library])), dice)
      shows(text)
      return { findings: decoder.answer(text), good: [] }
    },
  ],
  'parts of a message': [
    0.06,
    ({ dice, shows }, decoder) => {
      const damaged = [mutateJson([pointer(fileNo(3)), 'text', pointer(fileNo(4))], dice)].flat()
      const text = jsonText(payloadOf(imagesOf('m', null, [goodPart(1), ...damaged, goodPart(2)])))
      shows(text)
      return { findings: decoder.answer(text), good: [1, 2] }
    },
  ],
  'a listing of the library': [
    0.04,
    ({ dice, shows }, decoder) => {
      const text = jsonText({
        items: [goodItem(1), ...[mutateJson(library.items, dice)].flat(), goodItem(2)],
        cursor: null,
      })
      shows(text)
      return { findings: decoder.answer(text), good: [1, 2] }
    },
  ],
  'a download look-up': [
    0.02,
    ({ dice, shows }, decoder) => {
      const answer = {
        status: 'success',
        download_url: 'https://files.oaiusercontent.com/file-abc?se=1&sig=x',
        file_name: 'x',
      }
      const text = dice.chance(0.7) ? jsonText(mutateJson(answer, dice)) : mutateText(JSON.stringify(answer), dice)
      shows(text)
      return { findings: decoder.downloadLink(fileId('file-abc'), text, 'https://chatgpt.com/'), good: [] }
    },
  ],
  'a shared page': [
    0.03,
    ({ dice, shows }, decoder) => {
      const table = mutateJson(flattened({ data: treeOf([...talk, goodMessage(1)]) }), dice)
      const page = `<script>x.streamController.enqueue(${JSON.stringify(`${jsonText(table)}\n`)});</script>`
      const html = dice.chance(0.6) ? page : mutateText(page, dice)
      shows(html)
      return { findings: decoder.sharePage(html), good: [] }
    },
  ],
  'a request that begins a turn': [
    0.03,
    ({ dice, shows }, decoder) => {
      const body = { action: 'next', messages: talk, conversation_id: conversationId, parent_message_id: 'm-before' }
      const text = dice.chance(0.8) ? jsonText(mutateJson(body, dice)) : mutateText(JSON.stringify(body), dice)
      shows(text)
      return { findings: decoder.turnRequest(text, liveAt).findings, good: [] }
    },
  ],
}

/** A value as shared pages carry it. */
function flattened(value: unknown): unknown[] {
  const table: unknown[] = []
  const put = (inner: unknown): number => {
    const index = table.push(inner) - 1
    if (Array.isArray(inner)) table[index] = inner.map(put)
    else if (isObject(inner)) {
      table[index] = Object.fromEntries(Object.entries(inner).map(([key, one]) => [`_${put(key)}`, put(one)]))
    }
    return index
  }
  put(value)
  return table
}

const isOverLimit = ({ oddities }: Findings) =>
  oddities.some(({ kind, detail }) => kind === 'over-limit' && /^characters of an answer/.test(detail))

/** Everything that is promised of one damaged input. */
function promise(read: Face, mutation: Mutation, decoder = createDecoder()) {
  const { findings, good } = read(mutation, decoder)
  const after = decoder.answer(goodAnswer)
  const flaws = [
    ...flawsOf(findings),
    ...flawsOf(after),
    // An answer as a whole may be beyond its limit; then that is told.
    ...(isOverLimit(findings) ? [] : good.filter((number) => missesGood(findings, number))).map(
      (number) => `good picture ${number} is lost`,
    ),
    ...(missesGood(after, 9) ? ['the good picture after it is lost'] : []),
    ...('polluted' in {} ? ['every object has a new property'] : []),
  ]
  if (flaws.length > 0) throw new Error(flaws.slice(0, 5).join('; '))
}

/** What takes no part in a stream of news, and still reads what others wrote. */
const readers: Record<string, readonly [share: number, (mutation: Mutation) => void]> = {
  'bytes of an image': [
    0.1,
    ({ dice, shows }) => {
      const bytes = mutateBytes(dice.pick(images), dice)
      shows(bytes.toString('base64'))
      const flaws = flawsOfKind(inspectImage(bytes))
      if (flaws.length > 0) throw new Error(flaws.join())
    },
  ],
  'ids and addresses': [
    0.05,
    ({ dice, shows }) => {
      const id = mutateText(dice.pick(idSamples), dice)
      const url = mutateText(dice.pick(urlSamples), dice)
      shows(`${id}\n${url}`)
      const want = useOf({ url, firstUrl: url, method: 'GET', status: 200, mimeType: dice.pick(mimeSamples) })
      chatgpt.isOurs(url)
      isSocketUrl(url)
      isTurnRequest(url, 'POST')
      const found = [parseFileId(id), parsePointer(id)?.fileId, want && 'fileId' in want ? want.fileId : null]
      const safe = /^file[-_][A-Za-z0-9_]{1,80}$/
      if (found.some((one) => one && !safe.test(one))) throw new Error(`unsafe id ${JSON.stringify(found)}`)
      const genId = parseGenerationId(id)
      if (genId !== null && !/^[\w-]{1,80}$/.test(genId)) throw new Error(`unsafe generation id ${genId}`)
      const moment = momentAt({ at: dice.chance(0.5) ? id : Number(id) }, 'at')
      if (moment && Number.isNaN(moment.getTime())) throw new Error('no date')
    },
  ],
  'a recording, cleaned and played': [
    0.02,
    ({ dice, shows }) => {
      const value = mutateJson(dice.pick([tree, entries, frames, library]), dice)
      const text = jsonText(value)
      shows(text)
      JSON.stringify(cleanJson(JSON.parse(text)))
      const cleaner = createStreamCleaner()
      cleaner.feed(mutateText(`data: ${text}\n\n${event(payloads[2])}`, dice))
      cleaner.flush()
      cleanUrl(cleanText(text.slice(0, 500)))
      playback(`${text}\n${jsonText({ event: value })}\n{"reply":${text},"result":${text}}`)
    },
  ],
}
const idSamples = [
  'file-mTlImgNhbMGexJI3DFLJXJlh',
  'sediment://file_00000000bc987209adba1c148413e076',
  'file-service://file-mTlImgNhbMGexJI3DFLJXJlh',
  '0a1b#file_00000000bc987209adba1c148413e076#thumbnail',
  '6ab13b80-1234-83ea-9abc-def012345678',
  '2026-05-07T03:01:00Z',
  '1778122863.2396352',
]
const urlSamples = [
  'https://files.oaiusercontent.com/file-mTlImgNhbMGexJI3DFLJXJlh?se=2024&sig=x',
  'https://sdmntprwestus.oaiusercontent.com/files/6ab13b80-1234-83ea-9abc-def012345678/raw?sig=x',
  'https://chatgpt.com/backend-api/estuary/content?id=file_00000000bc987209adba1c148413e076&sig=x',
  'https://chatgpt.com/backend-api/files/download/file_00000000bc987209adba1c148413e076?conversation_id=1',
  'https://chatgpt.com/backend-api/conversation/6ab13b80-1234-83ea-9abc-def012345678',
  'blob:https://chatgpt.com/6ab13b80-1234-83ea-9abc-def012345678',
]
const mimeSamples = ['application/json', 'image/png', 'text/event-stream', 'text/html', '']

let total = 0

beforeAll(() => console.log(`fuzz: FUZZ_SEED=${seed}, ${wanted} mutations of what decoders read`))

describe('whatever the damage to the input', { timeout: 300_000 }, () => {
  it.each(Object.entries(faces))(
    '%s: nothing is thrown, facts are well formed, undamaged facts beside it are still found',
    (face, [share, read]) => {
      total += fuzz(face, Math.ceil(share * wanted), (mutation) => promise(read, mutation))
    },
  )

  it.each(Object.entries(readers))('%s: nothing is thrown, nothing unsafe comes out', (face, [share, read]) => {
    total += fuzz(face, Math.ceil(share * wanted), read)
  })
})

describe('the fuzzer itself', () => {
  const [, conversation] = faces['a conversation'] ?? [0, () => ({ findings: nothingFound, good: [] })]
  const sabotaged = (more: (decoder: Decoder) => Partial<Decoder>) => () =>
    fuzz('sabotage', 2_000, (mutation) => {
      const decoder = createDecoder()
      promise(conversation, mutation, { ...decoder, ...more(decoder) })
    })

  it('notices a decoder that throws at some input, and says how to repeat it', () => {
    const throwing = sabotaged((decoder) => ({
      answer(text, id) {
        if (text.includes('-1')) throw new TypeError('sabotage')
        return decoder.answer(text, id)
      },
    }))
    expect(throwing).toThrow(new RegExp(`FUZZ_SEED=${seed}, sabotage, mutation \\d+: TypeError: sabotage`))
  })

  it('notices a decoder that loses the good picture after a damaged one', () => {
    const losing = sabotaged((decoder) => ({
      answer(text, id) {
        const found = decoder.answer(text, id)
        return found.oddities.length > 0 ? { ...found, facts: found.facts.slice(0, 1) } : found
      },
    }))
    expect(losing).toThrow(/good picture 2 is lost/)
  })

  it.each<[string, Json]>([
    ['fileId', { fileId: 'file-../../x' }],
    ['genId', { genId: '../x' }],
    ['seed', { seed: Number.NaN }],
    ['createdAt', { createdAt: new Date(Number.NaN) }],
    ['widthPx', { widthPx: 0 }],
    ['sizeBytes', { sizeBytes: -1 }],
    ['prompt', { prompt: '' }],
  ])('notices facts that are not well formed: %s', (field, wrong) => {
    const [facts] = createDecoder().answer(goodAnswer).facts
    if (!facts) throw new Error('no facts')
    expect(flawsOfFacts(facts)).toEqual([])
    let flaws: string[] = []
    try {
      flaws = flawsOfFacts({ ...facts, ...wrong } as typeof facts)
    } catch (error) {
      // The names of a picture without a date cannot even be made.
      flaws = [`${field} ${String(error)}`]
    }
    expect(flaws.join()).toContain(field)
  })

  it('does the same damage again with the same seed', () => {
    const inputs = () => {
      const seen: string[] = []
      fuzz('a conversation', 50, (mutation) => {
        conversation({ ...mutation, shows: (text) => void seen.push(text) }, createDecoder())
      })
      return seen
    }
    expect(inputs()).toEqual(inputs())
  })

  it('nests as deeply as it says', () => {
    expect(JSON.parse(deepText(3))).toEqual([[[]]])
    expect(JSON.parse(deepText(2, '{'))).toEqual({ a: { a: 0 } })
    expect(jsonText(['@deep:2:[@'])).toBe('[[[]]]')
  })
})

afterAll(() => {
  console.log(`fuzz: ${total} mutations done`)
  expect(total).toBeGreaterThanOrEqual(wanted)
})
