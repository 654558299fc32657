import { describe, expect, it } from 'vitest'
import { createDecoder } from '../../../src/sites/chatgpt/decoder.ts'
import {
  callOf,
  conversationId,
  fileIds,
  fileNo,
  imageNo,
  type Loose,
  message,
  onlyPicture,
  pictures,
  readAnswer,
  treeOf,
  userSays,
} from '../../fakes/messages.ts'

const turn = (number: number, parent: string | null = null): Loose[] => [
  userSays(`m-user-${number}`, `Picture ${number}`, parent ? { parent_id: parent } : {}),
  callOf(`m-call-${number}`, `m-user-${number}`, { prompt: `Prompt ${number}` }),
  imageNo(number, { id: `m-img-${number}`, parentId: `m-call-${number}` }),
]

const flat = (messages: readonly Loose[], more: Loose = {}) => ({
  messages,
  page_info: { has_previous_page: true, start_cursor: 'c' },
  current_node: messages.at(-1)?.id,
  title: 'A flat page',
  conversation_id: conversationId,
  ...more,
})

describe('a tree', () => {
  it('lists the images of all branches, also those beside the active path', () => {
    const again = [
      callOf('m-call-2', 'm-user-1', { prompt: 'Prompt 2' }),
      imageNo(2, { id: 'm-img-2', parentId: 'm-call-2' }),
    ]
    const found = readAnswer(treeOf([...turn(1), ...again], { current_node: 'm-img-2' }))
    expect(pictures(found).map(({ fileId, prompt }) => [fileId, prompt])).toEqual([
      [fileNo(1), 'Prompt 1'],
      [fileNo(2), 'Prompt 2'],
    ])
  })

  it('gives conversation, title and message', () => {
    expect(onlyPicture(readAnswer(treeOf(turn(1), { title: 'Boats' })))).toMatchObject({
      conversationId,
      conversationTitle: 'Boats',
      messageId: 'm-img-1',
      channel: 'conversation',
    })
  })

  it('may name its conversation only by `id`', () => {
    const found = readAnswer(treeOf(turn(1), { conversation_id: undefined, id: 'c-9', title: 'Boats' }))
    expect(onlyPicture(found)).toMatchObject({ conversationId: 'c-9', conversationTitle: 'Boats' })
  })

  it('finds the prompt although a child comes before its parent', () => {
    expect(onlyPicture(readAnswer(treeOf(turn(1).reverse())))).toMatchObject({
      prompt: 'Prompt 1',
      promptSource: 'tool-call',
    })
  })

  it('survives nodes that are null or have no message', () => {
    const tree = treeOf(turn(1))
    const mapping = {
      a: null,
      b: 7,
      c: [],
      d: {},
      e: { message: 7, parent: 7 },
      f: { message: { author: {} }, parent: {} },
    }
    const found = readAnswer({ ...tree, mapping: { ...mapping, ...(tree.mapping as Loose) } })
    expect(onlyPicture(found)).toMatchObject({ fileId: fileNo(1), prompt: 'Prompt 1' })
  })

  it('keeps an image whose prompt is missing', () => {
    const found = readAnswer(treeOf([imageNo(1, { id: 'm', parentId: null })]))
    expect(onlyPicture(found)).toMatchObject({ prompt: null, promptSource: null })
  })

  it('survives a mapping that is not an object', () => {
    for (const mapping of [null, 7, 'x', []])
      expect(readAnswer({ mapping, conversation_id: conversationId }).facts).toEqual([])
  })
})

