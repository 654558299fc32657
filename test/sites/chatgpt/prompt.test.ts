import { describe, expect, it } from 'vitest'
import { createDecoder, type Decoder } from '../../../src/sites/chatgpt/decoder.ts'
import { mergeFindings } from '../../../src/sites/findings.ts'
import {
  callOf,
  conversationId,
  event,
  fileNo,
  imageNo,
  imagesOf,
  imageTool,
  type Loose,
  liveSample,
  message,
  onlyPicture,
  payloadEvent,
  pictures,
  pointer,
  readAnswer,
  readPage,
  readStream,
  streamOf,
  toolSays,
  treeOf,
  updateOf,
  userSays,
  userShows,
} from '../../fakes/messages.ts'

const words = 'Paint me a boat.'
const prompt = 'A paper boat on a canal at dusk'
const user = userSays('m-user', words)
const call = callOf('m-call', 'm-user', { prompt, size: '1024x1024', n: 1 })
const skipped = callOf('m-call', 'm-user', { skipped_mainline: true })
const captioned = [pointer(fileNo(1)), 'Model caption: A boat of paper drifts on dark water.']

const dallePart = (text: unknown) =>
  pointer(fileNo(1), { metadata: { dalle: { gen_id: 'Zk3vQ9dXa7LmP2cT', prompt: text } } })
const image = (parts: readonly unknown[] = [pointer(fileNo(1))], metadata: Loose = {}) =>
  imagesOf('m-img', 'm-call', parts, metadata)

/** Prompt and source of the one picture in a stored conversation. */
function promptIn(messages: readonly Loose[], decoder = createDecoder()) {
  const { prompt: found, promptSource } = onlyPicture(readAnswer(treeOf(messages), decoder))
  return [found, promptSource]
}

/** What a decoder finds in a message that comes late, over a socket. */
const tellLate = (decoder: Decoder, late: Loose) =>
  decoder.frame(JSON.stringify(updateOf({ message: late }, null)), new Date(), 's')

describe('the prompt, best source first', () => {
  it("is the pointer's own", () => {
    expect(promptIn([user, call, image([dallePart('A boat, as DALL·E was told'), captioned[1]])])).toEqual([
      'A boat, as DALL·E was told',
      'dalle',
    ])
  })

  it("is that of the tool call when the pointer's own is empty or missing", () => {
    for (const part of [dallePart(''), dallePart(null), dallePart(7), pointer(fileNo(1))]) {
      expect(promptIn([user, call, image([part, captioned[1]])])).toEqual([prompt, 'tool-call'])
    }
  })

  it("is the model's caption when the call has none", () => {
    expect(promptIn([user, skipped, image(captioned)])).toEqual([
      'A boat of paper drifts on dark water.',
      'model-caption',
    ])
  })

  it('is what the user wrote when there is nothing better', () => {
    expect(promptIn([user, skipped, image()])).toEqual([words, 'user-message'])
    expect(promptIn([user, imageNo(1, { parentId: 'm-user' })])).toEqual([words, 'user-request'])
  })

  it('is missing rather than a title', () => {
    const marks = { image_gen_title: 'Paper boat', async_task_title: 'Paper boat' }
    expect(promptIn([skipped, image([pointer(fileNo(1))], marks)])).toEqual([null, null])
  })
})

