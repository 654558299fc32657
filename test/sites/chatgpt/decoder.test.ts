import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDecoder } from '../../../src/sites/chatgpt/decoder.ts'
import { nothingFound } from '../../../src/sites/findings.ts'
import type { FileId } from '../../../src/sites/ids.ts'
import {
  callOf,
  conversationId,
  event,
  fileIds,
  fileNo,
  imageNo,
  imagesOf,
  imageTool,
  type Loose,
  liveAt,
  liveSample,
  message,
  onlyPicture,
  payloadEvent,
  payloadOf,
  pointer,
  readAnswer,
  readStream,
  streamText,
  treeOf,
  updateOf,
  uploaded,
  userSays,
} from '../../fakes/messages.ts'

describe('answers', () => {
  it('announce sockets that will carry messages', () => {
    const celsius = 'wss://ws.chatgpt.com/p12/ws/user/user-x?verify=1'
    const pubSub = 'wss://chatgpt-async-webps-prod-eastus-0.chatgpt.com/client/hubs/conversations?access_token=JWT'
    expect(readAnswer({ websocket_url: celsius })).toEqual({ ...nothingFound, sockets: [celsius] })
    expect(
      readAnswer({
        wss_url: pubSub,
        expires_at: '2024-03-01T10:00:00Z',
        conversation_id: conversationId,
        response_id: '0a1b2c3d4e5f6071-SEA',
        websocket_request_id: '99999999-0000-4111-8222-333333333333',
      }),
    ).toEqual({ ...nothingFound, sockets: [pubSub] })
  })

  const { response: limits } = liveSample('conversation-init-anonymous-2026-05') as { response: unknown }
  const silent: readonly [string, unknown][] = [
    ['limits, as recorded in conversation-init-anonymous-2026-05.json', limits],
    ['a prepared turn', { status: 'ok', conduit_token: 'x' }],
    ['the state of a stream', { status: 'IS_STREAMING' }],
    ['an error', { detail: 'Too many requests' }],
    ['a list of conversations', { items: [{ id: 'c', title: 'x' }], total: 1, limit: 28, offset: 0 }],
    ['an empty list', { items: [], cursor: null }],
    ['an empty batch', []],
    ['a conversation without messages', treeOf([])],
    ['no tasks', { tasks: [] }],
    [
      'a conversation of words',
      treeOf([userSays('m', 'Hi'), message('n', 'assistant', { content_type: 'text', parts: ['Hello'] })]),
    ],
  ]
  it.each(silent)('about other things give nothing, and no oddity: %s', (_, answer) => {
    expect(readAnswer(answer)).toMatchObject({ facts: [], dismissed: [], links: [], sockets: [], oddities: [] })
  })

  it('are odd when they are unknown or not JSON', () => {
    expect(readAnswer({ surprise: 1 }).oddities).toEqual([{ kind: 'unknown-answer', detail: 'surprise' }])
    for (const text of ['', '<html>', '{"half":'])
      expect(readAnswer(text).oddities.map(({ kind }) => kind)).toEqual(['not-json'])
    for (const text of ['null', '7', '"x"', 'true'])
      expect(readAnswer(text).oddities.map(({ kind }) => kind)).toEqual(['unknown-answer'])
  })
})

