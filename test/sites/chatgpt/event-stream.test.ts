import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDecoder } from '../../../src/sites/chatgpt/decoder.ts'
import { nothingFound } from '../../../src/sites/findings.ts'
import {
  callOf,
  conversationId,
  cutAt,
  deltas,
  endOfStream,
  event,
  fileIds,
  fileNo,
  imageNo,
  imagesOf,
  liveAt,
  liveSample,
  message,
  onlyPicture,
  payloadEvent,
  payloadOf,
  pictures,
  pointer,
  readStream,
  streamComplete,
  streamText,
  toolSays,
  typedEvent,
  uploaded,
  userSays,
} from '../../fakes/messages.ts'

const prompt = 'A paper boat at dusk'
const user = userSays('m-user', 'Paint me a boat.', {}, { create_time: 1_745_500_000 })
const call = callOf('m-call', 'm-user', { prompt, size: '1024x1024', n: 1 })
const image = imageNo(1, { create_time: 1_745_500_009.4 })

/** An image turn of 2025: the call in tokens, a preview under another file id, the final file by a patch. */
const previewFile = fileNo(0xa01)
const finalFile = fileNo(0xa02)
const generation = (height: number) => ({
  gen_id: '11111111-2222-4333-8444-555555555555',
  gen_size: 'image',
  height,
  width: 1024,
})
const dalle = { gen_id: '11111111-2222-4333-8444-555555555555', prompt: '', seed: null }
const emptyCall = callOf('m-call', 'm-user', {}, {}, { status: 'in_progress', create_time: 1_745_500_000.1 })
const previewMessage = imagesOf(
  'm-img',
  'm-call',
  [
    pointer(previewFile, {
      size_bytes: 40_211,
      width: 1024,
      height: 1024,
      metadata: { dalle, generation: generation(512) },
    }),
  ],
  {},
  { status: 'in_progress', create_time: 1_745_500_009.4 },
)
const beforeFinal = [
  deltas.start,
  deltas.add({ ...emptyCall, content: { content_type: 'code', language: 'unknown', text: '' } }, { c: 0 }),
  deltas.callText('{"prompt":"A paper boat'),
  deltas.of({ v: ' at dusk","size":"1024x1024","n":1}' }),
  deltas.finished,
  deltas.add(previewMessage, { c: 1 }),
]
const final = deltas.of({
  p: '',
  o: 'patch',
  v: [
    { p: '/message/content/parts/0/asset_pointer', o: 'replace', v: `sediment://${finalFile}` },
    { p: '/message/content/parts/0/size_bytes', o: 'replace', v: 1_401_223 },
    { p: '/message/content/parts/0/metadata/generation/height', o: 'replace', v: 1024 },
    { p: '/message/metadata/image_gen_title', o: 'add', v: 'Paper boat' },
    { p: '/message/status', o: 'replace', v: 'finished_successfully' },
  ],
})
const previewTurn = [...beforeFinal, final, streamComplete, endOfStream]

describe('a delta stream with a preview and the final file', () => {
  it('gives only the final picture, with the prompt of the streamed call', () => {
    const found = readStream(previewTurn)
    expect(onlyPicture(found)).toEqual({
      fileId: finalFile,
      genId: '11111111-2222-4333-8444-555555555555',
      prompt,
      promptSource: 'tool-call',
      seed: null,
      createdAt: new Date(1_745_500_009_400),
      dateSource: 'message',
      widthPx: 1024,
      heightPx: 1024,
      sizeBytes: 1_401_223,
      conversationId,
      conversationTitle: null,
      messageId: 'm-img',
      parentGenId: null,
      profiles: null,
      editOp: null,
      channel: 'stream',
    })
    expect(found.dismissed).toContain(previewFile)
    expect(found.dismissed).not.toContain(finalFile)
    expect(found.oddities).toEqual([])
  })

  it('reports no picture before the final one has come', () => {
    const stream = createDecoder().stream(liveAt, null)
    expect(beforeFinal.flatMap((piece) => stream.feed(piece).facts)).toEqual([])
    expect(stream.feed(final).facts.map((facts) => facts.fileId)).toEqual([finalFile])
  })

  it('uses the last file as the final one when the turn ends while it is still being painted', () => {
    for (const ending of [streamComplete, endOfStream]) {
      const found = readStream([...beforeFinal, ending])
      expect(onlyPicture(found)).toMatchObject({ fileId: previewFile, prompt, sizeBytes: 40_211 })
    }
  })

  it('finds the same without the last events and without [DONE], as when the page stops listening', () => {
    const whole = pictures(readStream(previewTurn))
    expect(pictures(readStream([...beforeFinal, final, streamComplete]))).toEqual(whole)
    expect(pictures(readStream([...beforeFinal, final]))).toEqual(whole)
    expect(pictures(readStream([...beforeFinal, final.trimEnd()]))).toEqual(whole)
  })
})

