import { describe, expect, it } from 'vitest'
import type { Circumstances } from '../../../src/sites/chatgpt/found-message.ts'
import { parsePointer } from '../../../src/sites/chatgpt/ids.ts'
import { imageFacts } from '../../../src/sites/chatgpt/image-facts.ts'
import { createNotes } from '../../../src/sites/chatgpt/notes.ts'
import { seenImage } from '../../../src/sites/chatgpt/sightings.ts'
import type { FileId } from '../../../src/sites/ids.ts'
import { callOf, fileNo, imagesOf, type Loose, liveAt, pointer, userSays } from '../../fakes/messages.ts'

const fileId = parsePointer(fileNo(1))?.fileId as FileId
const live: Circumstances = { channel: 'stream', liveAt, conversationUpdatedAt: null, isTurn: true }
const stored: Circumstances = { channel: 'conversation', liveAt: null, conversationUpdatedAt: new Date(1e12) }

/** A memory of messages that has seen these, and the facts of an image below the last of them. */
function setUp(before: readonly Loose[], circumstances = live, more: Loose = {}, title?: string) {
  const notes = createNotes()
  const parts = [pointer(fileNo(1))]
  const message = imagesOf('m-img', String(before.at(-1)?.id ?? 'none'), parts, {}, more)
  const found = (one: Loose) => ({ message: one, nodeId: null, parentId: null, conversationId: 'c-1' })
  for (const one of before) notes.add(found(one))
  const note = notes.add(found(message))
  const seen = seenImage(found(message), note, circumstances, { index: 0, part: parts[0] ?? {}, fileId })
  const sighting = { ...seen, lastFacts: undefined, order: 0 }
  const titles = new Map(title === undefined ? [] : [['c-1', title]])
  return { notes, found, facts: () => imageFacts(sighting, notes, titles, { ofConversations: () => [sighting] }) }
}

const user = userSays('m-user', 'Paint me a boat.', {}, { create_time: 1_745_500_000 })
const call = callOf('m-call', 'm-user', { prompt: 'A paper boat' })

describe('the facts of an image', () => {
  it('are those of its part, its message and its conversation', () => {
    expect(setUp([user, call], live, {}, 'Boats').facts()).toEqual({
      fileId: fileNo(1),
      genId: '00000001-d9cb-469f-a165-70867728950e',
      prompt: 'A paper boat',
      promptSource: 'tool-call',
      seed: null,
      createdAt: new Date(1_745_500_000_000),
      dateSource: 'turn',
      widthPx: 1254,
      heightPx: 1254,
      sizeBytes: 2_101_337,
      conversationId: 'c-1',
      conversationTitle: 'Boats',
      messageId: 'm-img',
      parentGenId: null,
      profiles: null,
      editOp: null,
      channel: 'stream',
    })
  })

  it('grow with what is learned about the messages above', () => {
    const { notes, found, facts } = setUp([callOf('m-call', 'm-user', {})])
    expect(facts().prompt).toBeNull()
    notes.add(found(call))
    expect(facts()).toMatchObject({ prompt: 'A paper boat', promptSource: 'tool-call' })
  })

  it('change with what is learned about its own message, except for its date', () => {
    const { notes, found, facts } = setUp([user, call], live, { create_time: 1_745_500_009 })
    notes.add(found(imagesOf('m-img', 'm-elsewhere', [], {}, { create_time: 1_745_600_000 })))
    expect(facts()).toMatchObject({ prompt: null, createdAt: new Date(1_745_500_009_000), dateSource: 'message' })
  })
})

describe('the date of an image', () => {
  it('is the best there is: of the message, the turn, the live answer, the stored conversation', () => {
    const date = (...set: Parameters<typeof setUp>) => {
      const { createdAt, dateSource } = setUp(...set).facts()
      return [createdAt?.getTime(), dateSource]
    }
    expect(date([user], live, { create_time: 1_745_500_009.4 })).toEqual([1_745_500_009_400, 'message'])
    expect(date([user], live)).toEqual([1_745_500_000_000, 'turn'])
    expect(date([], live)).toEqual([liveAt.getTime(), 'stream'])
    expect(date([], stored)).toEqual([1e12, 'conversation'])
    expect(date([], { ...stored, conversationUpdatedAt: null })).toEqual([undefined, null])
  })
})
