import { describe, expect, it } from 'vitest'
import { collectWantedFiles } from '../../../src/openai-export/match/wanted-files.ts'
import { type Conversations, noConversations } from '../../../src/openai-export/read/conversations.ts'
import type { Reference } from '../../../src/openai-export/read/reference.ts'
import { noSidecars, readLibrary } from '../../../src/openai-export/read/sidecars.ts'
import { oldId as one, referenceOf, newId as two } from '../fakes.ts'

/** What is wanted when conversations have these references, and the library these rows. */
function wanted(
  references: readonly Partial<Reference>[],
  rows: readonly object[] = [],
  more: Partial<Conversations> = {},
) {
  const sidecars = noSidecars()
  readLibrary(JSON.stringify(rows), sidecars)
  const all = new Map(references.map((reference, at) => [String(at), referenceOf(reference)]))
  return collectWantedFiles({ ...noConversations(), references: all, ...more }, sidecars)
}

describe('references', () => {
  it('to one id are one wanted file, with a place for each', () => {
    const [file, ...others] = wanted([
      { id: one, messageId: 'm1' },
      { id: one, messageId: 'm2' },
    ])
    expect(others).toEqual([])
    expect(file?.places.map(({ messageId }) => messageId)).toEqual(['m1', 'm2'])
  })

  it('to a file and to a page of it are two wanted files', () => {
    expect(wanted([{ id: one }, { id: one, derivative: 'page 0' }])).toHaveLength(2)
  })

  it('by name alone are wanted each by itself', () => {
    const link = { pointer: 'sandbox:/mnt/data/plot.png', name: 'plot.png' }
    const found = wanted([
      { ...link, messageId: 'm1' },
      { ...link, messageId: 'm2' },
    ])
    expect(found.map(({ id }) => id)).toEqual([null, null])
  })

  it('by the library’s own id are to the file the library says', () => {
    const found = wanted([{ libraryId: 'libfile_1' }, { id: one }], [{ id: 'libfile_1', file_id: one }])
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ id: one, library: { fileId: one } })
  })
})

describe('a file that only the library knows', () => {
  const message = (messageId: string, seconds: number) => ({
    ...{ conversationId: 'c9', messageId, prompt: null },
    createdAt: new Date(seconds * 1000),
  })
  const row = { file_id: two, origination_message_id: 'm1', origination_thread_id: 'c9', created_at: 25 }
  const details = (more: Partial<Conversations>, of: object = row) => {
    const [file] = wanted([], [of], more)
    return [file?.places[0]?.messageId, file?.placement?.evidence.detail]
  }
  const messages = new Map([['m1', message('m1', 10)]])
  const bridges = new Map([['m1', message('m2', 20)]])
  const threads = new Map([['c9', [message('m3', 20), message('m4', 30)]]])
  const thread = { file_id: two, origination_thread_id: 'c9', created_at: 25 }

  it('is wanted beside the others, and not twice where a conversation names it', () => {
    expect(wanted([{ id: one }], [{ file_id: one }, row]).map(({ id }) => id)).toEqual([one, two])
  })

  it('was generated if the library knows its generation, and is an attachment otherwise', () => {
    const kinds = wanted([], [{ file_id: one, image_gen_generation_id: 'g' }, row]).map(
      ({ references }) => references[0]?.kind,
    )
    expect(kinds).toEqual(['generated', 'attachment'])
  })

  it('belongs to its own message before anything else', () => {
    expect(details({ messages, bridges, threads })).toEqual(['m1', 'placed by its own message'])
  })

  it('belongs before the message that followed its own, if that was left out', () => {
    expect(details({ bridges, threads })[1]).toBe('placed before the message that followed its own')
  })

  it('belongs to the last message of its thread that is not later', () => {
    expect(details({ threads }, thread)).toEqual(['m3', 'placed in its thread by time'])
  })

  it('belongs to its thread at most, without a message that is early enough', () => {
    expect(details({ threads }, { ...thread, created_at: 5 })).toEqual([null, 'placed by its thread at most'])
  })

  it('belongs to no thread where the library names two, and says so', () => {
    const [file] = wanted([], [{ ...thread, initiating_conversation_id: 'c8' }], { threads })
    expect(file?.places[0]?.conversationId).toBeNull()
    expect(file?.placement?.evidence).toMatchObject({ says: 'contradicts' })
  })
})
