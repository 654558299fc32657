import { noMarks } from '../../src/archive/marks.ts'
import { readRecord } from '../../src/catalogue/record.ts'
import type { Described } from '../../src/sidecars/xmp.ts'

/** A picture as a record describes it. */
export function described(more: Readonly<Record<string, unknown>> = {}, marks: Partial<Described['marks']> = {}) {
  const record = readRecord(
    JSON.stringify({
      gen_id: 'M5QoHjYO7Qe9pl1Z',
      prompt: 'A red coat on a bridge',
      promptSource: 'dalle',
      seed: 123,
      date: 1_698_615_680,
      fileId: 'mTlImgNhbMGexJI3DFLJXJlh',
      conversationId: 'c-1',
      conversationTitle: 'A walk',
      messageId: 'm-1',
      parent_gen_id: 'Parent0123456789',
      edit_op: 'inpainting',
      sha256: 'a'.repeat(64),
      image: 'images/2023/10/29/picture.webp',
      source: { origin: 'live' },
      ...more,
    }),
  )
  if (!record) throw new Error('no record')
  return { record, marks: { ...noMarks, ...marks } }
}
