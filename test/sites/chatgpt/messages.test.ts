import { describe, expect, it } from 'vitest'
import { createDecoder } from '../../../src/sites/chatgpt/decoder.ts'
import type { Circumstances } from '../../../src/sites/chatgpt/found-message.ts'
import { createMessageReader } from '../../../src/sites/chatgpt/messages.ts'
import {
  callOf,
  conversationId,
  event,
  fileIds,
  fileNo,
  genId,
  imageNo,
  imagesOf,
  type Loose,
  liveAt,
  message,
  onlyPicture,
  payloadEvent,
  payloadOf,
  pictures,
  pointer,
  readAnswer,
  readStream,
  streamComplete,
  streamOf,
  treeOf,
  uploaded,
  userSays,
  userShows,
} from '../../fakes/messages.ts'

/** What a stored conversation with these messages holds. */
const readTree = (messages: readonly Loose[], decoder = createDecoder(), more: Loose = {}) =>
  readAnswer(treeOf(messages, more), decoder)

const readPart = (part: unknown, metadata: Loose = {}, more: Loose = {}) =>
  readTree([imagesOf('m-img', null, [part], metadata, more)])

describe('generated or not', () => {
  const bare = (metadata: unknown) => pointer(fileNo(1), { metadata })

  it.each([
    ['dalle.gen_id', { dalle: { gen_id: 'Zk3vQ9dXa7LmP2cT' }, generation: null }],
    ['generation.gen_id', { dalle: null, generation: { gen_id: genId } }],
  ])('accepts a picture of the tool with %s, whatever the tool is called', (_, metadata) => {
    for (const name of ['dalle.text2im', 't2uay3k.sj1i4kz', 'renamed.tomorrow', null]) {
      expect(fileIds(readPart(bare(metadata), {}, { author: { role: 'tool', name } }))).toEqual([fileNo(1)])
    }
  })

  it.each<[string, Loose]>([
    ['async_task_type "image_gen"', { async_task_type: 'image_gen' }],
    ['image_gen_title', { image_gen_title: 'A boat' }],
    ['image_gen_task_id', { image_gen_task_id: 'chatimagegen-x' }],
  ])('takes a picture of the tool whose message has %s, though the pointer says nothing', (_, marks) => {
    for (const metadata of [{}, null, { dalle: null, generation: null }]) {
      const found = readPart(bare(metadata), marks, { author: { role: 'tool', name: null } })
      expect(onlyPicture(found)).toMatchObject({ fileId: fileNo(1), genId: null })
      expect(found.oddities).toEqual([])
    }
  })

  it('accepts a picture of weight 0', () => {
    expect(fileIds(readPart(pointer(fileNo(1)), {}, { weight: 0 }))).toEqual([fileNo(1)])
  })

  it('accepts a picture of the assistant that has a gen_id', () => {
    expect(fileIds(readPart(pointer(fileNo(1)), {}, { author: { role: 'assistant', name: null } }))).toEqual([
      fileNo(1),
    ])
  })

  it('dismisses a picture of the user, with or without metadata', () => {
    for (const part of [uploaded(fileNo(1)), pointer(fileNo(1)), bare(null)]) {
      const found = readTree([userShows('m', [part, 'Look'])])
      expect(found.facts).toEqual([])
      expect(found.dismissed).toEqual([fileNo(1)])
      expect(found.oddities).toEqual([])
    }
  })

  it('dismisses what is listed as an attachment', () => {
    const attachments = [
      { id: fileNo(1), name: 'a.png' },
      { id: 'file-Qm4Zt1Yb8LxV0pKs7RcD2wEa' },
      { id: '../x' },
      null,
      7,
    ]
    const found = readTree([userSays('m', 'Look', { attachments })])
    expect(found.dismissed).toEqual([fileNo(1), 'file-Qm4Zt1Yb8LxV0pKs7RcD2wEa'])
  })

  it('dismisses a sanitized picture without metadata of its generation', () => {
    const found = readPart(bare({ dalle: null, generation: null, sanitized: true }))
    expect(found.facts).toEqual([])
    expect(found.dismissed).toEqual([fileNo(1)])
  })

  it('accepts no picture of the code interpreter, an agent or its screen', () => {
    const aggregate = {
      status: 'success',
      messages: [{ message_type: 'image', image_url: `file-service://${fileNo(1)}` }],
    }
    const plot = message(
      'm-1',
      'tool',
      { content_type: 'execution_output', text: '<Figure>' },
      { metadata: { aggregate_result: aggregate } },
    )
    const opened = imagesOf('m-2', null, [bare(null)], {}, { author: { role: 'tool', name: 'container.open_image' } })
    const screen = message('m-3', 'tool', {
      content_type: 'computer_output',
      screenshot: { content_type: 'image_asset_pointer', asset_pointer: `sediment://${fileNo(3)}` },
    })
    expect(readTree([plot, opened, screen]).facts).toEqual([])
  })

  it('accepts no derivative: a thumbnail, a page of a PDF', () => {
    const derivatives = [
      `sediment://0a1b2c#${fileNo(1)}#thumbnail`,
      `sediment://${fileNo(1)}#thumbnail`,
      `sediment://0a1b2c%23${fileNo(1)}%23thumbnail`,
      `sediment://0a1b#${fileNo(1)}#p_0.0a1b.jpg`,
    ]
    for (const asset_pointer of derivatives) {
      const found = readPart(pointer(fileNo(1), { asset_pointer }))
      expect(found.facts).toEqual([])
      expect(found.oddities).toEqual([])
    }
  })

  it.each([
    ['file-service://file-Qm4Zt1Yb8LxV0pKs7RcD2wEa', 'file-Qm4Zt1Yb8LxV0pKs7RcD2wEa'],
    [`file-service://${fileNo(7)}`, fileNo(7)],
    [`sediment://${fileNo(7)}`, fileNo(7)],
  ])('reads %s', (asset_pointer, fileId) => {
    expect(fileIds(readPart(pointer(fileNo(1), { asset_pointer })))).toEqual([fileId])
  })

  it('reports a picture of unknown origin once', () => {
    const decoder = createDecoder()
    const unknown = imagesOf('m', null, [bare(null)], {}, { author: { role: 'tool', name: 'something.new' } })
    expect(readTree([unknown], decoder).oddities.map(({ kind }) => kind)).toEqual(['image-of-unknown-origin'])
    expect(readTree([unknown], decoder).oddities).toEqual([])
  })
})

