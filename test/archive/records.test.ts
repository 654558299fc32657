import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  completeRecord,
  correctRecord,
  factsOfRecord,
  type PictureRecord,
  recordJsonSchema,
  recordOf,
  recordSchema,
  serializeRecord,
} from '../../src/archive/records.ts'
import { mergeFacts } from '../../src/sites/facts.ts'
import { facts, genId } from '../fakes/facts.ts'

const stored = {
  sha256: 'ab'.repeat(32),
  bytes: 437_000,
  mime: 'image/webp' as const,
  widthPx: 1024,
  heightPx: 1792,
  image: 'images/2023/10/29/1-a.webp',
  source: { origin: 'live' as const, channel: 'stream' as const, host: null },
  archivedAt: new Date('2026-05-07T10:11:12.345Z'),
}
const record = recordOf(facts(), stored)

/** What a record had when the first of them were written; never to be added to. */
const firstFields = [
  ...['gen_id', 'prompt', 'seed', 'date', 'fileId', 'width', 'height', 'version', 'promptSource', 'dateSource'],
  ...['conversationId', 'conversationTitle', 'messageId', 'parent_gen_id', 'edit_op'],
  ...['source', 'sha256', 'bytes', 'mime', 'image', 'archivedAt'],
]

describe('a record', () => {
  it('begins with the seven fields of the 2023 tool, in its order', () => {
    expect(Object.keys(record).slice(0, 7)).toEqual(['gen_id', 'prompt', 'seed', 'date', 'fileId', 'width', 'height'])
    expect(Object.keys(recordSchema.shape).slice(0, 7)).toEqual(Object.keys(record).slice(0, 7))
  })

  it('has the date in whole Unix seconds', () => {
    expect(recordOf(facts({ createdAt: new Date(1_698_615_680_987) }), stored).date).toBe(1_698_615_680)
  })

  it('has the size that was stated, otherwise that of the file', () => {
    expect(recordOf(facts({ widthPx: 512, heightPx: 256 }), stored)).toMatchObject({ width: 512, height: 256 })
    expect(record).toMatchObject({ width: 1024, height: 1792 })
    expect(recordOf(facts(), { ...stored, widthPx: null, heightPx: null })).toMatchObject({ width: null, height: null })
  })

  it('is JSON that a person can read, ending in a line end', () => {
    const text = serializeRecord(record).toString()
    expect(JSON.parse(text)).toEqual(record)
    expect(text).toMatch(/^\{\n {2}"gen_id"/)
    expect(text.endsWith('}\n')).toBe(true)
  })

  it('has every field its schema describes, and no other', () => {
    expect(recordSchema.strict().parse(JSON.parse(serializeRecord(record).toString()))).toEqual(record)
    expect(recordSchema.safeParse({ ...record, date: 1.5 }).success).toBe(false)
    expect(recordSchema.safeParse({ ...record, mime: 'text/html' }).success).toBe(false)
    for (const key of firstFields) {
      expect(recordSchema.safeParse({ ...record, [key]: undefined }).success, `without ${key}`).toBe(false)
    }
  })

  it('of the first version, which lacks every field added since, is still completed', () => {
    const first = Object.fromEntries(Object.entries(record).filter(([key]) => firstFields.includes(key)))
    const known = factsOfRecord(first, facts().fileId)
    expect(known && completeRecord(known.record, facts({ editOp: 'inpainting' }), new Date())).toMatchObject({
      edit_op: 'inpainting',
    })
  })

  it('has a JSON Schema in docs, made from the code', () => {
    const published = readFileSync(path.resolve('docs/record.schema.json'), 'utf8')
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(recordJsonSchema())))
  })
})

describe('facts of a record', () => {
  it('are those it was made from', () => {
    const all = facts({
      widthPx: 1024,
      heightPx: 1792,
      parentGenId: genId('Zk3vQ9dXa7LmP2cT'),
      editOp: 'inpainting',
      sizeBytes: stored.bytes,
    })
    expect(factsOfRecord(JSON.parse(JSON.stringify(recordOf(all, stored))), all.fileId)).toEqual({
      facts: all,
      record: recordOf(all, stored),
    })
  })

  it('are not read from a record of the 2023 tool or one changed by hand', () => {
    const { gen_id, prompt, seed, date, fileId, width, height } = record
    for (const one of [
      { gen_id, prompt, seed, date, fileId, width, height },
      { ...record, version: 2 },
      null,
      'text',
      [],
    ]) {
      expect(factsOfRecord(one, facts().fileId)).toBeUndefined()
    }
  })
})

