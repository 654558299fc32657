import { describe, expect, it } from 'vitest'
import { pointedAt } from '../../../src/openai-export/read/pointers.ts'
import { messagesOf, referencesOf } from '../../../src/openai-export/read/references.ts'
import { oldId as one, newId as two } from '../fakes.ts'

/** What one message with this content and metadata points at. */
const referencesIn = (content: object, metadata: object = {}) =>
  referencesOf({ mapping: { n1: { message: { id: 'm1', create_time: 1_700_000_000, content, metadata } } } }, 'c1')
const shown = (content: object, metadata?: object) =>
  referencesIn(content, metadata).map(({ kind, id, pointer }) => `${kind} ${id ?? pointer}`)

const image = (pointer: string, more: object = {}) => ({
  content_type: 'image_asset_pointer',
  asset_pointer: pointer,
  ...more,
})

describe('a pointer', () => {
  it.each([
    ['of 2023', `file-service://${one}`, { id: one, derivative: null }],
    ['of 2025', `sediment://${two}`, { id: two, derivative: null }],
    ['with an extension that says nothing', `${two}.dat`, { id: two, derivative: null }],
    ['escaped as in an address', `sediment%3A%2F%2F${two}`, { id: two, derivative: null }],
    ['to a page of a document', `sediment://0f#${two}#p_3.jpg`, { id: two, derivative: 'page 3' }],
    ['to a thumbnail', `sediment://0f#${two}#thumbnail`, { id: two, derivative: 'thumbnail' }],
    [
      'with a UUID',
      '0A0B0C0D-0000-4000-8000-000000000001',
      { id: '0a0b0c0d-0000-4000-8000-000000000001', derivative: null },
    ],
  ])('%s names an id', (_, pointer, target) => {
    expect(pointedAt(pointer)).toEqual(target)
  })

  it.each(['https://example.com/a.png', 'file-short', 'sediment://0f#nothing#p_1', '%E0%A4%A'])(
    'is none: %s',
    (text) => {
      expect(pointedAt(text)).toBeUndefined()
    },
  )
})

describe('a message', () => {
  it('points at the parts of its content, each with its kind', () => {
    const parts = [
      'some text',
      image(`file-service://${one}`),
      { content_type: 'audio_asset_pointer', asset_pointer: `sediment://${two}` },
    ]
    expect(shown({ parts })).toEqual([`upload ${one}`, `audio ${two}`])
  })

  it('points at the sound and the pictures of a call', () => {
    const part = {
      content_type: 'real_time_user_audio_video_asset_pointer',
      expiry_datetime: 1_700_000_100,
      audio_asset_pointer: { asset_pointer: `sediment://${two}` },
      frames_asset_pointers: [`sediment://${one}`],
    }
    expect(shown({ parts: [part] })).toEqual([`audio ${two}`, `frame ${one}`])
    expect(referencesIn({ parts: [part] })[0]?.expiresAt).toEqual(new Date(1_700_000_100_000))
  })

  it('points at its attachments: by id, by the library’s id, or by name alone', () => {
    const attachments = [{ id: one }, { library_file_id: 'libfile_1' }, { name: 'notes.txt' }]
    const found = shown({}, { attachments })
    expect(found).toEqual([`attachment ${one}`, 'attachment libfile_1', 'attachment notes.txt'])
  })

  it('points at what the code interpreter drew and what a browsing model saw', () => {
    const aggregate_result = { messages: [{ image_url: `file-service://${one}` }] }
    expect(shown({ screenshot: { asset_pointer: `sediment://${two}` } }, { aggregate_result })).toEqual([
      `screenshot ${two}`,
      `plot ${one}`,
    ])
  })

  it('points at the files its text links to, with the name in the link', () => {
    const [link] = referencesIn({ parts: ['Here: [plot](sandbox:/mnt/data/my%20plot.png)'] })
    expect(link).toMatchObject({ kind: 'link', id: null, name: 'my plot.png' })
  })

  it('tells the origin of an edit from other mentions', () => {
    const metadata = { dalle: { original_file_id: one }, deep: { er: { some_file_id: two } } }
    expect(shown({}, metadata)).toEqual([`lineage ${one}`, `mention ${two}`])
  })

  it('that names a file as part and as attachment makes one reference that knows both', () => {
    const part = image(`file-service://${one}`, { size_bytes: 70 })
    const found = referencesIn({ parts: [part] }, { attachments: [{ id: one, name: 'cat.png', width: 640 }] })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ kind: 'upload', sizeBytes: 70, name: 'cat.png', widthPx: 640 })
  })

  it('that names a page of a document makes a reference of its own to that page', () => {
    const parts = [image(`sediment://${two}`), image(`sediment://0f#${two}#p_0.jpg`)]
    expect(referencesIn({ parts }).map(({ kind, derivative }) => [kind, derivative])).toEqual([
      ['upload', null],
      ['page', 'page 0'],
    ])
  })

  it('says that a pointer stands for nothing, beside its size or in its metadata', () => {
    const parts = [
      image(`file-service://${one}`, { is_no_auth_placeholder: true }),
      image(`sediment://${two}`, { metadata: { is_no_auth_placeholder: true } }),
    ]
    expect(referencesIn({ parts }).map(({ isPlaceholder }) => isPlaceholder)).toEqual([true, true])
  })

  it('of an odd shape points at nothing, and the others go on', () => {
    const messages = [
      { content: null, metadata: 7 },
      { content: { parts: { 0: 'x' } } },
      { content: { parts: [null, image(one)] } },
    ]
    const mapping = Object.fromEntries(messages.map((message, at) => [at, { message }]))
    expect(referencesOf({ mapping }, 'c1').map(({ id }) => id)).toEqual([one])
  })
})

it('finds the messages of a tree and of the flat lists, and gives those without an id that of their node', () => {
  const conversation = {
    mapping: { n1: { message: { content: {} } }, n2: { message: null }, n3: { message: { id: 'm3' } } },
    messages: [{ id: 'm4', author: { role: 'user' } }, { id: 'no author' }],
    linear_conversation: [{ message: { id: 'm5', author: { role: 'user' } } }],
  }
  expect([...messagesOf(conversation)].map(({ id }) => id)).toEqual(['n1', 'm3', 'm4', 'm5'])
})
