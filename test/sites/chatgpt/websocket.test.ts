import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxOpenStreamsChars } from '../../../src/decode/limits.ts'
import { createDecoder, type Decoder } from '../../../src/sites/chatgpt/decoder.ts'
import { type Findings, mergeFindings, nothingFound } from '../../../src/sites/findings.ts'
import {
  callOf,
  conversationId,
  cutAt,
  deltas,
  endOfStream,
  fileIds,
  fileNo,
  imageNo,
  imagesOf,
  type Loose,
  liveAt,
  onlyPicture,
  payloadEvent,
  pictures,
  pointer,
  streamComplete,
  toolSays,
  updateOf,
  userSays,
} from '../../fakes/messages.ts'

const turnId = '77777777-aaaa-4bbb-8ccc-dddddddddddd'
const prompt = 'A paper boat at dusk'

function read(frames: readonly unknown[], decoder: Decoder = createDecoder(), socketId = 's1'): Findings {
  return mergeFindings([
    nothingFound,
    ...frames.map((frame) =>
      decoder.frame(typeof frame === 'string' ? frame : JSON.stringify(frame), liveAt, socketId),
    ),
  ])
}

const envelope = (payload: unknown, offset: string, topic = 'conversations'): Loose => ({
  type: 'message',
  topic_id: topic,
  offset,
  payload,
})

/** The placeholder's message id is reused for previews and the result. */
const lateResult = (fileId: string, status = 'finished_successfully') =>
  imagesOf(
    'm-img',
    null,
    [pointer(fileId)],
    { async_task_type: 'image_gen', image_gen_title: 'Paper boat at dusk' },
    { status },
  )

describe('a late result', () => {
  const content = { async_task_id: 'imagegen_0', message: lateResult(fileNo(1)) }

  it.each([
    ['an array of envelopes', [envelope(updateOf(content), '1790000090000-0')]],
    ['one envelope', envelope(updateOf(content), '1790000090000-0')],
    ['a bare event', updateOf(content)],
    ['an array of bare events', [updateOf(content)]],
    ['a list of messages', updateOf({ messages: [lateResult(fileNo(1))] }, 'add-messages')],
    ['a list of wrappers', updateOf({ messages: [{ message: lateResult(fileNo(1)) }] }, 'add-messages')],
    [
      'one wrapper in place of a message',
      updateOf({ message: { message: lateResult(fileNo(1)) } }, 'async-task-insert-message'),
    ],
  ])('is read from %s', (_, frame) => {
    const found = read([frame])
    expect(onlyPicture(found)).toMatchObject({
      fileId: fileNo(1),
      conversationId,
      messageId: 'm-img',
      channel: 'websocket',
      createdAt: liveAt,
      dateSource: 'stream',
    })
    expect(found.oddities).toEqual([])
  })

  it.each([
    'add-turn-message',
    'replace-turn-message',
    'upsert-turn-message',
    'stream-message-done',
    'add-conversation-item',
  ])('is read from "conversation-updates" of type %s', (type) => {
    const payload = {
      updates: [
        { conversation_id: 'other', type: 'discard-items' },
        { conversation_id: conversationId, type, message: lateResult(fileNo(1)) },
      ],
    }
    const found = read([[envelope({ type: 'conversation-updates', payload }, '1-0')]])
    expect(onlyPicture(found)).toMatchObject({ fileId: fileNo(1), conversationId })
    expect(found.oddities).toEqual([])
  })

  it('replaces the previews before it', () => {
    const frames = [
      updateOf({ message: lateResult(fileNo(1), 'in_progress') }),
      updateOf({ message: lateResult(fileNo(2), 'in_progress') }),
      updateOf({ message: lateResult(fileNo(3)) }),
    ]
    expect(read(frames.slice(0, 2)).facts).toEqual([])
    const found = read(frames)
    expect(fileIds(found)).toEqual([fileNo(3)])
    expect(found.dismissed).toEqual([fileNo(1), fileNo(2)])
  })

  it('finds its prompt in the turn that was streamed before', () => {
    const decoder = createDecoder()
    const placeholder = toolSays('m-img', 'Processing', { parent_id: 'm-call' })
    const stream = decoder.stream(liveAt, null)
    for (const one of [userSays('m-user', 'Paint me a boat.'), callOf('m-call', 'm-user', { prompt }), placeholder]) {
      stream.feed(payloadEvent(one))
    }
    stream.end()
    expect(onlyPicture(read([updateOf({ message: lateResult(fileNo(1)) })], decoder))).toMatchObject({
      prompt,
      promptSource: 'tool-call',
    })
  })

  it('is reported once, however often it is sent', () => {
    const frame = [envelope(updateOf(content), '1790000090000-0')]
    expect(read([frame, frame, updateOf(content), updateOf(content)]).facts).toHaveLength(1)
  })
})

