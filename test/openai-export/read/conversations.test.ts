import { describe, expect, it } from 'vitest'
import {
  bornAt,
  type Interests,
  learnConversation,
  noConversations,
} from '../../../src/openai-export/read/conversations.ts'
import { oldId as id } from '../fakes.ts'

const nothing: Interests = { messageIds: new Set(), threadIds: new Set() }

/** What is known after these conversations, one after another. */
function learnt(conversations: readonly object[], interests: Partial<Interests> = {}) {
  const known = noConversations()
  for (const one of conversations)
    learnConversation(Buffer.from(JSON.stringify(one)), known, { ...nothing, ...interests }, null)
  return known
}

const said = (messageId: string, at: number, text: string, more: object = {}) => ({
  message: { id: messageId, author: { role: 'user' }, create_time: at, content: { parts: [text] }, ...more },
})

describe('one conversation', () => {
  const outcome = (text: string) => learnConversation(Buffer.from(text), noConversations(), nothing, null)

  it.each([
    ['{"id": ', 'not-json'],
    ['"text"', 'not-a-conversation'],
    ['{"id": "c1"}', 'not-a-conversation'],
    ['{"mapping": {}}', 'not-a-conversation'],
    [`{"mapping": {}, "id": "${'x'.repeat(10_000)}"}`, 'not-a-conversation'],
    ['{"mapping": {}, "id": "c1"}', 'learned'],
    ['{"messages": [], "conversation_id": "c1"}', 'learned'],
  ])('%.40s is %s', (text, expected) => {
    expect(outcome(text)).toBe(expected)
  })

  it('without a date began when its id says', () => {
    const born = learnt([{ id: '6553f100-0000-4000-8000-000000000001', mapping: {} }])
      .byId.values()
      .next().value
    expect(born?.createdAt).toEqual(new Date(0x6553f100 * 1000))
  })

  it.each(['00000001-0000', 'ffffffff-0000', 'WEB:6553f100', ''])('has no date by the id "%s"', (text) => {
    expect(bornAt(text)).toBeNull()
  })

  it('belongs to the GPT and the project it names', () => {
    const { byId } = learnt([{ id: 'c1', mapping: {}, conversation_template_id: 'g-p-1', gizmo_id: 'g-2' }])
    expect(byId.get('c1')).toMatchObject({ gizmoId: 'g-2', projectId: 'g-p-1' })
  })

  it('is not searched for references without a mark of one, and its header counts all the same', () => {
    const known = learnt([{ id: 'c1', title: 'Talk', mapping: { n: said('m1', 1, 'hello') } }])
    expect([known.references.size, known.byId.get('c1')?.title]).toEqual([0, 'Talk'])
  })

  it('that asks for an image and has none is noted once, however often it comes', () => {
    const asks = { id: 'c1', mapping: { n: said('m1', 1, 'A heron', { metadata: { system_hints: ['picture_v2'] } }) } }
    expect(learnt([asks, asks]).unanswered).toMatchObject([{ messageId: 'm1', prompt: 'A heron' }])
  })
})

describe('the same conversation from several exports', () => {
  const older = { id: 'c1', title: 'Old', update_time: 1, mapping: {} }
  const newer = { id: 'c1', title: 'New', update_time: 2, mapping: {} }

  it.each([
    ['first', [older, newer]],
    ['last', [newer, older]],
  ])('has the title of the newest, whether the oldest comes %s', (_, all) => {
    expect(learnt(all).byId.get('c1')?.title).toBe('New')
  })

  it('keeps a title where the newest has none', () => {
    expect(learnt([older, { ...newer, title: null }]).byId.get('c1')?.title).toBe('Old')
  })

  it('makes one reference of what both name, and adds what only one does', () => {
    const naming = (messageId: string) => ({
      id: 'c1',
      mapping: { n: { message: { id: messageId, metadata: { attachments: [{ id }] } } } },
    })
    expect(learnt([naming('m1'), naming('m1'), naming('m2')]).references.size).toBe(2)
  })
})

describe('what the library names', () => {
  const thread = {
    id: 'c1',
    mapping: {
      n2: said('m2', 20, '', { author: { role: 'assistant' }, metadata: { parent_id: 'gone' } }),
      n1: said('m1', 10, 'A heron'),
    },
  }

  it('is found by the message’s own id, with the words the person had written', () => {
    const { messages } = learnt([thread], { messageIds: new Set(['m2']) })
    expect(messages.get('m2')).toMatchObject({ conversationId: 'c1', prompt: 'A heron' })
  })

  it('is found by the message that followed one that was left out', () => {
    const { messages, bridges } = learnt([thread], { messageIds: new Set(['gone']) })
    expect([messages.size, bridges.get('gone')?.messageId]).toEqual([0, 'm2'])
  })

  it('is found by its thread, whose messages are in the order of time', () => {
    const { threads } = learnt([thread], { threadIds: new Set(['c1']) })
    expect(threads.get('c1')?.map(({ messageId }) => messageId)).toEqual(['m1', 'm2'])
  })

  it('costs nothing where the library names nothing', () => {
    const known = learnt([thread])
    expect([known.messages.size, known.bridges.size, known.threads.size]).toEqual([0, 0, 0])
  })
})