describe('completing', () => {
  const at = new Date('2026-06-01T00:00:00Z')

  it('does nothing if nothing is new', () => {
    const known = factsOfRecord(record, facts().fileId)
    expect(known && completeRecord(record, known.facts, at)).toBeUndefined()
  })

  it('records the time of the change', () => {
    const completed = completeRecord(record, facts({ widthPx: 1024, heightPx: 1792, editOp: 'inpainting' }), at)
    expect(completed).toEqual({ ...record, edit_op: 'inpainting', updatedAt: at.toISOString() } satisfies PictureRecord)
    expect(recordSchema.safeParse(completed).success).toBe(true)
  })

  it('takes over a date that was learned, and never changes the gen_id, which names the record', () => {
    const news = facts({ genId: genId('Zk3vQ9dXa7LmP2cT'), createdAt: new Date(5_900), dateSource: 'message', seed: 1 })
    const { gen_id, image } = record
    expect(completeRecord(record, news, at)).toMatchObject({ gen_id, image, date: 5, dateSource: 'message', seed: 1 })
    expect(completeRecord(record, { ...news, createdAt: null, dateSource: null }, at)).toMatchObject({
      date: record.date,
      dateSource: record.dateSource,
    })
  })
})

describe('correcting', () => {
  const at = new Date('2026-06-01T00:00:00Z')
  const source = {
    origin: 'export',
    channel: 'export',
    host: null,
    archive: 'a.zip',
    entry: 'b.png',
    match: 'exact',
  } as const
  const own = {
    sha256: 'cd'.repeat(32),
    bytes: 9,
    mime: 'image/png',
    widthPx: 8,
    heightPx: 6,
    image: 'c',
    source,
  } as const

  it('replaces what is said about the bytes, and nothing that is said about the picture', () => {
    const corrected = correctRecord(record, own, at)
    const { sha256, bytes, mime, image } = own
    expect(corrected).toEqual({ ...record, sha256, bytes, mime, image, source, updatedAt: at.toISOString() })
    expect(recordSchema.safeParse(corrected).success).toBe(true)
    expect(Object.keys(corrected).slice(0, 7)).toEqual(Object.keys(record).slice(0, 7))
  })

  it('measures the picture if its size was not stated', () => {
    const unmeasured = recordOf(facts(), { ...stored, widthPx: null, heightPx: null })
    expect(correctRecord(unmeasured, own, at)).toMatchObject({ width: 8, height: 6 })
  })
})

describe('profiles', () => {
  const by = (...profiles: string[]) => facts({ profiles })

  it('stand in the record, and nothing stands there where no profile has a label', () => {
    expect(recordOf(by('work'), stored)).toMatchObject({ profiles: ['work'] })
    expect(Object.keys(record)).not.toContain('profiles')
    expect(factsOfRecord(recordOf(by('work'), stored), facts().fileId)?.facts.profiles).toEqual(['work'])
    expect(factsOfRecord(record, facts().fileId)?.facts.profiles).toBeNull()
  })

  it('are added to, also where there was none, and never taken away', () => {
    const at = new Date()
    const learn = (known: PictureRecord, news: ReturnType<typeof facts>) => {
      const read = factsOfRecord(known, facts().fileId)
      return read && completeRecord(known, mergeFacts(read.facts, news), at)
    }
    expect(learn(record, by('home'))).toMatchObject({ ...record, profiles: ['home'] })
    expect(learn(recordOf(by('work'), stored), by('home'))).toMatchObject({ profiles: ['work', 'home'] })
    expect(learn(recordOf(by('work'), stored), by('work'))).toBeUndefined()
    expect(learn(recordOf(by('work'), stored), facts())).toBeUndefined()
    expect(learn(record, facts())).toBeUndefined()
  })
})