describe('the encoding', () => {
  it('is announced by an event, which begins a new decoder wherever it comes', () => {
    const before = [
      deltas.add(user, { c: 3 }),
      deltas.of({ p: '/message/content/parts/0', o: 'append', v: ' Please.' }),
    ]
    const found = readStream([deltas.start, ...before, deltas.start, deltas.of({ v: payloadOf(image) })])
    expect(fileIds(found)).toEqual([fileNo(1)])
    expect(found.oddities).toEqual([])
  })

  it('is an oddity when it is unknown', () => {
    expect(readStream([event('"v2"', 'delta_encoding')]).oddities).toEqual([
      { kind: 'unknown-encoding', detail: '"v2"' },
    ])
  })

  it('may be spaced and padded', () => {
    const spaced = [deltas.start, deltas.add(user), deltas.add(call), deltas.add(image), endOfStream]
      .join('')
      .replaceAll(
        /^data: (.*)$/gm,
        (_, data: string) => `data: ${data.replaceAll(/":(?=[{["\dnft])/g, '": ').replaceAll(/,"/g, ', "')}    `,
      )
    expect(spaced).toContain('"p": "", "o": "add"')
    expect(readStream([spaced]).oddities).toEqual([])
    expect(pictures(readStream([spaced]))).toEqual(
      pictures(readStream([deltas.start, deltas.add(user), deltas.add(call), deltas.add(image)])),
    )
  })

  it('may be padded after [DONE] too', () => {
    const preview = { ...image, status: 'in_progress' }
    const found = readStream([event('"v1"   ', 'delta_encoding'), deltas.add(preview), event('[DONE]   ')])
    expect(fileIds(found)).toEqual([fileNo(1)])
    expect(found.oddities).toEqual([])
  })

  it('may mix deltas, whole payloads and typed events', () => {
    const found = readStream([
      deltas.start,
      payloadEvent(user),
      deltas.add(call),
      event({ type: 'message_marker' }),
      payloadEvent(image),
    ])
    expect(onlyPicture(found)).toMatchObject({ fileId: fileNo(1), prompt })
    expect(found.oddities).toEqual([])
  })
})

describe('a call in tokens', () => {
  const open = deltas.add({ ...emptyCall, content: { content_type: 'code', text: '' } }, { c: 0 })
  const tokens = [deltas.callText('{"prompt":'), deltas.of({ v: '"A paper' }), deltas.of({ v: ' boat at dusk"}' })]

  it('gives its prompt even when nothing says that it is finished', () => {
    expect(onlyPicture(readStream([deltas.start, open, ...tokens, deltas.add(image, { c: 1 })])).prompt).toBe(prompt)
    expect(onlyPicture(readStream([deltas.start, open, ...tokens, deltas.add(image)])).prompt).toBe(prompt)
  })

  it.each([
    ['says that it is complete', streamComplete],
    ['says [DONE]', endOfStream],
  ])('gives its prompt as soon as the stream %s, also on a connection that stays open', (_, ending) => {
    const decoder = createDecoder()
    const stream = decoder.stream(liveAt, null)
    stream.feed(deltas.start + deltas.add({ ...call, content: { content_type: 'code', text: '' } }))
    stream.feed(deltas.callText(JSON.stringify({ prompt })))
    stream.feed(ending)
    expect(onlyPicture(readStream([payloadEvent(image)], decoder))).toMatchObject({
      prompt,
      promptSource: 'tool-call',
    })
  })

  it('gives its prompt when a stream breaks inside it and another goes on', () => {
    const decoder = createDecoder()
    const broken = decoder.stream(liveAt, null)
    for (const piece of [deltas.start, open, ...tokens.slice(0, 2)]) broken.feed(piece)
    broken.end()
    const resumed = decoder.stream(liveAt, conversationId)
    const found = [...tokens.slice(2), deltas.finished, deltas.add(image, { c: 1 })].map((piece) => resumed.feed(piece))
    expect(found.flatMap(({ oddities }) => oddities)).toEqual([])
    expect(found.flatMap(({ facts }) => facts).at(-1)).toMatchObject({
      fileId: fileNo(1),
      prompt,
      promptSource: 'tool-call',
    })
  })

  it('does not use what another conversation has streamed', () => {
    const decoder = createDecoder()
    decoder.stream(liveAt, null).feed(deltas.start + deltas.add(image))
    const found = decoder
      .stream(liveAt, 'another-conversation')
      .feed(deltas.of({ p: '/message/id', o: 'replace', v: 'm-2' }))
    expect(found.facts).toEqual([])
  })
})

