import { describe, expect, it } from 'vitest'
import { createNotes } from '../../../src/sites/chatgpt/notes.ts'
import { callOf, imagesOf, type Loose, message, userSays } from '../../fakes/messages.ts'

const found = (content: Loose, more: Loose = {}) => ({
  message: content,
  nodeId: null,
  parentId: null,
  conversationId: 'c-1',
  ...more,
})

describe('a note', () => {
  it('keeps what an earlier copy of the message said and this one does not', () => {
    const notes = createNotes()
    const turn = { turn_exchange_id: 't-1' }
    notes.add(found(callOf('m', 'p', { prompt: 'A boat' }, turn, { create_time: 1_745_500_000 })))
    expect(notes.add(found(callOf('m', null, { size: '1024x1024' }), { conversationId: null }))).toMatchObject({
      callPrompt: 'A boat',
      isCall: true,
      parentId: 'p',
      turnId: 't-1',
      conversationId: 'c-1',
      createdAt: new Date(1_745_500_000_000),
    })
  })

  it('adds what is new', () => {
    const notes = createNotes()
    notes.add(found(userSays('m', 'A boat', { parent_id: 'p' })))
    expect(notes.add(found(userSays('m', 'A tin boat', { parent_id: 'q' })))).toMatchObject({
      userText: 'A tin boat',
      parentId: 'q',
    })
  })

  it('prefers the position in the tree to the parent that the message states', () => {
    expect(createNotes().add(found(userSays('m', 'x', { parent_id: 'said' }), { parentId: 'tree' })).parentId).toBe(
      'tree',
    )
  })
})

describe('ancestors', () => {
  it('come nearest first, across tree nodes without message and by node ids', () => {
    const notes = createNotes()
    notes.link('root', null)
    notes.add(found(userSays('m-user', 'x'), { nodeId: 'n-user', parentId: 'root' }))
    notes.link('n-empty', 'n-user')
    notes.add(found(callOf('m-call', null, {}), { nodeId: 'n-call', parentId: 'n-empty' }))
    const image = notes.add(found(imagesOf('m-img', null, []), { nodeId: 'n-img', parentId: 'n-call' }))
    expect(notes.ancestors(image).map(({ id }) => id)).toEqual(['m-call', 'm-user'])
  })

  it('end at a cycle of messages or of empty nodes', () => {
    const notes = createNotes()
    notes.add(found(message('a', 'tool', {}, { metadata: { parent_id: 'b' } })))
    const b = notes.add(found(message('b', 'tool', {}, { metadata: { parent_id: 'a' } })))
    expect(notes.ancestors(b).map(({ id }) => id)).toEqual(['a'])
    notes.link('x', 'y')
    notes.link('y', 'x')
    expect(notes.ancestors(notes.add(found(message('c', 'tool', {}), { parentId: 'x' })))).toEqual([])
  })

  it('end after many steps', () => {
    const notes = createNotes()
    for (let number = 1; number < 1_000; number++) {
      notes.add(found(message(`m-${number}`, 'tool', {}, { metadata: { parent_id: `m-${number - 1}` } })))
    }
    const last = notes.add(found(message('m-1000', 'tool', {}, { metadata: { parent_id: 'm-999' } })))
    expect(notes.ancestors(last).length).toBeLessThan(200)
  })
})

describe('the memory', () => {
  it('finds the notes of a turn', () => {
    const notes = createNotes()
    notes.add(found(userSays('m-1', 'x', { turn_exchange_id: 't-1' })))
    notes.add(found(userSays('m-2', 'y', { turn_exchange_id: 't-2' })))
    notes.add(found(callOf('m-3', null, {}, { turn_exchange_id: 't-1' })))
    expect(notes.ofTurn('t-1').map(({ id }) => id)).toEqual(['m-1', 'm-3'])
    expect(notes.ofTurn('t-3')).toEqual([])
  })

  it('is limited in number: the oldest are forgotten, the newest kept', () => {
    const notes = createNotes()
    for (let number = 0; number < 25_000; number++)
      notes.add(found(userSays(`m-${number}`, 'x', { turn_exchange_id: `t-${number}` })))
    expect(notes.ofTurn('t-0')).toEqual([])
    expect(notes.ofTurn('t-24999')).toHaveLength(1)
  })

  it('is limited in characters', () => {
    const notes = createNotes()
    const long = 'x'.repeat(1_000_000)
    for (let number = 0; number < 20; number++)
      notes.add(found(userSays(`m-${number}`, long, { turn_exchange_id: `t-${number}` })))
    expect(notes.ofTurn('t-0')).toEqual([])
    expect(notes.ofTurn('t-19')).toHaveLength(1)
  })

  it('does not count a message twice that is seen twice', () => {
    const notes = createNotes()
    notes.add(found(userSays('m-first', 'x', { turn_exchange_id: 't-first' })))
    const long = 'x'.repeat(1_000_000)
    for (let times = 0; times < 50; times++) notes.add(found(userSays('m-long', long)))
    expect(notes.ofTurn('t-first')).toHaveLength(1)
  })
})