describe('a generated picture that is sent again as an upload', () => {
  const made = imageNo(1)
  const edit = userShows('m-edit', [uploaded(fileNo(1)), 'Now in blue'], {
    attachments: [{ id: fileNo(1) }],
    parent_id: 'm-img',
  })

  it('stays generated, in one answer, in either order', () => {
    for (const messages of [
      [made, edit],
      [edit, made],
    ]) {
      const found = readTree(messages)
      expect(fileIds(found)).toEqual([fileNo(1)])
      expect(found.dismissed).toEqual([])
    }
  })

  it('stays generated when it is sent later', () => {
    const decoder = createDecoder()
    readTree([made], decoder)
    expect(readTree([edit], decoder).dismissed).toEqual([])
  })

  it("becomes generated when the tool's message comes later", () => {
    const decoder = createDecoder()
    expect(readTree([edit], decoder).dismissed).toContain(fileNo(1))
    expect(fileIds(readTree([made], decoder))).toEqual([fileNo(1)])
  })

  it('stays generated when the library had listed it', () => {
    const decoder = createDecoder()
    readAnswer({ items: [{ generation_type: 'image_gen', asset_pointer: `sediment://${fileNo(1)}` }] }, decoder)
    expect(readTree([edit], decoder).dismissed).toEqual([])
  })
})