describe('the tool call', () => {
  it('may be older: a text whose first part is JSON', () => {
    const content = { content_type: 'text', parts: [JSON.stringify({ prompt })] }
    expect(promptIn([user, { ...call, content, recipient: 'dalle.text2im' }, image()])).toEqual([prompt, 'tool-call'])
  })

  it('may lack its recipient, as in sanitized exports', () => {
    expect(promptIn([user, { ...call, recipient: undefined }, image()])).toEqual([prompt, 'tool-call'])
  })

  it('is found across a root, hidden messages and tool texts between', () => {
    const between = toolSays('m-between', 'Working', { parent_id: 'm-call' })
    const first = imageNo(2, { id: 'm-first', parentId: 'm-between' })
    const found = readAnswer(treeOf([user, call, between, first, imageNo(1, { parentId: 'm-first' })]))
    expect(pictures(found).map((picture) => [picture.prompt, picture.promptSource])).toEqual([
      [prompt, 'tool-call'],
      [prompt, 'tool-call'],
    ])
  })

  it('is found across tree nodes without a message', () => {
    const tree = treeOf([user, call, image()])
    const mapping = tree.mapping as Record<string, Loose>
    mapping.empty = { id: 'empty', message: null, parent: 'm-call', children: [] }
    mapping['m-img'] = { ...mapping['m-img'], parent: 'empty' }
    expect(onlyPicture(readAnswer(tree))).toMatchObject({ prompt, promptSource: 'tool-call' })
  })

  it('is found by node ids that are not message ids', () => {
    const mapping = {
      'node-call': { parent: null, message: call },
      'node-img': { parent: 'node-call', message: image() },
    }
    expect(onlyPicture(readAnswer({ mapping, conversation_id: conversationId }))).toMatchObject({ prompt })
  })

  it('is found by the turn when an image names no parent, as on a flat page', () => {
    const turn = { turn_exchange_id: 't-1' }
    const messages = [
      userSays('m-user', words, turn),
      callOf('m-call', 'm-user', { prompt }, turn),
      imageNo(1, { parentId: null, metadata: turn }),
    ]
    expect(onlyPicture(readPage(messages))).toMatchObject({
      prompt,
      promptSource: 'tool-call',
    })
  })

  it('is found by the turn when the chain of parents is broken', () => {
    const turn = { turn_exchange_id: 't-1' }
    const stray = toolSays('m-stray', 'x', { ...turn, parent_id: 'not-on-this-page' })
    const messages = [
      userSays('m-user', words, turn),
      callOf('m-call', 'm-user', { prompt }, turn),
      stray,
      imageNo(1, { parentId: 'm-stray', metadata: turn }),
    ]
    expect(onlyPicture(readPage(messages))).toMatchObject({
      prompt,
      promptSource: 'tool-call',
    })
  })

  it('is the nearest one, even when it has no prompt and an earlier one has', () => {
    const retry = callOf('m-retry', 'm-call', { size: '1024x1024' })
    expect(promptIn([user, call, retry, imageNo(1, { parentId: 'm-retry' })])).toEqual([words, 'user-request'])
  })

  it('is not one of an earlier turn', () => {
    const next = userSays('m-next', 'Now a tin boat', { parent_id: 'm-call' })
    expect(promptIn([user, call, next, imageNo(1, { parentId: 'm-next' })])).toEqual(['Now a tin boat', 'user-request'])
  })

  it.each([
    ['the recipient', {}, { recipient: 'research_kickoff_tool.start_research_task' }],
    ['the task', { async_task_type: 'research' }, {}],
  ])('is not one that starts research, by %s', (_, metadata, more) => {
    const research = callOf('m-call', 'm-user', { prompt: 'Find out about boats' }, metadata, more)
    expect(promptIn([user, research, image()])).toEqual([words, 'user-request'])
  })

  it.each([
    ['addressed to all', { recipient: 'all' }],
    ['of another role', { author: { role: 'tool', name: imageTool } }],
    ['that is no JSON', { content: { content_type: 'code', text: '{"prompt":"A pa' } }],
    ['that is a list', { content: { content_type: 'code', text: '[{"prompt":"x"}]' } }],
    ['whose prompt is no text', { content: { content_type: 'code', text: '{"prompt":{"a":1}}' } }],
    ['whose text is no text', { content: { content_type: 'code', text: { prompt: 'x' } } }],
  ])('is not one %s', (_, more) => {
    expect(promptIn([user, { ...call, ...more }, image()])).toEqual([words, 'user-request'])
  })

  it('keeps the prompt that was streamed when the stored call has lost it', () => {
    const decoder = createDecoder()
    readStream([payloadEvent(user), payloadEvent(call)], decoder)
    const stored = callOf('m-call', 'm-user', { size: '1024x1024', n: 1, transparent_background: true })
    expect(promptIn([user, stored, image()], decoder)).toEqual([prompt, 'tool-call'])
    expect(promptIn([user, stored, image()])).toEqual([words, 'user-request'])
  })
})