describe('a picture once reported', () => {
  it('is not changed by later changes of its message', () => {
    const found = readStream([
      deltas.start,
      deltas.add(image),
      deltas.of({
        p: '/message',
        o: 'patch',
        v: [
          { p: '/id', o: 'replace', v: 'm-other' },
          { p: '/content/parts/0/asset_pointer', o: 'replace', v: `sediment://${fileNo(2)}` },
          { p: '/content/parts/0/width', o: 'replace', v: 7 },
        ],
      }),
      typedEvent('title_generation', { title: 'Boats' }),
    ])
    expect(pictures(found)).toMatchObject([
      { fileId: fileNo(1), messageId: 'm-img', widthPx: 1254, conversationTitle: 'Boats' },
      { fileId: fileNo(2), messageId: 'm-other', widthPx: 7, conversationTitle: 'Boats' },
    ])
  })
})

describe('whole payloads', () => {
  it('are read as they are, text growing from event to event', () => {
    const growing = ['{"prompt":"A pa', '{"prompt":"A paper boat at', JSON.stringify({ prompt })].map((text) =>
      payloadEvent({ ...call, status: 'in_progress', content: { content_type: 'code', text } }),
    )
    const found = readStream([payloadEvent(user), ...growing, payloadEvent(image), endOfStream])
    expect(onlyPicture(found)).toMatchObject({ fileId: fileNo(1), prompt, promptSource: 'tool-call' })
    expect(found.oddities).toEqual([])
  })

  it('of 2023 give prompt, seed and gen_id of the pointer', () => {
    const fileId = 'file-Qm4Zt1Yb8LxV0pKs7RcD2wEa'
    const metadata = {
      dalle: { gen_id: 'Zk3vQ9dXa7LmP2cT', prompt: 'A paper boat on a canal at dusk.', seed: 2_718_281_828 },
    }
    const part = pointer(fileId, { size_bytes: 301_244, width: 1024, height: 1024, fovea: 512, metadata })
    const old = imagesOf(
      'm-old',
      'm-call',
      [part],
      { message_type: 'next' },
      { author: { role: 'tool', name: 'dalle.text2im' }, weight: 1 },
    )
    expect(onlyPicture(readStream([payloadEvent(old), endOfStream]))).toMatchObject({
      fileId,
      genId: 'Zk3vQ9dXa7LmP2cT',
      prompt: 'A paper boat on a canal at dusk.',
      promptSource: 'dalle',
      seed: 2_718_281_828,
      sizeBytes: 301_244,
      createdAt: liveAt,
      dateSource: 'stream',
    })
  })

  it('that are errors or have no message give nothing', () => {
    const { facts, oddities } = readStream([
      event({ message: null, conversation_id: conversationId, error: 'Something went wrong' }),
      event({ detail: 'Not Found' }),
      event({ error: { code: 'rate_limited' } }),
    ])
    expect({ facts, oddities }).toEqual({ facts: [], oddities: [] })
  })
})