describe('frames without pictures', () => {
  const silent: readonly unknown[] = [
    {
      type: 'conversation-update',
      payload: { conversation_id: conversationId, update_type: 'refetch-conversation', update_content: {} },
    },
    { type: 'conversation-turn-complete', payload: { conversation_id: conversationId } },
    { type: 'conversation-turn-stream', payload: { type: 'heartbeat' } },
    { type: 'conversation-turn-stream', payload: { type: 'done', conversation_id: conversationId, turn_id: turnId } },
    [{ id: 1, type: 'reply', reply: { type: 'connect' } }],
    [{ id: 2, type: 'reply', reply: { type: 'subscribe', topic_id: 'conversations', recovered: false, catchups: [] } }],
    { type: 'system', event: 'connected', userId: 'user-x', connectionId: 'c', reconnectionToken: 't' },
    { type: 'sequenceAck', sequenceId: 3 },
    [],
  ]

  it.each(silent.map((frame) => [frame]))('give nothing, and no oddity: %j', (frame) => {
    expect(read([frame])).toEqual(nothingFound)
  })

  it('are oddities when they are unknown or not JSON', () => {
    expect(read([{ type: 'brand-new' }]).oddities).toEqual([{ kind: 'unknown-socket-event', detail: 'brand-new' }])
    expect(read(['not json']).oddities.map(({ kind }) => kind)).toEqual(['not-json'])
  })

  it('are oddities when they are unknown, and messages inside them are read all the same', () => {
    const found = read([
      { type: 'brand-new', payload: { conversation_id: conversationId, thing: { message: lateResult(fileNo(1)) } } },
    ])
    expect(found.oddities).toHaveLength(1)
    expect(onlyPicture(found)).toMatchObject({ fileId: fileNo(1), conversationId })
  })

  it('may have a title', () => {
    const titled = updateOf({ title: 'Paper boats' }, 'title-update')
    expect(onlyPicture(read([updateOf({ message: lateResult(fileNo(1)) }), titled])).conversationTitle).toBe(
      'Paper boats',
    )
  })
})