describe('several pictures', () => {
  it('lists both images of a message, in order', () => {
    const found = readTree([imagesOf('m', null, [pointer(fileNo(1)), 'between', pointer(fileNo(2))])])
    expect(fileIds(found)).toEqual([fileNo(1), fileNo(2)])
  })

  it('lists the images of consecutive messages, in order', () => {
    const found = readTree([imageNo(1, { id: 'm-1' }), imageNo(2, { id: 'm-2', parentId: 'm-1' })])
    expect(fileIds(found)).toEqual([fileNo(1), fileNo(2)])
  })

  it.each([[undefined], [null], [''], [7], [{}]])('lists the images of messages whose id is %j', (id) => {
    const messages = [1, 2].map((number) => imagesOf('', null, [pointer(fileNo(number))], {}, { id }))
    expect(fileIds(readAnswer({ messages, title: 'x' }))).toEqual([fileNo(1), fileNo(2)])
    expect(fileIds(readStream(messages.map(payloadEvent)))).toEqual([fileNo(1), fileNo(2)])
  })

  it('does not use the words of one message without id for another', () => {
    const said = userSays('', 'Something else', {}, { id: null })
    const image = imagesOf('', null, [pointer(fileNo(1))], {}, { id: null })
    const caption = imagesOf('', null, [pointer(fileNo(2)), 'Model caption: another picture'], {}, { id: null })
    const found = pictures(readAnswer({ messages: [said, caption, image] }))
    expect(found.find(({ fileId }) => fileId === fileNo(1))?.prompt).not.toBe('another picture')
  })

  it('goes on after a part without pointer, and reports it', () => {
    const parts = [
      null,
      7,
      {},
      { content_type: 'image_asset_pointer' },
      pointer(fileNo(1), { asset_pointer: 7 }),
      pointer(fileNo(2)),
    ]
    const found = readTree([imagesOf('m', null, parts)])
    expect(fileIds(found)).toEqual([fileNo(2)])
    expect(found.oddities.map(({ kind }) => kind)).toEqual(['image-without-pointer', 'image-without-pointer'])
  })

  it('reports each once, and again only when more is known', () => {
    const decoder = createDecoder()
    const image = imageNo(1)
    expect(readTree([image], decoder).facts).toHaveLength(1)
    expect(readTree([image], decoder).facts).toHaveLength(0)
    expect(readTree([callOf('m-call', null, { prompt: 'A boat' }), image], decoder).facts).toMatchObject([
      { prompt: 'A boat' },
    ])
    expect(readTree([image], decoder).facts).toHaveLength(0)
  })
})