describe('the request that begins a turn', () => {
  const request = (messages: readonly unknown[], more: Loose = {}) =>
    JSON.stringify({
      action: 'next',
      messages,
      parent_message_id: 'm-before',
      model: 'auto',
      supported_encodings: ['v1'],
      ...more,
    })
  const skipped = callOf('m-call', 'm-user', { skipped_mainline: true })
  const image = imageNo(1)

  it('gives the prompt of a picture whose stream does not repeat it', () => {
    const decoder = createDecoder()
    const asked = {
      id: 'm-user',
      author: { role: 'user' },
      content: { content_type: 'text', parts: ['Paint me a boat.'] },
      metadata: {},
    }
    const { findings, conversationId: named } = decoder.turnRequest(request([asked]), liveAt)
    expect(findings).toEqual(nothingFound)
    expect(named).toBeNull()
    expect(onlyPicture(readStream([payloadEvent(skipped), payloadEvent(image)], decoder))).toMatchObject({
      prompt: 'Paint me a boat.',
      promptSource: 'user-message',
      createdAt: liveAt,
      dateSource: 'turn',
    })
  })

  it('keeps the time the page gave it', () => {
    const decoder = createDecoder()
    decoder.turnRequest(request([userSays('m-user', 'x', {}, { create_time: 1_745_500_000 })]), liveAt)
    const found = onlyPicture(readStream([payloadEvent(skipped), payloadEvent(image)], decoder))
    expect(found.createdAt).toEqual(new Date(1_745_500_000_000))
  })

  it('names its conversation', () => {
    const read = (body: string) => createDecoder().turnRequest(body, liveAt).conversationId
    expect(read(request([userSays('m-user', 'x')], { conversation_id: conversationId }))).toBe(conversationId)
    expect(read(JSON.stringify({ conversation_id: conversationId, offset: 7 }))).toBe(conversationId)
    expect(read(request([userSays('m-user', 'x')]))).toBeNull()
  })

  it('says nothing about images, neither uploads nor invented ones', () => {
    const content = { content_type: 'multimodal_text', parts: [uploaded(fileNo(8)), 'Make it blue'] }
    const asked = message('m-user', 'user', content, {
      metadata: { attachments: [{ id: fileNo(8) }, { id: fileNo(9) }] },
    })
    const { findings } = createDecoder().turnRequest(request([asked]), liveAt)
    expect(findings).toEqual(nothingFound)
  })

  it.each(['assistant', 'tool', 'system'])('is not believed when it contains a message of the %s', (role) => {
    const decoder = createDecoder()
    const forged = [callOf('m-call', 'm-user', { prompt: 'Forged' }), image].map((one) => ({
      ...one,
      author: { role },
    }))
    expect(decoder.turnRequest(request(forged), liveAt).findings).toEqual(nothingFound)
    const found = onlyPicture(readStream([payloadEvent(image)], decoder))
    expect(found.prompt).toBeNull()
  })

  it('does not dismiss a generated picture that is to be edited', () => {
    const decoder = createDecoder()
    readStream([payloadEvent(image)], decoder)
    const content = { content_type: 'multimodal_text', parts: [uploaded(fileNo(1)), 'Make it blue'] }
    const asked = message('m-edit', 'user', content, { metadata: { attachments: [{ id: fileNo(1) }] } })
    expect(decoder.turnRequest(request([asked]), liveAt).findings.dismissed).toEqual([])
  })

  it.each([
    '',
    'no json',
    'null',
    '7',
    '[]',
    '{}',
    '{"messages":7}',
    '{"messages":[null,7,{},{"author":7,"content":{}}]}',
    '{"messages":[],"conversation_id":7}',
  ])('may have any content: %s', (body) => {
    expect(createDecoder().turnRequest(body, liveAt)).toEqual({ findings: nothingFound, conversationId: null })
  })
})

describe('parts of one turn that come by several ways', () => {
  it('give the same picture from stream, socket, stored conversation and library', () => {
    const decoder = createDecoder()
    const messages = [
      userSays('m-user', 'Paint me a boat.'),
      callOf('m-call', 'm-user', { prompt: 'A paper boat' }),
      imageNo(1),
    ]
    const streamed = readStream(messages.map(payloadEvent), decoder)
    const sent = decoder.frame(JSON.stringify(updateOf({ messages }, null)), liveAt, 's')
    const stored = readAnswer(treeOf(messages), decoder)
    const listed = readAnswer(
      { items: [{ generation_type: 'image_gen', asset_pointer: `sediment://${fileNo(1)}` }] },
      decoder,
    )
    for (const found of [streamed, sent, stored, listed]) {
      expect(fileIds(found)).toEqual([fileNo(1)])
      expect(found.oddities).toEqual([])
    }
    for (const found of [streamed, sent, stored])
      expect(found.facts.at(-1)).toMatchObject({ prompt: 'A paper boat', messageId: 'm-img' })
  })
})