describe('typed events', () => {
  it.each([
    { type: 'resume_conversation_token', kind: 'topic', token: 'x', conversation_id: conversationId },
    { type: 'message_marker', message_id: 'm', marker: 'last_token', event: 'last' },
    { type: 'title_generation', title: 'Boats', conversation_id: conversationId },
    { type: 'conversation_async_status', async_status: 7, conversation_id: conversationId },
    { type: 'server_ste_metadata', metadata: { turn_use_case: 'image gen', tool_invoked: false } },
    {
      type: 'stream_handoff',
      turn_exchange_id: 't',
      options: [{ type: 'subscribe_ws_topic', topic_id: 'conversation-turn-t' }],
    },
    { type: 'message_stream_complete', conversation_id: conversationId },
    { type: 'conversation_detail_metadata', limits_progress: [{ feature_name: 'image_gen', remaining: 3 }] },
    { type: 'moderation', moderation_response: { blocked: true } },
    { type: 'url_moderation' },
    { type: 'safety_review_update' },
    { type: 'toast' },
    { type: 'perf_stats' },
    { type: 'beacon_ui_response' },
    { type: 'input_message', input_message: user, conversation_id: conversationId },
  ])('of type $type are known and have no picture', (typed) => {
    expect(readStream([event(typed), endOfStream])).toEqual(nothingFound)
  })

  it('of an unknown type are oddities, and messages inside them are read all the same', () => {
    const found = readStream([typedEvent('brand_new', { wrapped: [{ message: image }] })])
    expect(found.oddities).toEqual([{ kind: 'unknown-stream-event', detail: 'brand_new' }])
    expect(onlyPicture(found)).toMatchObject({ fileId: fileNo(1), conversationId })
  })

  it("pass on the user's message, whose pictures are uploads", () => {
    const content = { content_type: 'multimodal_text', parts: [uploaded(fileNo(9)), 'Make it blue'] }
    const input = message('m-user', 'user', content)
    const skipped = callOf('m-call', 'm-user', { skipped_mainline: true })
    const found = readStream([
      typedEvent('input_message', { input_message: input }),
      deltas.start,
      deltas.add(skipped),
      deltas.add(image),
    ])
    expect(onlyPicture(found)).toMatchObject({
      fileId: fileNo(1),
      prompt: 'Make it blue',
      promptSource: 'user-message',
    })
    expect(found.dismissed).toEqual([fileNo(9)])
  })

  it('name the conversation of deltas that do not', () => {
    const token = typedEvent('resume_conversation_token')
    const found = readStream([token, deltas.start, deltas.of({ v: { message: image } })])
    expect(onlyPicture(found).conversationId).toBe(conversationId)
  })
})

describe('titles', () => {
  const title = (text: unknown) => typedEvent('title_generation', { title: text })

  it('complete a picture reported before; the latest title wins', () => {
    expect(onlyPicture(readStream([deltas.add(image), title('Boats')])).conversationTitle).toBe('Boats')
    expect(onlyPicture(readStream([title('Boats'), deltas.add(image), title('Paper boats')])).conversationTitle).toBe(
      'Paper boats',
    )
  })

  it.each([[null], [''], [7], [undefined]])('are not replaced by a title that is %j', (none) => {
    expect(onlyPicture(readStream([title('Boats'), deltas.add(image), title(none)])).conversationTitle).toBe('Boats')
    expect(onlyPicture(readStream([title(none), deltas.add(image)])).conversationTitle).toBeNull()
  })

  it('stay with their own conversation', () => {
    const other = event({ type: 'title_generation', title: 'Other', conversation_id: 'another' })
    expect(readStream([other, deltas.add(image)]).facts[0]?.conversationTitle).toBeNull()
  })
})

describe('an asynchronous turn', () => {
  it('has no picture, and leaves one that is still being painted for later', () => {
    const placeholder = toolSays('m-img', 'Processing image', { image_gen_task_id: 'x' })
    const status = typedEvent('conversation_async_status', { async_status: 7 })
    const begun = [deltas.start, deltas.add(call), status, deltas.add(placeholder, { c: 1 })]
    expect(readStream([...begun, streamComplete, endOfStream]).facts).toEqual([])
    expect(readStream([...begun, deltas.add(previewMessage, { c: 1 }), streamComplete, endOfStream]).facts).toEqual([])
  })
})