describe('preview or final', () => {
  const stage = (fileId: string, more: Loose = {}, metadata: Loose = {}, part: Loose = {}, id = 'm-img') =>
    imagesOf(id, 'm-call', [pointer(fileId, part)], metadata, more)
  const painted = (height: number) => ({
    metadata: { dalle: null, generation: { gen_id: genId, height, width: 1254 } },
  })

  it.each([
    ['in progress', stage(fileNo(1), { status: 'in_progress' })],
    ['marked as intermediate', stage(fileNo(1), {}, { ghostrider: { status: 'intermediate' } })],
    ['marked as intermediate in the other way', stage(fileNo(1), {}, { ghostrider_status: 'intermediate' })],
    ['painted to half its height', stage(fileNo(1), { status: 'in_progress' }, {}, painted(600))],
    ['painted to half its height without a status', stage(fileNo(1), { status: undefined }, {}, painted(600))],
  ])('waits for a picture that is %s, and drops it when the next one comes', (_, preview) => {
    expect(createDecoder().stream(liveAt, null).feed(streamOf(preview).join('')).facts).toEqual([])
    const found = readStream([...streamOf(preview, stage(fileNo(2))), streamComplete])
    expect(fileIds(found)).toEqual([fileNo(2)])
    expect(found.dismissed).toContain(fileNo(1))
    expect(found.dismissed).not.toContain(fileNo(2))
  })

  it.each([
    ['marked as intermediate', stage(fileNo(1), {}, { ghostrider: { status: 'intermediate' } })],
    ['painted to half its height', stage(fileNo(1), {}, {}, painted(600))],
  ])('accepts a stored picture of a finished message, even one %s: no end will be reported', (_, stored) => {
    expect(fileIds(readTree([stored]))).toEqual([fileNo(1)])
    expect(readTree([{ ...stored, status: 'in_progress' }]).facts).toEqual([])
  })

  it('accepts a finished picture at once', () => {
    for (const final of [
      stage(fileNo(1)),
      stage(fileNo(1), {}, { ghostrider: { status: 'final' } }),
      stage(fileNo(1), {}, {}, painted(1254)),
    ]) {
      expect(fileIds(readTree([final]))).toEqual([fileNo(1)])
    }
  })

  it('accepts a preview that becomes final under the same file id', () => {
    const found = readStream(streamOf(stage(fileNo(1), { status: 'in_progress' }), stage(fileNo(1))))
    expect(fileIds(found)).toEqual([fileNo(1)])
    expect(found.dismissed).toEqual([])
  })

  it('accepts the last of several previews when the turn is complete', () => {
    const previews = [1, 2, 3].map((number) => stage(fileNo(number), { status: 'in_progress' }))
    const found = readStream([...streamOf(...previews), streamComplete])
    expect(fileIds(found)).toEqual([fileNo(3)])
    expect(found.dismissed).not.toContain(fileNo(3))
  })

  it('accepts only the last of several files of one generation, although each has its own message', () => {
    const found = readStream([
      ...streamOf(
        stage(fileNo(1), { status: 'in_progress' }, {}, painted(1254), 'm-1'),
        stage(fileNo(2), { status: 'in_progress' }, {}, painted(1254), 'm-2'),
        stage(fileNo(3), {}, {}, painted(1254), 'm-3'),
      ),
      streamComplete,
    ])
    expect(fileIds(found)).toEqual([fileNo(3)])
    expect(found.dismissed).toEqual(expect.arrayContaining([fileNo(1), fileNo(2)]))
  })

  it('keeps the parts of a message apart', () => {
    const two = (first: string, second: string, status: string) =>
      imagesOf('m', null, [pointer(first), pointer(second)], {}, { status })
    const found = readStream([
      ...streamOf(two(fileNo(1), fileNo(2), 'in_progress'), two(fileNo(3), fileNo(4), 'finished_successfully')),
      streamComplete,
    ])
    expect(fileIds(found)).toEqual([fileNo(3), fileNo(4)])
    expect(found.dismissed).toEqual(expect.arrayContaining([fileNo(1), fileNo(2)]))
  })

  it('learns from a stored conversation that a streamed picture is final', () => {
    const decoder = createDecoder()
    expect(readStream(streamOf(stage(fileNo(1), { status: 'in_progress' })), decoder).facts).toEqual([])
    expect(fileIds(readTree([stage(fileNo(2))], decoder))).toEqual([fileNo(2)])
  })

  it('does not treat a picture of another conversation as final when a turn ends', () => {
    const decoder = createDecoder()
    readTree([stage(fileNo(1), { status: 'in_progress' })], decoder, { conversation_id: 'another' })
    expect(readStream([streamComplete], decoder).facts).toEqual([])
  })
})