describe('a flat page', () => {
  it('lists its images with prompts, by parent_id', () => {
    const found = readAnswer(flat([...turn(1), ...turn(2, 'm-img-1')]))
    expect(pictures(found)).toMatchObject([
      { fileId: fileNo(1), prompt: 'Prompt 1', conversationId, conversationTitle: 'A flat page' },
      { fileId: fileNo(2), prompt: 'Prompt 2', conversationId, conversationTitle: 'A flat page' },
    ])
    expect(found.oddities).toEqual([])
  })

  it('gives its title although it does not name its conversation', () => {
    expect(onlyPicture(readAnswer(flat(turn(1), { conversation_id: undefined })))).toMatchObject({
      fileId: fileNo(1),
      prompt: 'Prompt 1',
      conversationTitle: 'A flat page',
    })
  })

  it('completes an image when the older page with its prompt is read later', () => {
    const decoder = createDecoder()
    const [user = {}, call = {}, image = {}] = turn(1)
    expect(onlyPicture(readAnswer(flat([image]), decoder)).prompt).toBeNull()
    const older = readAnswer(flat([user, call], { page_info: { has_previous_page: false } }), decoder)
    expect(onlyPicture(older)).toMatchObject({ fileId: fileNo(1), prompt: 'Prompt 1', promptSource: 'tool-call' })
  })

  it('without messages gives nothing', () => {
    const { facts, oddities } = readAnswer(flat([]))
    expect(facts).toEqual([])
    expect(oddities.filter(({ kind }) => kind !== 'unknown-answer')).toEqual([])
  })
})

describe('a batch', () => {
  it('lists the images of each conversation with its own title', () => {
    const batch = [1, 2].map((number) =>
      treeOf(turn(number), { conversation_id: undefined, id: `c-${number}`, title: `Title ${number}` }),
    )
    expect(pictures(readAnswer(batch))).toMatchObject([
      { fileId: fileNo(1), conversationId: 'c-1', conversationTitle: 'Title 1', prompt: 'Prompt 1' },
      { fileId: fileNo(2), conversationId: 'c-2', conversationTitle: 'Title 2', prompt: 'Prompt 2' },
    ])
  })

  it('survives entries that are null', () => {
    expect(fileIds(readAnswer([null, 7, [], {}, treeOf(turn(1))]))).toEqual([fileNo(1)])
  })
})

describe('running tasks', () => {
  it('show the image of their message', () => {
    const image_gen_message = imageNo(1, { parentId: null })
    const found = readAnswer({
      tasks: [{ task_id: 't', conversation_id: conversationId, type: 'image_gen', image_gen_message }],
    })
    expect(onlyPicture(found)).toMatchObject({ fileId: fileNo(1), conversationId, messageId: 'm-img' })
    expect(found.oddities).toEqual([])
  })

  it('show none while it is being painted', () => {
    const image_gen_message = imageNo(1, { parentId: null, status: 'in_progress' })
    expect(readAnswer({ tasks: [{ image_gen_message }] }).facts).toEqual([])
    expect(readAnswer({ tasks: [] }).oddities).toEqual([])
  })
})

describe('shapes in between', () => {
  it('may wrap a message', () => {
    const wrapped = { message: imageNo(1, { id: 'm', parentId: null }), conversation_id: conversationId }
    expect(onlyPicture(readAnswer(wrapped))).toMatchObject({ fileId: fileNo(1), conversationId })
  })

  it('are odd when a pointer is outside a message', () => {
    const found = readAnswer({
      conversation_id: conversationId,
      surprise: [{ asset_pointer: `sediment://${fileNo(1)}` }],
    })
    expect(found.facts).toEqual([])
    expect(found.oddities.map(({ kind }) => kind)).toContain('pointer-outside-a-message')
  })

  it('are odd if they are nested too deeply, and the rest is still read', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const text = JSON.stringify({ deep: 'DEEP', messages: turn(1), conversation_id: conversationId }).replace(
      '"DEEP"',
      deep,
    )
    const found = readAnswer(text)
    expect(onlyPicture(found)).toMatchObject({ prompt: 'Prompt 1' })
    expect(found.oddities.map(({ kind }) => kind)).toEqual(['over-limit'])
  })

  it('do not treat words about images as images', () => {
    const talk = message('m', 'assistant', {
      content_type: 'text',
      parts: [JSON.stringify(imageNo(1, { id: 'x', parentId: null }))],
    })
    expect(readAnswer(treeOf([talk])).facts).toEqual([])
  })
})
