import { describe, expect, it } from 'vitest'
import { recordOf, serializeRecord } from '../../src/archive/records.ts'
import { imagePlace, readRecord } from '../../src/catalogue/record.ts'
import { fileIdOn } from '../../src/sites/ids.ts'
import { facts, fileId } from '../fakes/facts.ts'

const stored = {
  sha256: 'ab'.repeat(32),
  bytes: 437_000,
  mime: 'image/webp' as const,
  widthPx: 1024,
  heightPx: 1792,
  image: 'images/2023/10/29/1-a.webp',
  source: {
    origin: 'export' as const,
    channel: 'export' as const,
    host: null,
    entry: 'a.png',
    match: 'exact' as const,
  },
  archivedAt: new Date('2026-05-07T10:11:12.345Z'),
}
const own = recordOf(facts(), stored)
const read = (record: object) => readRecord(JSON.stringify(record))

describe('a record that was read', () => {
  it('has every field of one of ours', () => {
    const { version, ...said } = own
    expect(version).toBe(1)
    const found = readRecord(serializeRecord(own).toString())
    expect(found).toMatchObject(said)
    expect(found).toMatchObject({ id: own.fileId, site: 'chatgpt', by: 'dalle', updatedAt: null })
  })

  it('of the 2023 tool counts as live, and names neither image nor hash', () => {
    const { gen_id, prompt, seed, date, width, height } = own
    expect(read({ gen_id, prompt, seed, date, fileId: 'file-mTlImgNh', width, height })).toMatchObject({
      id: 'mTlImgNh',
      fileId: 'mTlImgNh',
      site: 'chatgpt',
      source: { origin: 'live', match: null },
      image: null,
      sha256: null,
    })
  })

  it('of another site has another id than the same file id of ChatGPT', () => {
    const elsewhere = read(recordOf(facts({ fileId: fileIdOn('atelier', 'abc123') ?? fileId('none') }), stored))
    const here = read(recordOf(facts({ fileId: fileId('file-abc123') }), stored))
    expect([elsewhere?.site, elsewhere?.id, elsewhere?.fileId]).toEqual(['atelier', 'atelier~abc123', 'abc123'])
    // ChatGPT's generators made nothing of another site's, whatever its ids look like.
    expect([elsewhere?.by, here?.by]).toEqual([null, 'dalle'])
    expect([here?.site, here?.id, here?.fileId]).toEqual(['chatgpt', 'abc123', 'abc123'])
  })

  it.each(['CHATGPT', '../x', 'a~b', '', 7, null])('whose site is %j is read as one of ChatGPT', (site) => {
    expect(read({ ...own, site })).toMatchObject({ site: 'chatgpt', id: own.fileId })
  })

  it('has null where a field is of another type or makes no sense', () => {
    const odd = {
      ...own,
      prompt: 7,
      width: -1,
      sha256: 'short',
      mime: 'text/html',
      image: '/etc/passwd.png',
      source: 'x',
    }
    expect(read(odd)).toMatchObject({
      prompt: null,
      width: null,
      sha256: null,
      mime: null,
      image: null,
      source: { origin: 'live', channel: null, match: null },
    })
  })

  it.each([
    ['no file id', { ...own, fileId: undefined }],
    ['a file id that is a path', { ...own, fileId: '../x' }],
    ['no date', { ...own, date: undefined }],
    ['a date beyond all time', { ...own, date: 1e300 }],
    ['a list', []],
  ])('is not a record with %s', (_, record) => {
    expect(read(record)).toBeUndefined()
  })
})

it.each([
  ['images/2023/10/9/a b.webp', true],
  ['attachments/a.jpeg', true],
  ['a.webp', false],
  ['database/2023/a.webp', false],
  ['images/../a.webp', false],
  ['images//a.webp', false],
  ['images/.hidden.webp', false],
  ['images/a.html', false],
])('images may be at %s: %s', (place, isRight) => {
  expect(imagePlace(place)).toBe(isRight ? place : null)
})

it('a record names the profiles that have shown its picture, and nothing that is no label', () => {
  expect(read(recordOf(facts({ profiles: ['work', 'home'] }), stored))?.profiles).toEqual(['work', 'home'])
  expect(read({ ...own, profiles: ['../x', 7, null, 'home'] })?.profiles).toEqual(['home'])
  for (const profiles of [undefined, null, 'work', {}]) expect(read({ ...own, profiles })?.profiles).toEqual([])
})