describe('dates', () => {
  const image = (more: Loose = {}, metadata: Loose = {}) => imageNo(1, { metadata, ...more })
  const user = userSays('m-user', 'A boat', {}, { create_time: 1_745_500_000.5 })
  const call = callOf('m-call', 'm-user', { prompt: 'x' })

  it('are those of the message, with fractions of a second', () => {
    const found = readTree([user, call, image({ create_time: 1_745_500_009.4 })])
    expect(onlyPicture(found)).toMatchObject({ createdAt: new Date(1_745_500_009_400), dateSource: 'message' })
  })

  it('are those of the request when the message has none', () => {
    const found = readTree([user, call, image()])
    expect(onlyPicture(found)).toMatchObject({ createdAt: new Date(1_745_500_000_500), dateSource: 'turn' })
  })

  it('are those of the request when only the turn links the two, as on a flat page', () => {
    const turn = { turn_exchange_id: 't-1' }
    const messages = [
      userSays('m-user', 'A boat', turn, { create_time: 1_745_500_000.5 }),
      imageNo(1, { parentId: null, metadata: { ...turn, async_task_type: 'image_gen' } }),
    ]
    const found = readAnswer({
      messages,
      page_info: {},
      current_node: 'm-img',
      title: 'x',
      conversation_id: conversationId,
    })
    expect(onlyPicture(found)).toMatchObject({ createdAt: new Date(1_745_500_000_500), dateSource: 'turn' })
  })

  it('are that of the answer when it is live and there is no other', () => {
    const found = readStream([payloadEvent(image())])
    expect(onlyPicture(found)).toMatchObject({ createdAt: liveAt, dateSource: 'stream' })
  })

  it("are that of the conversation's last change when it is stored and there is no other", () => {
    expect(onlyPicture(readTree([image()]))).toMatchObject({
      createdAt: new Date(1_700_000_500_000),
      dateSource: 'conversation',
    })
    const begun = readTree([image()], createDecoder(), { update_time: null })
    expect(onlyPicture(begun)).toMatchObject({ createdAt: new Date(1_700_000_000_000), dateSource: 'conversation' })
  })

  it('are missing when there is none', () => {
    const found = readTree([image()], createDecoder(), { update_time: null, create_time: null })
    expect(onlyPicture(found)).toMatchObject({ createdAt: null, dateSource: null })
  })

  it.each([[0], [-1], [-1e300], [1e300], [4e13], [null], [true], ['yesterday'], [{}], [[1_745_500_009]]])(
    'are not %j',
    (create_time) => {
      expect(onlyPicture(readTree([user, call, image({ create_time })]))).toMatchObject({ dateSource: 'turn' })
    },
  )

  it('of each conversation in a batch are separate', () => {
    const batch = [1, 2].map((number) =>
      treeOf([imageNo(number, { id: `m-${number}`, parentId: null })], {
        conversation_id: `c-${number}`,
        update_time: 1_700_000_000 + number * 1_000_000,
      }),
    )
    expect(pictures(readAnswer(batch)).map(({ createdAt }) => createdAt)).toEqual([
      new Date(1_701_000_000_000),
      new Date(1_702_000_000_000),
    ])
  })
})

describe('what is said about a picture', () => {
  it('is read from the pointer and either kind of metadata', () => {
    const dalle = {
      gen_id: 'Zk3vQ9dXa7LmP2cT',
      parent_gen_id: 'Aa3vQ9dXa7LmP2cT',
      edit_op: 'inpainting',
      seed: 42,
      prompt: '',
    }
    expect(onlyPicture(readPart(pointer(fileNo(1), { metadata: { dalle } })))).toMatchObject({
      genId: 'Zk3vQ9dXa7LmP2cT',
      parentGenId: 'Aa3vQ9dXa7LmP2cT',
      editOp: 'inpainting',
      seed: 42,
      widthPx: 1254,
      heightPx: 1254,
      sizeBytes: 2_101_337,
      conversationTitle: 'A stored conversation',
      messageId: 'm-img',
      channel: 'conversation',
    })
    const generation = { gen_id: genId, parent_gen_id: genId }
    expect(onlyPicture(readPart(pointer(fileNo(1), { metadata: { dalle: null, generation } })))).toMatchObject({
      genId,
      parentGenId: genId,
      seed: null,
      editOp: null,
    })
  })

  it('is missing if fields are of another type', () => {
    const wrong = {
      size_bytes: '12',
      width: -5,
      height: 1.5,
      metadata: { dalle: { gen_id: 7, seed: 'x', prompt: {} }, generation: 'no' },
    }
    expect(onlyPicture(readPart(pointer(fileNo(1), wrong), { image_gen_title: 'x' }))).toMatchObject({
      genId: null,
      seed: null,
      prompt: null,
      widthPx: null,
      heightPx: null,
      sizeBytes: null,
    })
  })

  it.each([['../../etc/passwd'], ['a\u0000b'], ['x'.repeat(5000)], ['a b'], ['-x'], ['a/b'], [' '], [null], [[]]])(
    'has no gen_id of %j',
    (gen_id) => {
      const found = readPart(pointer(fileNo(1), { metadata: { dalle: { gen_id } } }), { image_gen_title: 'x' })
      expect(onlyPicture(found).genId).toBeNull()
    },
  )
})