describe('a turn streamed over a socket', () => {
  const turnItem = (encoded: string, number: number, turn = turnId): Loose => ({
    type: 'conversation-turn-stream',
    payload: {
      type: 'stream-item',
      conversation_id: conversationId,
      turn_id: turn,
      encoded_item: encoded,
      stream_item_id: `${turn}-${number}`,
      parent_stream_item_id: `${turn}-${number - 1}`,
      server_timestamp_ms: 1_790_000_001_000,
    },
  })
  const item = (encoded: string, number: number, turn = turnId) =>
    envelope(turnItem(encoded, number, turn), `1790000001000-${number}`, `conversation-turn-${turn}`)
  const done = {
    type: 'conversation-turn-stream',
    payload: { type: 'done', conversation_id: conversationId, turn_id: turnId },
  }

  const call = callOf(
    'm-call',
    'm-user',
    {},
    {},
    { content: { content_type: 'code', text: '' }, status: 'in_progress' },
  )
  const texts = [
    deltas.start,
    deltas.add(call, { c: 0 }),
    deltas.callText('{"prompt":"A paper'),
    deltas.of({ v: ' boat at dusk"}' }),
    deltas.finished,
    deltas.add(imageNo(1, { status: 'in_progress' }), { c: 1 }),
    deltas.of({
      p: '/message',
      o: 'patch',
      v: [
        { p: '/content/parts/0/asset_pointer', o: 'replace', v: `sediment://${fileNo(2)}` },
        { p: '/status', o: 'replace', v: 'finished_successfully' },
      ],
    }),
    streamComplete,
    endOfStream,
  ]
  const frames = texts.map((text, index) => [item(text, index + 1)])
  const expected = { fileId: fileNo(2), prompt, promptSource: 'tool-call', conversationId, channel: 'websocket' }

  it('is read from its items by one decoder', () => {
    const found = read([...frames, done])
    expect(onlyPicture(found)).toMatchObject(expected)
    expect(found.dismissed).toContain(fileNo(1))
    expect(found.oddities).toEqual([])
  })

  it('is read from bare events, and from items without their last blank line', () => {
    expect(pictures(read(texts.map((text, index) => turnItem(text, index))))).toMatchObject([expected])
    expect(pictures(read(texts.map((text, index) => [item(text.trimEnd(), index)])))).toMatchObject([expected])
  })

  it('is read from items with several events, or with a piece of one', () => {
    const text = texts.join('')
    expect(pictures(read([[item(text, 1)]]))).toMatchObject([expected])
    const middle = text.indexOf('boat at dusk')
    expect(pictures(read([[item(text.slice(0, middle), 1)], [item(text.slice(middle), 2)]]))).toMatchObject([expected])
  })

  it("is not read twice when items come again, as catch-ups or over another tab's socket", () => {
    const decoder = createDecoder()
    const first = read(frames.slice(0, 4), decoder)
    const catchups = frames.flat()
    const reply = {
      id: 9,
      type: 'reply',
      reply: { type: 'subscribe', topic_id: `conversation-turn-${turnId}`, recovered: true, catchups },
    }
    const second = read([[reply], ...frames, [reply]], decoder, 's2')
    const found = mergeFindings([first, second, read([done], decoder)])
    expect(onlyPicture(found)).toMatchObject(expected)
    expect(found.facts).toHaveLength(1)
    expect(found.oddities).toEqual([])
  })

  it('is read when it comes as catch-ups alone', () => {
    const reply = {
      id: 9,
      type: 'reply',
      reply: { type: 'subscribe', topic_id: 't', recovered: true, catchups: frames.flat() },
    }
    expect(onlyPicture(read([[reply]]))).toMatchObject(expected)
  })

  it('drops an item that comes again under another offset', () => {
    const again = frames.map((frame) => frame.map((one) => ({ ...one, offset: `9${one.offset}` })))
    const found = read(frames.flatMap((frame, index) => [frame, again[index]]))
    expect(onlyPicture(found)).toMatchObject(expected)
    expect(found.facts).toHaveLength(1)
  })

  it('drops an item that comes again at the same offset, although it has no id', () => {
    const nameless = JSON.parse(JSON.stringify(frames).replaceAll('"stream_item_id"', '"other"')) as unknown[]
    const found = read(nameless.flatMap((frame) => [frame, frame]))
    expect(onlyPicture(found)).toMatchObject(expected)
    expect(found.facts).toHaveLength(1)
  })

  it('is kept apart from another turn over the same socket', () => {
    const other = texts.map((text) =>
      text
        .replaceAll('m-', 'n-')
        .replaceAll(fileNo(1), fileNo(3))
        .replaceAll(fileNo(2), fileNo(4))
        .replace('A paper', 'A tin'),
    )
    const mixed = texts.flatMap((text, index) => [
      [item(text, index)],
      [item(other[index] ?? '', index, 'another-turn')],
    ])
    expect(pictures(read(mixed))).toMatchObject([
      expected,
      { ...expected, fileId: fileNo(4), prompt: 'A tin boat at dusk' },
    ])
  })

  it('uses the last file as the final one when the turn is done while it is still being painted', () => {
    const found = read([...frames.slice(0, 6), done])
    expect(onlyPicture(found)).toMatchObject({ ...expected, fileId: fileNo(1) })
  })

  it('gives a picture whose last event was cut when the turn is done', () => {
    const image = deltas.add(imageNo(1), { c: 1 }).trimEnd()
    expect(fileIds(read([[item(deltas.start + image, 1)], done]))).toEqual([fileNo(1)])
  })

  it('is an oddity when an item has no text', () => {
    const payload = { type: 'stream-item', turn_id: turnId, encoded_item: { text: 'x' } }
    expect(read([{ type: 'conversation-turn-stream', payload }]).oddities.map(({ kind }) => kind)).toEqual([
      'unknown-turn-item',
    ])
  })
})