describe('what is not an event we know', () => {
  it('is an oddity when it is not JSON, and reading goes on', () => {
    const found = readStream([event('{"half":'), event('<html>'), payloadEvent(image)])
    expect(found.oddities.map(({ kind }) => kind)).toEqual(['not-json', 'not-json'])
    expect(fileIds(found)).toEqual([fileNo(1)])
  })

  it('is not an oddity when the stream was cut inside it', () => {
    expect(readStream([payloadEvent(image), 'data: {"message":{"id":"m-']).oddities).toEqual([])
  })

  it('is an oddity when it is an unknown object or a bare value', () => {
    expect(readStream([event({ surprise: 1 }), event('17'), event('null'), event('[1]')]).oddities).toHaveLength(4)
  })

  it('is an oddity when a delta does not fit, and reading goes on', () => {
    const found = readStream([deltas.start, deltas.of({ p: '/message/id', o: 'frobnicate', v: 1 }), deltas.add(image)])
    expect(found.oddities.map(({ kind }) => kind)).toEqual(['delta-that-does-not-fit'])
    expect(fileIds(found)).toEqual([fileNo(1)])
  })

  it('is an oddity when it is longer than the limit, and reading goes on', () => {
    const megabyte = 'x'.repeat(1024 * 1024)
    const found = readStream(['data: ', ...Array.from({ length: 33 }, () => megabyte), '\n\n', payloadEvent(image)])
    expect(found.oddities.map(({ kind }) => kind)).toContain('over-limit')
    expect(fileIds(found)).toEqual([fileNo(1)])
  })

  it('is not a message when it is blank', () => {
    expect(readStream(['data: \n\n', 'data:\n\n', 'event: delta\n\n', ': ping\n\n'])).toEqual(nothingFound)
  })
})

describe('recordings', () => {
  const imageTurn = streamText(liveSample('sse-image-turn-inline-2026-05'))

  it('sse-image-turn-inline-2026-05.json has exactly one picture', () => {
    const found = readStream([imageTurn])
    expect(onlyPicture(found)).toEqual({
      fileId: 'file_00000000bc987209adba1c148413e076',
      genId: '67127a38-fbcc-4c47-8cc9-293b1d550815',
      // The person's message is not in this stream, and a title is never a prompt.
      prompt: null,
      promptSource: null,
      seed: null,
      createdAt: new Date(1_778_122_885_905),
      dateSource: 'message',
      widthPx: 1536,
      heightPx: 1024,
      sizeBytes: 3_541_231,
      conversationId: 'REDACTED',
      conversationTitle: 'Zen Garden Imagery',
      messageId: 'b748516b-91b3-42fa-9e9a-637e8827cc15',
      parentGenId: null,
      profiles: null,
      editOp: null,
      channel: 'stream',
    })
    expect(found.dismissed).toEqual([])
    expect(found.oddities).toEqual([])
  })

  it('sse-image-turn-inline-2026-05.json gets its prompt from the request that began the turn', () => {
    const decoder = createDecoder()
    const asked = userSays('ac9dcaf1-7e12-4641-b437-ac7d80d44b07', 'A zen garden in spring, please.')
    decoder.turnRequest(JSON.stringify({ action: 'next', messages: [asked], conversation_id: 'REDACTED' }), liveAt)
    expect(onlyPicture(readStream([imageTurn], decoder))).toMatchObject({
      prompt: 'A zen garden in spring, please.',
      promptSource: 'user-message',
    })
  })

  it('sse-text-turn-v0-2026-05.json has no picture and nothing odd', () => {
    expect(readStream([streamText(liveSample('sse-text-turn-v0-2026-05'))])).toEqual(nothingFound)
  })
})

describe('pieces', () => {
  const withUmlaut = [
    deltas.start,
    deltas.add(userSays('m-user', 'Zen-Gärten 樱花 🌸')),
    deltas.add(callOf('m-call', 'm-user', {})),
    deltas.add(image),
    endOfStream,
  ]
  const streams = {
    'a preview and the final file': previewTurn.join(''),
    'CRLF, letters of all kinds, no last blank line': withUmlaut.join('').replaceAll('\n', '\r\n').trimEnd(),
    'whole payloads': [payloadEvent(user), payloadEvent(call), payloadEvent(image), endOfStream].join(''),
    'the recorded image turn': streamText(liveSample('sse-image-turn-inline-2026-05')),
    'the recorded text turn': streamText(liveSample('sse-text-turn-v0-2026-05')),
  }

  it.each(Object.entries(streams))('of %s give the same byte by byte and cut at random', (_, text) => {
    const whole = readStream([text])
    expect(readStream(text.split(''))).toEqual(whole)
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 40 }), (places) => {
        expect(readStream(cutAt(text, places))).toEqual(whole)
      }),
      { numRuns: 100 },
    )
  })
})