describe("the desktop client's form", () => {
  const marked = { metadata: { image_gen_title: 'A boat' } }
  const items = (result: unknown, status = 'completed', more: Loose = marked) => {
    const list = [{ type: 'reasoning' }, { type: 'image_generation_call', status, result, gen_id: 'made-up' }]
    return message('m', 'assistant', { content_type: 'text', parts: [JSON.stringify(list)] }, more)
  }

  it('names a finished picture by its pointer', () => {
    expect(fileIds(readTree([items(`sediment://${fileNo(1)}`)]))).toEqual([fileNo(1)])
  })

  it('is only text, which a model can be talked into, unless the site says beside it that a picture was made', () => {
    const found = readTree([items(`sediment://${fileNo(1)}`, 'completed', {})])
    expect(found.facts).toEqual([])
    expect(found.oddities).toMatchObject([{ kind: 'image-of-unknown-origin' }])
  })

  it("names none while it is unfinished, nor from a user's words", () => {
    expect(readTree([items(`sediment://${fileNo(1)}`, 'in_progress')]).facts).toEqual([])
    expect(readTree([{ ...items(`sediment://${fileNo(1)}`), author: { role: 'user' } }]).facts).toEqual([])
  })

  it('makes no id from a picture whose data is inline', () => {
    expect(readTree([items(`data:image/png;base64,${'A'.repeat(10_000)}`)]).facts).toEqual([])
  })
})

describe('refusals', () => {
  it.each([
    message('m', 'tool', {
      content_type: 'system_error',
      name: 'ChatGPTAgentToolRateLimitException',
      text: 'No images left.',
    }),
    message(
      'm',
      'assistant',
      { content_type: 'text', parts: ['I cannot draw that.'] },
      { metadata: { is_error: true } },
    ),
    message('m', 'tool', { content_type: 'text', parts: ['error'] }, { status: 'finished_failed' }),
  ])('have no picture and nothing odd', (refusal) => {
    const { facts, oddities } = readTree([refusal])
    expect({ facts, oddities }).toEqual({ facts: [], oddities: [] })
  })
})

describe('hostile messages', () => {
  const hostile = [
    'sediment://../../etc/passwd',
    'sediment://file_../../x',
    `sediment://${fileNo(1)}/../x`,
    `sediment://${fileNo(1)}\u0000.png`,
    `sediment://${fileNo(1)}\n`,
    `sediment://file_${'a'.repeat(5000)}`,
    `file-service://file-${'%2e%2e%2f'.repeat(3)}x`,
    'file-service://',
    'https://evil.test/file_1',
    'C:\\file_1',
    '__proto__',
    'file_%zz',
    '',
  ]

  it.each(hostile.map((asset_pointer) => [asset_pointer]))('give no file id from %j', (asset_pointer) => {
    const found = readPart(pointer(fileNo(1), { asset_pointer }))
    expect(found.facts).toEqual([])
    expect(found.oddities).toHaveLength(1)
  })

  it.each([null, 7, true, 'text', [], {}, [[]], { deeper: null }])('do not throw when any field is %j', (wrong) => {
    const good: Loose = imageNo(1, {
      id: 'm',
      parentId: 'p',
      metadata: {
        turn_exchange_id: 't',
        attachments: [{ id: fileNo(2) }],
      },
    })
    const part = (good.content as { parts: Loose[] }).parts[0] ?? {}
    const versions: Loose[] = [
      ...Object.keys(good).map((key) => ({ ...good, [key]: wrong })),
      ...Object.keys(part).map((key) => ({
        ...good,
        content: { content_type: 'multimodal_text', parts: [{ ...part, [key]: wrong }] },
      })),
      { ...good, content: { parts: wrong } },
      { ...good, author: { role: wrong, name: wrong } },
      {
        ...good,
        metadata: {
          parent_id: wrong,
          turn_exchange_id: wrong,
          attachments: wrong,
          ghostrider: wrong,
          async_task_type: wrong,
        },
      },
    ]
    for (const version of versions) {
      expect(() => readTree([version])).not.toThrow()
      expect(() => readStream([payloadEvent(version)])).not.toThrow()
    }
  })

  it('survive a part that is nested a hundred thousand deep', () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
    const text = JSON.stringify(payloadOf(imagesOf('m', null, [pointer(fileNo(1), { emu: 'DEEP' })]))).replace(
      '"DEEP"',
      deep,
    )
    expect(() => readStream([event(text)])).not.toThrow()
    expect(fileIds(readStream([event(text), payloadEvent(imageNo(2, { id: 'm-2', parentId: null }))]))).toContain(
      fileNo(2),
    )
  })

  it('are not searched without end when they call each other parent', () => {
    const circle = [
      callOf('m-1', 'm-3', {}),
      message('m-2', 'assistant', { content_type: 'text', parts: [] }, { metadata: { parent_id: 'm-1' } }),
      imageNo(1, { id: 'm-3', parentId: 'm-2' }),
      imageNo(2, { id: 'm-4', parentId: 'm-4' }),
    ]
    expect(fileIds(readTree(circle))).toEqual([fileNo(1), fileNo(2)])
  })
})