describe('the caption', () => {
  it('is distinguished from other texts beside a picture', () => {
    expect(promptIn([skipped, image([pointer(fileNo(1)), 'Just words', 'A model caption: no'])])).toEqual([null, null])
    expect(promptIn([skipped, image([pointer(fileNo(1)), 'Model caption:   '])])).toEqual([null, null])
  })

  it('after each of two pictures belongs to that picture', () => {
    const parts = [pointer(fileNo(1)), 'Model caption: one', pointer(fileNo(2)), 'Model caption: two']
    const found = pictures(readAnswer(treeOf([imagesOf('m-img', null, parts)])))
    expect(found.map((picture) => picture.prompt)).toEqual(['one', 'two'])
  })

  it('after two pictures belongs to both', () => {
    const parts = [pointer(fileNo(1)), pointer(fileNo(2)), 'Model caption: both']
    const found = pictures(readAnswer(treeOf([imagesOf('m-img', null, parts)])))
    expect(found.map((picture) => picture.prompt)).toEqual(['both', 'both'])
  })
})

describe("the user's words", () => {
  it('are all text beside uploaded pictures', () => {
    const content = { content_type: 'multimodal_text', parts: [pointer(fileNo(9)), 'First line', 'second line'] }
    expect(promptIn([{ ...user, content }, skipped, image()])).toEqual(['First line\nsecond line', 'user-message'])
  })

  it('are found by the turn', () => {
    const turn = { turn_exchange_id: 't-1' }
    const messages = [userSays('m-user', words, turn), imageNo(1, { parentId: null, metadata: turn })]
    expect(onlyPicture(readPage(messages))).toMatchObject({
      prompt: words,
      promptSource: 'user-request',
    })
  })

  it('are found by metadata.parent_id', () => {
    const messages = [user, skipped, image()]
    expect(onlyPicture(readPage(messages))).toMatchObject({
      prompt: words,
      promptSource: 'user-message',
    })
  })

  it.each(['is_visually_hidden_from_conversation', 'is_visually_hidden'])(
    'are not those of a message with %s',
    (mark) => {
      const hidden = userSays('m-hidden', 'About me: I like boats', { [mark]: true, parent_id: 'm-user' })
      const hiddenCall = callOf('m-call', 'm-hidden', { skipped_mainline: true })
      expect(promptIn([user, hiddenCall, hidden, image()])).toEqual([words, 'user-message'])
    },
  )

  it('are not those of custom instructions', () => {
    const instructions = message('m-user', 'user', {
      content_type: 'user_editable_context',
      user_profile: 'x',
      parts: ['x'],
    })
    expect(promptIn([instructions, skipped, image()])).toEqual([null, null])
  })

  it("are those of the picture's own turn only", () => {
    const turn = (id: string, parent: string | null) => ({ turn_exchange_id: id, ...(parent && { parent_id: parent }) })
    const earlier = userSays('m-earlier', 'A cat', turn('t-1', null))
    const silent = userShows('m-silent', [pointer(fileNo(9))], turn('t-2', 'm-earlier'))
    const own = callOf('m-own', 'm-silent', { skipped_mainline: true }, turn('t-2', null))
    const result = imageNo(1, { parentId: 'm-own', metadata: turn('t-2', null) })
    expect(promptIn([earlier, silent, own, result])).toEqual([null, null])
  })

  it('and the call of an earlier turn are not used for a turn without either', () => {
    const next = userShows('m-next', [pointer(fileNo(9))], { parent_id: 'm-call' })
    expect(promptIn([user, call, next, imageNo(1, { parentId: 'm-next' })])).toEqual([null, null])
  })
})

