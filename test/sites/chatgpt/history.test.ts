import { describe, expect, it } from 'vitest'
import { maxAnswerChars } from '../../../src/decode/limits.ts'
import { history } from '../../../src/sites/chatgpt/history.ts'

const found = (json: unknown) => history.conversationsIn(JSON.stringify(json))
const tree = (id: string, more: object = {}) => ({ id, current_node: 'n', mapping: { n: { message: null } }, ...more })

describe('an answer to many conversations', () => {
  it.each([
    ['a list', [tree('a'), tree('b')]],
    ['an object that holds a list', { items: [tree('a'), tree('b')] }],
    ['an object that holds them by their ids', { conversations: { a: tree('a'), b: tree('b') } }],
    ['them by their ids', { a: tree('a'), b: tree('b') }],
  ])('is read as %s', (_, json) => {
    expect(found(json)).toEqual(['a', 'b'])
  })

  it('leaves out those that were cut', () => {
    expect(found([tree('a'), tree('b', { mapping: {} }), tree('c', { current_node: 'later' })])).toEqual(['a'])
    expect(found([])).toEqual([])
  })

  it('is none when it is longer than is ever looked into: each is asked for by itself', () => {
    const long = { pad: 'x'.repeat(maxAnswerChars) }
    expect(found([tree('a', long)])).toBeUndefined()
    expect(history.isConversation(JSON.stringify(tree('a', long)))).toBe(false)
  })

  it.each([[{ detail: 'Not now' }], [[{ conversation: tree('a') }]], ['<html>'], [null]])(
    'is none of a form that is not known: %j',
    (json) => {
      expect(found(json)).toBeUndefined()
    },
  )
})

it('older turns of a conversation are asked for where the page asks for them', () => {
  const id = '6b0bf43e-039e-41cd-9cff-a0ec96e3926a'
  expect(history.turns(id, null).path).toMatch(/conversations\/[0-9a-f-]{36}\?num_turns=10&/)
  expect(history.turns(id, 'm1').path).toMatch(/conversations\/[0-9a-f-]{36}\/messages\?before=m1&num_turns=10&/)
})