it('forgets the oldest when it has seen very many, and goes on', () => {
  const reader = createMessageReader()
  const circumstances = { channel: 'stream', liveAt, conversationUpdatedAt: null } as const
  const read = (number: number) =>
    reader.read(
      [
        {
          message: imageNo(number, { id: `m-${number}`, parentId: null }),
          nodeId: null,
          parentId: null,
          conversationId: `c-${number}`,
        },
      ],
      circumstances,
    )
  const counts = Array.from({ length: 2_500 }, (_, number) => read(number + 1).facts.length)
  expect(counts.every((count) => count === 1)).toBe(true)
})

describe('how many images are looked at', () => {
  /** Facts are made of an image each time it is looked at, and each asks once for the channel it came by. */
  function counted() {
    let looks = 0
    const circumstances: Circumstances = {
      get channel() {
        looks += 1
        return 'conversation' as const
      },
      liveAt: null,
      conversationUpdatedAt: null,
    }
    const during = (step: () => void) => {
      const before = looks
      step()
      return looks - before
    }
    return { circumstances, during }
  }

  const found = (content: Loose, inConversation: string | null) => ({
    message: content,
    nodeId: null,
    parentId: null,
    conversationId: inConversation,
  })

  it('depends on the conversation of the message, not on all images that were ever read', () => {
    const reader = createMessageReader()
    const { circumstances, during } = counted()
    const image = (number: number) =>
      found(imageNo(number, { id: `m-${number}`, parentId: null }), number > 1_500 ? 'short' : 'long')
    reader.read(
      Array.from({ length: 1_503 }, (_, number) => image(number + 1)),
      circumstances,
    )
    const reads = (content: Loose, inConversation: string | null) =>
      during(() => void reader.read([found(content, inConversation)], circumstances))
    expect(reads(userSays('m-new', 'Hello'), 'new')).toBe(0)
    expect(reads(userSays('m-short', 'Hello'), 'short')).toBe(3)
    expect(during(() => void reader.title('short', 'A title'))).toBe(3)
    expect(during(() => void reader.turnEnded(circumstances, 'new'))).toBe(1_503)
    expect(during(() => void reader.turnEnded(counted().circumstances, 'new'))).toBe(0)
    // The count is one of steps indeed: where no conversation is named, it may be any.
    expect(reads(userSays('m-any', 'Hello'), null)).toBe(1_503)
  })
})

describe('a conversation with many images', () => {
  it('is not gone through again for each piece of a text that grows', () => {
    const reader = createMessageReader()
    let looks = 0
    const circumstances = {
      ...{ liveAt: null, conversationUpdatedAt: null, isTurn: true },
      // Whoever makes facts of an image asks for it.
      get channel() {
        looks += 1
        return 'stream' as const
      },
    } as Circumstances
    const read = (one: Loose) =>
      reader.read([{ message: one, nodeId: null, parentId: null, conversationId }], circumstances)
    const images = Array.from({ length: 200 }, (_, n) => pointer(fileNo(n)))
    expect(read(imagesOf('m-images', 'm-call', images)).facts).toHaveLength(200)
    const words = (text: string) => message('m-words', 'assistant', { content_type: 'text', parts: [text] })
    read(words('Here'))
    const before = looks
    for (let n = 0; n < 50; n++) read(words('Here they are'.repeat(n)))
    expect(looks - before).toBe(0)
    // What does say something new of them is still heard.
    expect(read(callOf('m-call', null, { prompt: 'A boat' })).facts.length).toBeGreaterThan(0)
  })
})