describe('Azure Web PubSub', () => {
  const text = [
    payloadEvent(userSays('m-user', 'Ein Gärtchen, bitte 🌸')),
    payloadEvent(callOf('m-call', 'm-user', { prompt: 'Ein Garten mit Kirschblüten 樱花 🌸' })),
    payloadEvent(imagesOf('m-img', 'm-call', [pointer('file-Qm4Zt1Yb8LxV0pKs7RcD2wEa')])),
    endOfStream,
  ].join('')
  const bytes = Buffer.from(text)
  const frame = (body: Buffer, more: Loose = {}, data: Loose = {}): Loose => ({
    sequenceId: 3,
    type: 'message',
    from: 'group',
    fromUserId: 'user-x',
    group: 'user-x',
    dataType: 'json',
    data: {
      type: 'http.response.body',
      body: body.toString('base64'),
      more_body: true,
      response_id: '0a1b2c3d4e5f6071-SEA',
      conversation_id: conversationId,
      ...data,
    },
    ...more,
  })
  const expected = {
    fileId: 'file-Qm4Zt1Yb8LxV0pKs7RcD2wEa',
    prompt: 'Ein Garten mit Kirschblüten 樱花 🌸',
    promptSource: 'tool-call',
    conversationId,
    channel: 'websocket',
  }
  const whole = read([frame(bytes)])

  it('carries a stream in base64', () => {
    expect(onlyPicture(whole)).toMatchObject(expected)
    expect(whole.oddities).toEqual([])
  })

  it('may cut it inside an event and inside a character', () => {
    const inEvent = bytes.indexOf('"asset_pointer"') + 3
    const inCharacter = bytes.indexOf('樱') + 1
    expect(bytes.subarray(0, inCharacter).toString()).toContain('\uFFFD')
    expect(read(cutAt(bytes, [inEvent, inCharacter]).map((piece) => frame(piece)))).toEqual(whole)
  })

  it('gives the same byte by byte and cut at random', () => {
    expect(read([...bytes].map((byte) => frame(Buffer.from([byte]))))).toEqual(whole)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (places) => {
        expect(
          read(cutAt(bytes, places).map((piece) => (piece.length > 0 ? frame(piece) : { type: 'system' }))),
        ).toEqual(whole)
      }),
      { numRuns: 100 },
    )
  })

  it('may carry the body at the top of the frame', () => {
    const bare = { body: bytes.toString('base64'), response_id: 'r', more_body: true, conversation_id: conversationId }
    expect(onlyPicture(read([bare]))).toMatchObject(expected)
  })

  it('is put together per answer, when several are under way', () => {
    const [first = bytes, second = bytes] = cutAt(bytes, [bytes.length >> 1])
    const otherBytes = Buffer.from(
      text.replaceAll('m-', 'n-').replaceAll('Qm4Z', 'Other').replaceAll('Garten', 'Teich'),
    )
    const [otherFirst = bytes, otherSecond = bytes] = cutAt(otherBytes, [otherBytes.length >> 1])
    const other = (piece: Buffer) => frame(piece, {}, { response_id: 'another' })
    const found = read([frame(first), other(otherFirst), frame(second), other(otherSecond)])
    expect(fileIds(found)).toEqual([expected.fileId, 'file-Othert1Yb8LxV0pKs7RcD2wEa'])
    expect(pictures(found)[1]?.prompt).toBe('Ein Teich mit Kirschblüten 樱花 🌸')
  })

  it('is put together per socket, when two tabs receive the same', () => {
    const decoder = createDecoder()
    const [first = bytes, second = bytes] = cutAt(bytes, [bytes.length >> 1])
    const found = mergeFindings([
      read([frame(first)], decoder, 's1'),
      read([frame(first)], decoder, 's2'),
      read([frame(second)], decoder, 's1'),
      read([frame(second)], decoder, 's2'),
    ])
    expect(onlyPicture(found)).toMatchObject(expected)
    expect(found.oddities).toEqual([])
  })

  const uncut = payloadEvent(imageNo(1)).trimEnd()

  it('ends with the frame that says so, and the last event is read', () => {
    expect(fileIds(read([frame(Buffer.from(uncut), {}, { more_body: false })]))).toEqual([fileNo(1)])
  })

  it('ends with an empty frame that says so, and the last event is read', () => {
    const found = read([frame(Buffer.from(uncut)), frame(Buffer.alloc(0), {}, { more_body: false })])
    expect(fileIds(found)).toEqual([fileNo(1)])
    expect(found.oddities).toEqual([])
  })

  const other = (number: number, body: string) => frame(Buffer.from(body), {}, { response_id: `other-${number}` })

  it('is read as far as it came when more than 64 answers are open', () => {
    const decoder = createDecoder()
    const others = Array.from({ length: 64 }, (_, at) => other(at, 'data: {'))
    expect(read([frame(Buffer.from(uncut)), ...others.slice(1)], decoder).facts).toEqual([])
    expect(fileIds(read(others.slice(0, 1), decoder))).toEqual([fileNo(1)])
  })

  it('is read as far as it came when the open answers are too large together', () => {
    const decoder = createDecoder()
    const eighth = `: ${'x'.repeat(maxOpenStreamsChars / 8)}\n`
    const others = Array.from({ length: 8 }, (_, at) => other(at, eighth))
    expect(read([frame(Buffer.from(uncut)), ...others.slice(1)], decoder).facts).toEqual([])
    expect(fileIds(read(others.slice(0, 1), decoder))).toEqual([fileNo(1)])
  })

  it('ends with its socket, and the last event is read', () => {
    const decoder = createDecoder()
    expect(read([frame(Buffer.from(uncut))], decoder).facts).toEqual([])
    expect(decoder.socketClosed('another').facts).toEqual([])
    expect(fileIds(decoder.socketClosed('s1'))).toEqual([fileNo(1)])
    expect(decoder.socketClosed('s1').facts).toEqual([])
  })
})

describe('hostile frames', () => {
  it('survives catch-ups nested fifty thousand deep', () => {
    const depth = 50_000
    const text = `${'{"reply":{"catchups":['.repeat(depth)}{}${']}}'.repeat(depth)}`
    expect(() => read([text])).not.toThrow()
  })

  it('survives JSON nested a hundred thousand deep', () => {
    const text = `{"type":"conversation-update","payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(read([text]).oddities.map(({ kind }) => kind)).toContain('over-limit')
  })

  it.each([
    'null',
    '7',
    '"text"',
    '[null, 7, "x", []]',
    '{"type":7,"payload":"x","offset":{},"topic_id":[]}',
    '{"type":"message","payload":{"type":"conversation-turn-stream","payload":null}}',
    '{"type":"conversation-update","payload":{"update_content":[1,null,{"message":7}]}}',
    '{"type":"reply","reply":{"catchups":[null,7,{"type":"message","payload":{}}]}}',
    '{"data":{"body":7}}',
    '{"data":{"body":"%%% not base64 %%%","response_id":{}}}',
  ])('does not throw at %s', (text) => {
    expect(() => read([text])).not.toThrow()
  })
})
