import { describe, expect, it } from 'vitest'
import type { Circumstances } from '../../../src/sites/chatgpt/found-message.ts'
import { parsePointer } from '../../../src/sites/chatgpt/ids.ts'
import { readNote } from '../../../src/sites/chatgpt/note.ts'
import { createSightings, type SeenImage, type Sighting, seenImage } from '../../../src/sites/chatgpt/sightings.ts'
import type { FileId } from '../../../src/sites/ids.ts'
import { fileNo, imagesOf, type Loose, liveAt, pointer } from '../../fakes/messages.ts'

const answer: Circumstances = { channel: 'stream', liveAt, conversationUpdatedAt: null, isTurn: true }

interface Wish {
  readonly id?: string
  readonly conversationId?: string | null
  readonly circumstances?: Circumstances
  readonly genId?: string
  /** Still being painted. */
  readonly isPreview?: boolean
  readonly part?: Loose
}

/** A picture as the tool's message shows it, alone in its message. */
function image(number: number, wish: Wish = {}): SeenImage {
  const { id = `m-${number}`, conversationId = 'c-1', circumstances = answer, genId, isPreview, part = {} } = wish
  const metadata = genId === undefined ? {} : { metadata: { dalle: { gen_id: genId } } }
  const shown = pointer(fileNo(number), { ...metadata, ...part })
  const message = imagesOf(id, null, [shown], {}, isPreview ? { status: 'in_progress' } : {})
  const found = { message, nodeId: null, parentId: null, conversationId }
  return seenImage(found, readNote(id, found), circumstances, { index: 0, part: shown, fileId: idOf(number) })
}

const idOf = (number: number) => parsePointer(fileNo(number))?.fileId as FileId
const filesOf = (sightings: readonly Sighting[]) => sightings.map(({ fileId }) => fileId)
const conversations = (...ids: (string | null)[]) => new Set(ids)

describe('the images of some conversations', () => {
  const sightings = createSightings()
  sightings.add(image(1, { conversationId: 'c-1' }))
  sightings.add(image(2, { conversationId: 'c-2' }))
  sightings.add(image(3, { conversationId: null }))
  sightings.add(image(4, { conversationId: 'c-1' }))

  it('are only those, oldest first', () => {
    expect(filesOf(sightings.ofConversations(conversations('c-1')))).toEqual([fileNo(1), fileNo(4)])
    expect(filesOf(sightings.ofConversations(conversations('c-2', 'c-1')))).toEqual([fileNo(1), fileNo(2), fileNo(4)])
    expect(sightings.ofConversations(conversations('c-3'))).toEqual([])
    expect(sightings.ofConversations(conversations())).toEqual([])
  })

  it('are all when one of them has no name', () => {
    expect(sightings.ofConversations(conversations('c-2', null))).toHaveLength(4)
  })
})

describe('the images of an answer', () => {
  const other: Circumstances = { ...answer }
  const sightings = createSightings()
  sightings.add(image(1, { conversationId: 'c-1', circumstances: other }))
  sightings.add(image(2, { conversationId: 'c-2' }))
  sightings.add(image(3, { conversationId: 'c-1' }))
  sightings.add(image(4, { conversationId: 'c-3', circumstances: other }))

  it('are its own and those of the conversation, each once, oldest first', () => {
    expect(filesOf(sightings.ofAnswer(answer, 'c-1'))).toEqual([fileNo(1), fileNo(2), fileNo(3)])
  })

  it('are its own if no conversation is named', () => {
    expect(filesOf(sightings.ofAnswer(answer, null))).toEqual([fileNo(2), fileNo(3)])
  })
})

