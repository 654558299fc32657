import { describe, expect, it } from 'vitest'
import { createJoining } from '../../src/backfill/joining.ts'
import { type FileRow, openBackfillJournal } from '../../src/backfill/journal.ts'
import type { FileId } from '../../src/sites/ids.ts'
import { hashesOf, truthOf } from '../chromium/support.ts'
import { facts } from '../fakes/facts.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { startAccount, startBackfill } from './support.ts'

const at = '2026-11-29T08:00:00.000Z'
const rowOf = (fileId: string, messageId: string | null): FileRow => ({
  ...{ kind: 'file', fileId, libraryId: null, conversationId: 'c', messageId, sizeBytes: 1_232, createdAt: null },
  ...{ sameAs: null, isGenerated: true, isUpload: false, isArchived: false, seenIn: {}, firstSeen: at },
})
const said = (fileId: string, messageId: string) =>
  facts({ fileId: fileId as FileId, conversationId: 'c', messageId, sizeBytes: 1_232 })

async function joiningOf(...rows: readonly FileRow[]) {
  const journal = await openBackfillJournal(temporaryFolder())
  // Nothing is written, but known until the end.
  for (const row of rows) await journal.put(row).catch(() => {})
  const joined: string[] = []
  const joining = createJoining(journal, async (row, as) => void joined.push(`${row} is ${as}`))
  joining.begin()
  return { joining, joined }
}

describe('a row of the library', () => {
  it('is joined by a page of its conversation only where it names its message', async () => {
    const { joining, joined } = await joiningOf(rowOf('file-ofLibrary', null), rowOf('file-ofMessage', 'm1'))
    await joining.join([said('file-inChat', 'm1')], true)
    expect(joined).toEqual(['file-ofMessage is file-inChat'])
  })

  it('is not the picture that was taken for it', async () => {
    const { joining, joined } = await joiningOf(rowOf('file-one', null), rowOf('file-two', null))
    await joining.join([said('file-two', 'm2')])
    await joining.join([said('file-one', 'm1')])
    expect(joined).toEqual(['file-one is file-two'])
  })
})

it('two pictures of one conversation that are equally long, on two pages of it, stay two, and are asked for once', async () => {
  const site = await startAccount(60)
  // One by one, in pages.
  site.troubles.unprocessable = { at: /conversations\/batch/ }
  const made = [...site.world.pictures.values()].filter(({ role }) => role === 'generated')
  const run = await startBackfill({ site })
  await run.done()
  expect(hashesOf(run.root)).toEqual(truthOf(made))
  expect(run.journal.files().filter(({ sameAs }) => sameAs !== null)).toEqual([])
})