describe('a prompt that comes later', () => {
  it('completes the picture, when an older page is read', () => {
    const decoder = createDecoder()
    const page = (messages: Loose[]) => ({ messages, page_info: {}, title: 'Boats', conversation_id: conversationId })
    expect(onlyPicture(readAnswer(page([image()]), decoder)).prompt).toBeNull()
    expect(onlyPicture(readAnswer(page([user, skipped]), decoder))).toMatchObject({
      fileId: fileNo(1),
      prompt: words,
      promptSource: 'user-message',
    })
    expect(onlyPicture(readAnswer(page([call]), decoder))).toMatchObject({
      fileId: fileNo(1),
      prompt,
      promptSource: 'tool-call',
    })
    expect(readAnswer(page([call]), decoder).facts).toEqual([])
  })

  it('completes the picture, when it comes from another channel', () => {
    const decoder = createDecoder()
    expect(tellLate(decoder, image()).facts).toMatchObject([{ prompt: null }])
    expect(readAnswer(treeOf([user, call, image()]), decoder).facts.at(-1)).toMatchObject({ prompt })
  })

  const at = 1_778_122_860
  const request = { messages: [{ ...user, create_time: at }], conversation_id: null }
  const placeholder = imagesOf('m-img', 'm-call', [], {}, { create_time: at + 2 })
  const late = imageNo(1, { parentId: null, create_time: at + 60 })
  const channels = {
    request: (decoder: Decoder) => decoder.turnRequest(JSON.stringify(request), new Date(at * 1000)).findings,
    call: (decoder: Decoder) => readStream([payloadEvent(skipped)], decoder),
    placeholder: (decoder: Decoder) => readStream([payloadEvent(placeholder)], decoder),
    socket: (decoder: Decoder) => tellLate(decoder, late),
  }
  const names = Object.keys(channels) as (keyof typeof channels)[]
  const orders = names.flatMap((first) =>
    names.flatMap((second) => names.map((third) => [...new Set([first, second, third, ...names])])),
  )

  it.each([...new Map(orders.map((order) => [order.join(), order])).values()])(
    'is found, with the date of the picture, when its message and its turn come as %s, %s, %s, %s',
    (...order) => {
      const decoder = createDecoder()
      const found = mergeFindings(order.map((channel) => channels[channel as keyof typeof channels](decoder)))
      expect(pictures(found)).toMatchObject([
        {
          fileId: fileNo(1),
          prompt: words,
          promptSource: 'user-message',
          createdAt: new Date((at + 60) * 1000),
          dateSource: 'message',
        },
      ])
    },
  )
})

describe('the prompt of a picture that is still to come', () => {
  const announced = imagesOf('m-img', 'm-call', [], { image_gen_task_id: 'chatimagegen-x' })

  it.each([
    ['the call has', [user, call, announced], prompt, 'tool-call'],
    ['the person wrote', [user, skipped, announced], words, 'user-message'],
  ])('that %s is known after a restart, although it does not come again', (_, messages, known, source) => {
    const { openTurns } = readStream(streamOf(...messages))
    expect(openTurns.map(({ messageId }) => messageId)).toEqual(['m-img'])
    const again = createDecoder(JSON.parse(JSON.stringify(openTurns)))
    const picture = imageNo(1, { parentId: null })
    expect(onlyPicture(tellLate(again, picture))).toMatchObject({ prompt: known, promptSource: source })
    expect(onlyPicture(tellLate(createDecoder(), picture))).toMatchObject({ prompt: null })
  })

  it('is remembered when the stored call has lost it', () => {
    const { openTurns } = readStream(streamOf(user, call, announced))
    const bare = callOf('m-call', 'm-user', { size: '1024x1024', n: 1 })
    const stored = treeOf([user, bare, image()])
    expect(onlyPicture(readAnswer(stored, createDecoder(openTurns)))).toMatchObject({
      prompt,
      promptSource: 'tool-call',
    })
    expect(onlyPicture(readAnswer(stored))).toMatchObject({ prompt: words })
  })

  it('is not remembered for plain talk, for pictures that have come, or if there was no prompt', () => {
    for (const messages of [[user], [user, call], [user, call, image()], [user, announced], [announced]])
      expect(readStream(streamOf(...messages)).openTurns).toEqual([])
  })

  it('contains no more than the turn', () => {
    const earlier = userSays('m-earlier', 'Something private')
    const own = userSays('m-user', words, { parent_id: 'm-earlier' })
    const { openTurns } = readStream(streamOf(earlier, own, call, announced))
    expect(JSON.stringify(openTurns)).not.toContain('private')
  })
})

