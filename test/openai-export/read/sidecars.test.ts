import { describe, expect, it } from 'vitest'
import {
  accountIn,
  digestIn,
  noSidecars,
  readAssetNames,
  readLibrary,
  readManifest,
} from '../../../src/openai-export/read/sidecars.ts'
import { oldId as one, newId as two } from '../fakes.ts'

const uuid = '0a0b0c0d-0000-4000-8000-000000000001'

/** What one sidecar says, after others. */
function read(reader: typeof readLibrary, ...values: readonly unknown[]) {
  const sidecars = noSidecars()
  const isRead = values.map((value) => reader(JSON.stringify(value), sidecars))
  return { ...sidecars, isRead }
}

it.each([
  ['names of assets', readAssetNames],
  ['library', readLibrary],
  ['manifest', readManifest],
])('what is no %s is refused, not thrown', (_, reader) => {
  expect(['{"broken', '7', '"text"', 'null'].map((text) => reader(text, noSidecars()))).toEqual(Array(4).fill(false))
})

describe('the names of assets', () => {
  it('give each id the name it had before', () => {
    expect(read(readAssetNames, { [`${one}.dat`]: 'cat.png', [`files/${two}.dat`]: 'dog.png' }).names).toEqual(
      new Map([
        [one, 'cat.png'],
        [two, 'dog.png'],
      ]),
    )
  })

  it('tell which ids bore a UUID once', () => {
    const { uuidOwners } = read(readAssetNames, { [one]: `dalle-generations/${uuid}.webp` })
    expect(uuidOwners).toEqual(new Map([[uuid, new Set([one])]]))
  })

  it('leave out what is no id, no name, or a page of a document', () => {
    expect(read(readAssetNames, { readme: 'a', [one]: 7, [`0f#${two}#p_0`]: 'b' }).names.size).toBe(0)
  })
})

describe('the library', () => {
  it.each([
    ['a list', [{ file_id: one }]],
    ['a list within an object', { items: [{ file_id: one }] }],
  ])('is read from %s', (_, value) => {
    expect([...read(readLibrary, value).library.keys()]).toEqual([one])
  })

  it('takes the hash, the message, the thread and the first date that is there', () => {
    const row = {
      file_id: one,
      ...{ sha256_digest: 'AB'.repeat(32), origination_message_id: 'm1', origination_thread_id: 't1' },
      ...{ created_at: 'nonsense', file_upload_time: 1_700_000_000 },
    }
    expect(read(readLibrary, [row]).library.get(one)).toMatchObject({
      ...{ sha256: 'ab'.repeat(32), messageId: 'm1', threadId: 't1', hasConflict: false },
      createdAt: new Date(1_700_000_000_000),
    })
  })

  it('says when it names two conversations', () => {
    const row = { file_id: one, origination_thread_id: 't1', initiating_conversation_id: 't2' }
    expect(read(readLibrary, [row]).library.get(one)).toMatchObject({ threadId: 't1', hasConflict: true })
  })

  it.each([{ trashed_at: 1 }, { deleted_at: '2026-01-01' }, { state: 'deleted' }])(
    'says what was deleted: %j',
    (mark) => {
      expect(read(readLibrary, [{ file_id: one, ...mark }]).library.get(one)?.isDeleted).toBe(true)
    },
  )

  it('of an earlier input counts where both speak, and is completed by the next', () => {
    const { library } = read(
      readLibrary,
      [{ file_id: one, file_name: 'a' }],
      [{ file_id: one, file_name: 'b', gizmo_id: 'g-1' }],
    )
    expect(library.get(one)).toMatchObject({ name: 'a', gizmoId: 'g-1' })
  })

  it('leads from its own ids to those of files', () => {
    const { libraryIds } = read(readLibrary, [
      { id: 'libfile_1', file_id: one },
      { id: { id: 'libfile_2' }, file_id: two },
    ])
    expect([libraryIds.get('libfile_1'), libraryIds.get('libfile_2')]).toEqual([one, two])
  })
})

it.each([
  ['hexadecimal', 'AB'.repeat(32), 'ab'.repeat(32)],
  ['base64', Buffer.from('ab'.repeat(32), 'hex').toString('base64'), 'ab'.repeat(32)],
  ['another length', 'ab'.repeat(16), null],
  ['nothing', null, null],
])('a digest in %s', (_, text, digest) => {
  expect(digestIn(text)).toBe(digest)
})

describe('the manifest', () => {
  it('says which files there should be, of which id and size', () => {
    const files = [{ path: `a/${one}-cat.png`, size_bytes: 70 }, { path: 'user.json' }, { size_bytes: 1 }]
    const { promised, promisedIds, promisedSizes } = read(readManifest, { export_files: files })
    expect([...promised]).toEqual([`a/${one}-cat.png`, 'user.json'])
    expect([...promisedIds]).toEqual([one])
    expect([...promisedSizes]).toEqual([[`a/${one}-cat.png`, 70]])
  })

  it('names the shards of conversations.json, and no other logical file’s', () => {
    const logical_files = {
      'conversations.json': { files: ['x/talks-1.json', 'x/a.txt'] },
      'chat.html': { files: ['c.json'] },
    }
    expect([...read(readManifest, { logical_files }).shards]).toEqual(['talks-1.json'])
  })
})

it('an account is the id in user.json, or nobody’s', () => {
  expect(['{"id":"user-1"}', '{"id":7}', 'no'].map(accountIn)).toEqual(['user-1', null, null])
})
