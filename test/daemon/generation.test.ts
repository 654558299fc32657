import { expect, it } from 'vitest'
import { createGeneration } from '../../src/daemon/generation.ts'
import { facts } from '../fakes/facts.ts'

const open = (messageId: string) => ({ openTurns: [{ messageId, notes: [] }], facts: [] })

it('a picture that is to come is being made from its turn until it is there', () => {
  const generation = createGeneration()
  generation.turn()
  generation.heard(open('m'))
  expect(generation.isAny).toBe(true)
  generation.heard({ openTurns: [], facts: [facts({ messageId: 'm' })] })
  expect(generation.isAny).toBe(false)
  // It is told again with the conversation.
  generation.heard(open('m'))
  expect(generation.isAny).toBe(false)
})

it('nothing is being made where an old conversation says so, nor for ever', () => {
  let ms = 0
  const generation = createGeneration(() => ms)
  generation.heard(open('old'))
  expect(generation.isAny).toBe(false)
  generation.turn()
  generation.heard(open('new'))
  expect(generation.isAny).toBe(true)
  ms = 5 * 60_000
  expect(generation.isAny).toBe(false)
})