describe('recordings', () => {
  it('conversation-sanitized-2026-05.json gives the prompt of the call', () => {
    const found = readAnswer(liveSample('conversation-sanitized-2026-05'))
    expect(found.facts.map((facts) => [facts.messageId, facts.fileId, facts.prompt, facts.promptSource])).toEqual([
      ['async-image-message', 'file_sanitized_image_1', 'Create a simple test image.', 'user-request'],
      [
        'caption-image-message',
        'file_sanitized_image_1',
        'Draw a clean test image with three colored geometric shapes on a white desk.',
        'tool-call',
      ],
    ])
    expect(found.facts.map((facts) => facts.createdAt)).toEqual([
      new Date(1_700_000_002_000),
      new Date(1_700_000_010_000),
    ])
    expect(found.facts.map((facts) => facts.conversationTitle)).toEqual(['Sanitized test chat', 'Sanitized test chat'])
    expect(found.oddities).toEqual([])
    expect(found.dismissed).toEqual([])
  })
})

describe('a picture whose chain of parents ends at a message that came on no channel', () => {
  const request = JSON.stringify({ messages: [user], conversation_id: conversationId })
  const ask = (decoder: Decoder) => decoder.turnRequest(request, new Date('2026-05-07T03:01:00Z'))
  const orphan = imageNo(1, { parentId: 'm-never-told' })
  const told = { prompt: words, promptSource: 'user-request' }
  const turnId = '11111111-2222-4333-8444-555555555555'

  const streamed = (decoder: Decoder, pieces: readonly string[], askedId: string | null = 'm-user') => {
    const stream = decoder.stream(new Date('2026-05-07T03:01:00Z'), null, askedId)
    return mergeFindings([...pieces.map(stream.feed), stream.end()])
  }

  it('gets the words of the request that its stream answers', () => {
    const decoder = createDecoder()
    ask(decoder)
    expect(onlyPicture(streamed(decoder, [payloadEvent(orphan)]))).toMatchObject(told)
  })

  it('has no prompt if nothing says which request it answers', () => {
    const decoder = createDecoder()
    ask(decoder)
    expect(onlyPicture(streamed(decoder, [payloadEvent(orphan)], null)).prompt).toBeNull()
  })

  it('stays with its own request when a later answer shows it again', () => {
    const decoder = createDecoder()
    ask(decoder)
    streamed(decoder, [payloadEvent(orphan)])
    const later = userSays('m-later', 'Now a train.')
    decoder.turnRequest(JSON.stringify({ messages: [later] }), new Date())
    expect(pictures(streamed(decoder, [payloadEvent(orphan)], 'm-later')).map(({ prompt }) => prompt)).not.toContain(
      'Now a train.',
    )
  })

  it('is found by the turn that was handed off to a socket', () => {
    const decoder = createDecoder()
    ask(decoder)
    const handoff = { type: 'stream_handoff', options: [{ topic_id: `conversation-turn-${turnId}` }] }
    streamed(decoder, [event(handoff)])
    const item = { turn_id: turnId, encoded_item: payloadEvent(orphan), stream_item_id: '1' }
    const frames = [item, { turn_id: turnId, type: 'done' }].map((payload) => {
      const frame = JSON.stringify({ type: 'conversation-turn-stream', payload })
      return decoder.frame(frame, new Date(), 's')
    })
    expect(onlyPicture(mergeFindings(frames))).toMatchObject(told)
  })

  it('is found when it comes late, under the id of a placeholder', () => {
    const decoder = createDecoder()
    ask(decoder)
    streamed(decoder, [payloadEvent(imagesOf('m-img', 'm-never-told', [], { image_gen_async: true }))])
    expect(onlyPicture(tellLate(decoder, orphan))).toMatchObject(told)
  })

  it('is found when a broken stream is resumed', () => {
    const decoder = createDecoder()
    ask(decoder)
    streamed(decoder, [payloadEvent(userSays('m-other', 'hidden', { is_visually_hidden_from_conversation: true }))])
    const resumed = decoder.stream(new Date(), conversationId)
    expect(onlyPicture(mergeFindings([resumed.feed(payloadEvent(orphan)), resumed.end()]))).toMatchObject(told)
  })
})
