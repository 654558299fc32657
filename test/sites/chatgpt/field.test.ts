import { describe, expect, it } from 'vitest'
import { cleanJson } from '../../../src/observe/cleaning.ts'
import { chatgpt } from '../../../src/sites/chatgpt/chatgpt.ts'
import { createDecoder } from '../../../src/sites/chatgpt/decoder.ts'
import { createReader } from '../../../src/sites/chatgpt/reader.ts'
import { fieldJson } from '../../fakes/field.ts'
import { fileIds, liveAt, pictures, readAnswer } from '../../fakes/messages.ts'

const id = (digits: string) => `file_${digits.padStart(32, '0')}`
const room = 'b'.repeat(32)

describe('pointers with a query', () => {
  it('name the file before the query, which is whole and generated', () => {
    const found = readAnswer(fieldJson('01-share-pointer-query/conversation.json'))
    expect(pictures(found)).toMatchObject([
      { fileId: id('abc000000001'), prompt: 'A red kite over pale dunes at noon', promptSource: 'tool-call' },
      { fileId: id('abc000000002'), promptSource: 'tool-call' },
    ])
    expect(found.oddities).toEqual([])
  })
})

describe('the Library', () => {
  it('names generated pictures with conversation and message, and nothing of uploads', () => {
    const found = readAnswer(fieldJson('03-library-files-listing/files-library.json'))
    expect(pictures(found)).toMatchObject([
      {
        fileId: id('abc00000001f'),
        genId: null,
        prompt: null,
        sizeBytes: 9332,
        conversationId: '6a100003-1111-4222-8333-000000000003',
        messageId: '0000003d-aaaa-4bbb-8ccc-00000000003d',
        createdAt: new Date('2026-09-10T10:00:00Z'),
        dateSource: 'library',
      },
      { fileId: id('abc000000020') },
    ])
    expect(found.oddities).toEqual([])
  })

  it('says in a recording what it said live', () => {
    const listing = fieldJson('03-library-files-listing/files-library.json')
    expect(readAnswer(cleanJson(listing)).facts.length).toBeGreaterThan(0)
    expect(fileIds(readAnswer(cleanJson(listing)))).toEqual(fileIds(readAnswer(listing)))
  })

  it('reports images whose origin it does not state', () => {
    const decoder = createDecoder()
    const nodes = fieldJson('03-library-files-listing/files-library-nodes.json')
    const told = readAnswer(nodes, decoder)
    expect(told.facts).toEqual([])
    expect(told.oddities).toMatchObject([
      { kind: 'library-image-of-unknown-origin', detail: expect.stringContaining('2 images') },
    ])
    readAnswer(fieldJson('03-library-files-listing/files-library.json'), decoder)
    expect(readAnswer(nodes, decoder).oddities).toEqual([])
  })

  it('is odd in an unknown form', () => {
    const found = readAnswer({ items: [{ id: 'x', picture: { href: '…' } }] })
    expect(found.oddities).toMatchObject([{ kind: 'unknown-answer' }])
  })

  it.each([
    [{ items: [{ id: 'c', title: 'A chat', create_time: '2026-01-01T00:00:00Z' }], total: 1 }],
    [{ items: [{ conversation_id: 'c', snippet: 'found' }] }],
    [{ items: [{ id: 'libdir_1', kind: 'directory', name: 'Folder' }], cursor: null }],
    [{ items: [] }],
  ])('and other lists without pictures give nothing: %j', (value) => {
    expect(readAnswer(value).oddities).toEqual([])
  })
})

describe('a group chat', () => {
  const expected = [
    {
      fileId: id('abc000000029'),
      prompt: 'A green kite above a group of friends',
      promptSource: 'tool-call',
      genId: '22222222-2222-4333-8444-555555555555',
      conversationId: room,
    },
  ]

  it('reports its pictures over the socket', () => {
    const found = createDecoder().frame(JSON.stringify(fieldJson('04-group-chat-rooms/frame.json')), liveAt, 's')
    expect(pictures(found)).toMatchObject(expected)
    expect(found.oddities).toEqual([])
  })

  it('reports them in the history of its room, which is wanted, asked for and opened by its own addresses', () => {
    const path = chatgpt.questions.conversationPath(room)
    const head = { method: 'GET', status: 200, mimeType: 'application/json' }
    const want = createReader([]).wants({ ...head, url: `https://chatgpt.com${path}` })
    if (want?.kind !== 'text') throw new Error('not wanted')
    expect(pictures(want.read(JSON.stringify(fieldJson('04-group-chat-rooms/rooms-messages.json'))))).toMatchObject(
      expected,
    )
    expect(chatgpt.questions.conversationOf(`https://chatgpt.com/gg/${room}`)).toBe(room)
    expect(chatgpt.conversationUrl(room)).toBe(`https://chatgpt.com/gg/${room}`)
    expect(chatgpt.questions.lookUpPaths(id('1') as never, room).join(' ')).not.toContain(room)
  })
})

describe('a call with a prompt for each of its pictures', () => {
  const conversation = () => fieldJson('06-batch-requests-prompts/conversation.json') as { mapping: object }

  it('gives each the prompt at its position', () => {
    const found = readAnswer(conversation())
    expect(fileIds(found)).toHaveLength(3)
    expect(pictures(found).map(({ prompt, promptSource }) => [prompt, promptSource])).toEqual([
      ['A kite made of paper', 'tool-call'],
      ['A kite made of silk', 'tool-call'],
      ['A kite made of glass', 'tool-call'],
    ])
  })

  it('gives none of them if one is missing: nothing says which', () => {
    const { mapping, ...rest } = conversation()
    const nodes = Object.entries(mapping)
    const at = nodes.findIndex(([, node]) => JSON.stringify(node).includes(id('abc00000003e')))
    const [[, gone]] = nodes.splice(at, 1) as [[string, { id: string; parent: string }]]
    const relinked = nodes.map(([key, node]) => [
      key,
      node.parent === gone.id ? { ...node, parent: gone.parent } : node,
    ])
    const found = readAnswer({ ...rest, mapping: Object.fromEntries(relinked) })
    expect(pictures(found).map(({ promptSource }) => promptSource)).toEqual(['user-request', 'user-request'])
  })
})