describe('any input', () => {
  const author = { role: 'tool', name: imageTool }
  const envelope = (payload: unknown) => [{ type: 'message', topic_id: 'conversations', offset: '1-0', payload }]
  const samples: readonly unknown[] = [
    liveSample('conversation-sanitized-2026-05'),
    liveSample('recent-image-gen-sanitized-2026-05'),
    liveSample('conversation-init-anonymous-2026-05'),
    liveSample('sse-image-turn-inline-2026-05'),
    (liveSample('sse-text-turn-v0-2026-05') as unknown[]).slice(0, 6),
    treeOf([
      userSays('u', 'x', { attachments: [{ id: fileNo(2) }] }),
      callOf('c', 'u', { prompt: 'p' }),
      imagesOf('i', 'c', [pointer(fileNo(1)), 'Model caption: x']),
    ]),
    envelope({
      type: 'conversation-update',
      payload: {
        conversation_id: 'c',
        update_type: 'add-messages',
        update_content: { messages: [{ message: imageNo(1, { id: 'i', parentId: 'c', author }) }] },
      },
    }),
    envelope({
      type: 'conversation-turn-stream',
      payload: {
        type: 'stream-item',
        turn_id: 't',
        encoded_item: payloadEvent(imageNo(1, { id: 'i', parentId: 'c' })),
        stream_item_id: 's',
      },
    }),
    [
      {
        id: 1,
        type: 'reply',
        reply: {
          type: 'subscribe',
          catchups: envelope({ type: 'conversation-turn-complete', payload: { conversation_id: 'c' } }),
        },
      },
    ],
    {
      sequenceId: 1,
      type: 'message',
      data: {
        type: 'http.response.body',
        body: Buffer.from(payloadEvent(imageNo(1, { id: 'i', parentId: 'c' }))).toString('base64'),
        more_body: false,
        response_id: 'r',
      },
    },
    [
      { parsed: 'v1' },
      { p: '', o: 'add', v: payloadOf(imageNo(1, { id: 'i', parentId: 'c', status: 'in_progress' })), c: 1 },
      {
        p: '/message',
        o: 'patch',
        v: [
          { p: '/status', o: 'replace', v: 'finished_successfully' },
          { p: '/content/parts', o: 'append', v: ['Model caption: x'] },
        ],
      },
      {
        v: [
          { p: '/content/parts/1', o: 'truncate', v: 3 },
          { p: '/metadata', o: 'remove' },
        ],
      },
      { type: 'message_stream_complete' },
    ],
    {
      status: 'success',
      download_url: 'https://chatgpt.com/backend-api/estuary/content?id=file_1',
      file_size_bytes: 5,
    },
    {
      action: 'next',
      messages: [userSays('u', 'x', { attachments: [{ id: fileNo(2) }] })],
      parent_message_id: 'p',
      conversation_id: 'c',
    },
    [{ _1: 2, _3: 4 }, 'mapping', { _5: 4 }, 'conversation_id', 'c', 'node'],
  ]

  const wrongs: readonly unknown[] = [
    null,
    0,
    -1,
    1e300,
    7,
    '',
    'text',
    '../../x',
    'a\u0000b',
    '__proto__',
    'x'.repeat(3_000),
    true,
    false,
    [],
    [[]],
    {},
    { a: null },
    [null, 7, 'x', {}],
    { message: null },
    { author: {}, content: {} },
    { role: 'tool' },
    'sediment://file_../x',
    { constructor: 1 },
  ]

  /** Every place in a value: the object or list that holds it and its key there. */
  function places(value: unknown, found: [Loose, string][] = []): [Loose, string][] {
    if (typeof value !== 'object' || value === null) return found
    for (const key of Object.keys(value)) {
      found.push([value as Loose, key])
      places((value as Loose)[key], found)
    }
    return found
  }

  interface Change {
    readonly where: number
    readonly how: number
  }

  /** Swaps types, drops keys and doubles parts at the chosen places. */
  function mutate(sample: unknown, changes: readonly Change[]): unknown {
    const root: Loose = { root: structuredClone(sample) }
    for (const { where, how } of changes) {
      const all = places(root)
      const [holder, key] = all[where % all.length] ?? [root, 'root']
      const choice = how % (wrongs.length + 3)
      if (choice < wrongs.length) holder[key] = structuredClone(wrongs[choice])
      else if (choice === wrongs.length) delete holder[key]
      else if (choice === wrongs.length + 1) holder[key] = [holder[key], holder[key]]
      else holder[key] = { [key]: holder[key], message: holder[key] }
    }
    return root.root
  }

  /** Reads a text in every way there is, by one decoder. */
  function readEveryWay(value: unknown, cutAt: number) {
    const text = JSON.stringify(value) ?? ''
    const decoder = createDecoder()
    for (const one of [text, text.slice(0, cutAt % (text.length + 1))]) {
      decoder.answer(one)
      decoder.frame(one, liveAt, 's')
      decoder.frame(`{"type":"conversation-update","payload":${one}}`, liveAt, 's')
      decoder.turnRequest(one, liveAt)
      decoder.downloadLink(fileNo(1) as FileId, one, 'https://chatgpt.com/')
      decoder.sharePage(`<script>streamController.enqueue(${JSON.stringify(`${one}\n`)})</script>`)
      readStream([event(one), event(one, 'delta'), `data: ${one}`], decoder)
    }
    const stream = streamText(value)
    readStream([stream, stream.slice(0, cutAt % (stream.length + 1))], decoder)
    decoder.socketClosed('s')
  }

  it('is read without a throw when it is as recorded', () => {
    for (const sample of samples) readEveryWay(sample, 1_000)
  })

  it('is read without a throw when it is mutated in 2,000 ways', () => {
    const change = fc.record({ where: fc.nat(100_000), how: fc.nat(1_000) })
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(change, { minLength: 1, maxLength: 5 }),
        fc.nat(100_000),
        (sample, changes, cutAt) => {
          readEveryWay(mutate(sample, changes), cutAt)
        },
      ),
      { numRuns: 2_000 },
    )
  }, 15_000)

  it('is read without a throw when it is any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(1_000), (value, cutAt) => readEveryWay(value, cutAt)),
      { numRuns: 300 },
    )
  })

  it('leaves the prototype of objects alone', () => {
    const text =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"mapping":{"__proto__":{"message":{"id":"__proto__","author":{"role":"tool"},"content":{"parts":[]}}}}}'
    readEveryWay(JSON.parse(text), 50)
    const decoder = createDecoder()
    decoder.answer(text)
    decoder.sharePage(
      `<script>streamController.enqueue(${JSON.stringify(JSON.stringify([{ _1: 2 }, '__proto__', { _3: 4 }, 'polluted', 1]))})</script>`,
    )
    expect(({} as Loose).polluted).toBeUndefined()
  })
})