describe('an image that is seen again', () => {
  it('is there once, as the newest, and what was reported about it stays known', () => {
    const sightings = createSightings()
    sightings.add(image(1))
    sightings.add(image(2))
    const [first] = sightings.ofConversations(conversations('c-1'))
    const facts = { prompt: 'A boat' } as never
    if (first) sightings.reported(first, facts)
    expect(sightings.add(image(1))).toEqual([])
    const now = sightings.ofConversations(conversations('c-1'))
    expect(filesOf(now)).toEqual([fileNo(2), fileNo(1)])
    expect(now[1]?.lastFacts).toBe(facts)
  })

  it('moves to the conversation in which it is seen', () => {
    const sightings = createSightings()
    sightings.add(image(1, { conversationId: null }))
    sightings.add(image(1, { conversationId: 'c-2' }))
    expect(filesOf(sightings.ofConversations(conversations('c-2')))).toEqual([fileNo(1)])
    expect(sightings.ofConversations(conversations(null))).toHaveLength(1)
  })

  it('is a copy of that moment, although the stream goes on changing the part', () => {
    const part = pointer(fileNo(1))
    const sightings = createSightings()
    const shown = image(1, { part })
    sightings.add(shown)
    part.width = 7
    expect(sightings.ofConversations(conversations('c-1'))[0]?.part.width).toBe(1254)
  })
})

describe('a preview', () => {
  it('is replaced by another file of its message, which is reported as new', () => {
    const sightings = createSightings()
    sightings.add(image(1, { id: 'm', isPreview: true }))
    expect(sightings.add(image(2, { id: 'm' }))).toEqual([fileNo(1)])
    expect(filesOf(sightings.ofConversations(conversations('c-1')))).toEqual([fileNo(2)])
  })

  it('is replaced by an image of its generation in another message, in any conversation', () => {
    const sightings = createSightings()
    sightings.add(image(1, { genId: 'g-1', isPreview: true }))
    sightings.add(image(2, { genId: 'g-2', isPreview: true }))
    sightings.add(image(3, { genId: 'g-1' }))
    expect(sightings.add(image(4, { genId: 'g-1', conversationId: 'c-2' }))).toEqual([])
    expect(filesOf(sightings.ofConversations(conversations(null)))).toEqual([fileNo(2), fileNo(3), fileNo(4)])
  })

  it('is not replaced by its own file', () => {
    const sightings = createSightings()
    sightings.add(image(1, { id: 'm-1', genId: 'g-1', isPreview: true }))
    expect(sightings.add({ ...image(1, { id: 'm-2', genId: 'g-1' }), fileId: idOf(1) })).toEqual([])
    expect(sightings.ofConversations(conversations('c-1'))).toHaveLength(1)
  })

  it('is not replaced once it is final', () => {
    const sightings = createSightings()
    sightings.add(image(1, { genId: 'g-1', isPreview: true }))
    for (const sighting of sightings.ofAnswer(answer, null)) sighting.isPreview = false
    expect(sightings.add(image(2, { genId: 'g-1' }))).toEqual([])
    expect(sightings.ofConversations(conversations('c-1'))).toHaveLength(2)
  })
})

describe('the table', () => {
  it('is limited in number: the oldest is forgotten, however it is looked up', () => {
    const sightings = createSightings()
    for (let number = 1; number <= 2_001; number++) {
      sightings.add(image(number, { conversationId: `c-${number}`, genId: `g-${number}`, isPreview: true }))
    }
    expect(sightings.ofConversations(conversations(null))).toHaveLength(2_000)
    expect(sightings.ofConversations(conversations('c-1'))).toEqual([])
    expect(sightings.ofAnswer(answer, null)).toHaveLength(2_000)
    expect(sightings.add(image(5_000, { genId: 'g-1' }))).toEqual([])
    expect(sightings.add(image(5_001, { genId: 'g-2001' }))).toEqual([fileNo(2_001)])
  })

  it('is limited in characters, when it is asked to shrink, and keeps the newest', () => {
    const sightings = createSightings()
    const long = { metadata: { dalle: { prompt: 'x'.repeat(1_000_000) } } }
    for (let number = 1; number <= 8; number++) sightings.add(image(number, { part: long }))
    sightings.shrink()
    const left = filesOf(sightings.ofConversations(conversations('c-1')))
    expect(left.length).toBeGreaterThan(0)
    expect(left.length).toBeLessThan(8)
    expect(left.at(-1)).toBe(fileNo(8))
    sightings.shrink()
    expect(filesOf(sightings.ofConversations(conversations('c-1')))).toEqual(left)
  })

  it('keeps a single image, however long its text', () => {
    const sightings = createSightings()
    sightings.add(image(1, { part: { metadata: { dalle: { prompt: 'x'.repeat(9_000_000) } } } }))
    sightings.shrink()
    expect(sightings.ofConversations(conversations('c-1'))).toHaveLength(1)
  })
})
