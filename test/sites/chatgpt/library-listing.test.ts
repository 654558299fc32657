import { describe, expect, it } from 'vitest'
import { fileIds, fileNo, type Loose, liveSample, onlyPicture, pictures, readAnswer } from '../../fakes/messages.ts'

const address = (id: string) =>
  `https://chatgpt.com/backend-api/estuary/content?id=${id}&cp=pri&ma=90000&ts=497222&p=igh&cid=1&sig=${'0'.repeat(64)}&v=0`

const item = (number: number, more: Loose = {}): Loose => ({
  id: `s_${number}`,
  kind: 'media_generation',
  generation_id: `s_${number}`,
  generation_type: 'image_gen',
  source: 'chatgpt',
  url: address(fileNo(number)),
  width: 1254,
  height: 1024,
  prompt: null,
  recreation_prompt: 'Draw a small paper boat on a canal at dusk.',
  title: 'Paper boat at dusk',
  caption: 'A paper boat drifts on dark water.',
  encodings: { thumbnail: { path: address(`0a1b2c%23${fileNo(number)}%23thumbnail`) } },
  asset_pointer: `sediment://${fileNo(number)}`,
  conversation_id: 'c-1',
  message_id: 'm-1',
  transformation_id: null,
  created_at: 1_790_000_023,
  output_blocked: false,
  ...more,
})

const list = (...items: unknown[]) => readAnswer({ items, cursor: null })

describe('an item with everything', () => {
  it('is a generated picture', () => {
    const found = list(item(1))
    expect(onlyPicture(found)).toEqual({
      fileId: fileNo(1),
      // The library's own generation_id is not the picture's gen_id.
      genId: null,
      prompt: 'Draw a small paper boat on a canal at dusk.',
      promptSource: 'library-recreation',
      seed: null,
      createdAt: new Date(1_790_000_023_000),
      dateSource: 'library',
      widthPx: 1254,
      heightPx: 1024,
      sizeBytes: null,
      conversationId: 'c-1',
      conversationTitle: null,
      messageId: 'm-1',
      parentGenId: null,
      profiles: null,
      editOp: null,
      channel: 'library',
    })
    expect(found.oddities).toEqual([])
    expect(found.dismissed).toEqual([])
  })
})

describe('the prompt of an item', () => {
  it('is its recreation prompt, then its caption, then its title', () => {
    const found = list(
      item(1),
      item(2, { recreation_prompt: null }),
      item(3, { recreation_prompt: '', caption: undefined }),
      item(4, { recreation_prompt: 7, caption: {}, title: null }),
    )
    expect(pictures(found).map(({ prompt, promptSource }) => [prompt, promptSource])).toEqual([
      ['Draw a small paper boat on a canal at dusk.', 'library-recreation'],
      ['A paper boat drifts on dark water.', 'library-caption'],
      ['Paper boat at dusk', 'library-title'],
      [null, null],
    ])
  })

  it('is first its own prompt, if it ever has one', () => {
    expect(onlyPicture(list(item(1, { prompt: 'The very words' }))).prompt).toBe('The very words')
  })
})

describe('the file of an item', () => {
  it.each([
    ['estuary', address(fileNo(1)), fileNo(1)],
    [
      'the old storage',
      'https://files.oaiusercontent.com/file-Qm4Zt1Yb8LxV0pKs7RcD2wEa?se=x&sig=y',
      'file-Qm4Zt1Yb8LxV0pKs7RcD2wEa',
    ],
    [
      'the regional storage',
      'https://sdmntprwestus.oaiusercontent.com/files/00000000-a1b2-c3d4-e5f6-0718293a4b5c/raw?se=x&sig=y',
      'file_00000000a1b2c3d4e5f60718293a4b5c',
    ],
  ])('is named by its address at %s when it has no pointer', (_, url, fileId) => {
    for (const asset_pointer of [undefined, null, '', 7])
      expect(fileIds(list(item(1, { asset_pointer, url })))).toEqual([fileId])
  })

  it('is not named by a thumbnail', () => {
    const thumbnail = `0a1b2c%23${fileNo(1)}%23thumbnail`
    expect(list(item(1, { asset_pointer: null, url: address(thumbnail) })).facts).toEqual([])
    expect(list(item(1, { asset_pointer: `sediment://x#${fileNo(1)}#thumbnail`, url: null })).facts).toEqual([])
  })

  it('is reported as missing when nothing names it, and the others are still listed', () => {
    const found = list(
      item(1, { asset_pointer: null, url: null }),
      item(2, { asset_pointer: '../x', url: 'no address' }),
      item(3),
    )
    expect(fileIds(found)).toEqual([fileNo(3)])
    expect(found.oddities.map(({ kind }) => kind)).toEqual(['image-without-pointer', 'image-without-pointer'])
  })
})

describe('a page', () => {
  it('lists its items in order', () => {
    expect(fileIds(list(item(3), item(1), item(2)))).toEqual([fileNo(3), fileNo(1), fileNo(2)])
  })

  it.each([[null], [7], [{}], [{ id: 's_0', kind: 'folder' }]])('lists them although the first is %j', (first) => {
    expect(fileIds(list(first, item(1)))).toEqual([fileNo(1)])
  })

  it('leaves out what is not a generated picture, and what is blocked', () => {
    const found = list(item(1), item(2, { generation_type: 'video' }), item(3, { output_blocked: true }))
    expect(fileIds(found)).toEqual([fileNo(1)])
    expect(found.oddities).toEqual([])
  })

  it('without items gives nothing', () => {
    expect(list()).toMatchObject({ facts: [], oddities: [] })
  })

  it('of the list of conversations gives nothing', () => {
    const conversation = { id: 'c-1', title: 'Boats', create_time: '2026-09-10T10:00:00Z', gizmo_id: null }
    expect(readAnswer({ items: [conversation], total: 1, limit: 28, offset: 0 })).toMatchObject({
      facts: [],
      oddities: [],
    })
  })

  it('survives fields of any type', () => {
    for (const wrong of [null, 7, true, 'text', [], {}]) {
      for (const key of Object.keys(item(1))) expect(() => list(item(1, { [key]: wrong }), wrong)).not.toThrow()
    }
  })

  it.each([[0], [-5], [1e300], [null], ['never'], [{}]])('has no date of %j', (created_at) => {
    expect(onlyPicture(list(item(1, { created_at })))).toMatchObject({ createdAt: null, dateSource: null })
  })
})

it('recent-image-gen-sanitized-2026-05.json gives the prompts with their sources', () => {
  const found = readAnswer(liveSample('recent-image-gen-sanitized-2026-05'))
  expect(pictures(found)).toMatchObject([
    {
      fileId: 'file_recent_image_1',
      prompt: 'A sanitized recent image prompt.',
      promptSource: 'library-recreation',
      createdAt: new Date(1_700_000_200_000),
      widthPx: 1448,
      heightPx: 1086,
      conversationId: 'conv_recent_sanitized',
      messageId: 'message_recent_1',
    },
    {
      fileId: 'file_recent_image_2',
      prompt: 'URL only recent image',
      promptSource: 'library-title',
      createdAt: new Date(1_700_000_300_000),
      widthPx: 1024,
      heightPx: 1024,
    },
  ])
  expect(found.oddities).toEqual([])
})
