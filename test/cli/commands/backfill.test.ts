import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../../src/archive/archive.ts'
import { frozenFile } from '../../../src/backfill/backfill.ts'
import { coverageOf } from '../../../src/backfill/coverage.ts'
import { openBackfillJournal } from '../../../src/backfill/journal.ts'
import { isAllThere } from '../../../src/cli/commands/backfill.ts'
import { main } from '../../../src/cli/main.ts'
import { temporaryFolder } from '../../fakes/folder.ts'
import { fileRow } from '../../fakes/history.ts'
import { createFakeIo } from '../../fakes/io.ts'
import { archiveOf, idOf } from '../../gallery/support.ts'

const run = async (...args: string[]) => {
  const io = createFakeIo()
  return { code: await main(args, io), out: io.out, err: io.err }
}

const at = '2026-11-29T08:00:00.000Z'

/** An archive of two pictures, and what is known of its account: these, one that was refused, one not asked for. */
async function archiveWithHistory() {
  const { root } = await archiveOf(2)
  const archive = await openArchive(root)
  const journal = await openBackfillJournal(root, archive.ready)
  await journal.put({ kind: 'counters', active: 4, archived: 0, at })
  for (const name of ['generated', 'library', 'library-images'])
    await journal.put({ kind: 'catalogue', name, walk: at, cursor: null, pages: 1, end: 'cursor', reason: null, at })
  for (const fileId of [`file-${idOf(0)}`, `file-${idOf(1)}`, 'file-refused', 'file-open'])
    await journal.put(fileRow(fileId, at))
  await archive.close()
  return root
}

describe('coverage', () => {
  it('says what the account holds, what the archive holds, and what lies between', async () => {
    const { code, out } = await run('coverage', '--archive', await archiveWithHistory())
    expect(code).toBe(0)
    expect(out).toContain('The account says: 4 pictures, and 0 archived')
    expect(out).toContain('List "generated": 4 files, read to its end')
    expect(out).toContain('4 files listed: 2 in the archive, 2 lacking')
    expect(out).toContain("Difference between the account's number and the archive: 2")
    expect(out).toContain('2 pictures not asked for yet → dalle-archiver backfill')
    expect(out).not.toMatch(/complete/i)
  })

  it('is one object with --json, and knows nothing of an account that was never asked', async () => {
    const known = JSON.parse((await run('coverage', '--archive', await archiveWithHistory(), '--json')).out)
    expect(known).toMatchObject({ event: 'coverage', held: 2, difference: 2, isComplete: false })
    expect(known.lacking).toHaveLength(2)
    expect(known.lacking[0]).toMatchObject({ reason: 'not-asked-yet', remedy: 'dalle-archiver backfill' })
    const { root } = await archiveOf(1)
    expect((await run('coverage', '--archive', root)).out).toMatch(/was not asked yet .* dalle-archiver backfill/)
    const unknown = JSON.parse((await run('coverage', '--archive', root, '--json')).out)
    expect(unknown).toMatchObject({ counters: null, listed: 0, records: 1, difference: null, isComplete: false })
    expect(existsSync(path.join(root, 'history'))).toBe(false)
  })

  it('is not complete while a conversation could not be read, and calls no upload lacking', async () => {
    const root = await archiveWithHistory()
    const archive = await openArchive(root)
    const journal = await openBackfillJournal(root, archive.ready)
    await journal.put({ kind: 'conversation', id: 'c', state: 'failed', before: null, reason: 'HTTP 500', at })
    const listed = { seenIn: { library: at }, isGenerated: false }
    await journal.put({ ...fileRow('file-upload', at), conversationId: null, ...listed })
    await journal.put({ ...fileRow('file-said', at), ...listed })
    await archive.close()
    const { out } = await run('coverage', '--archive', root)
    expect(out).toContain('1 conversation could not be read; HTTP 500 (2026-11-29) → dalle-archiver backfill')
    expect(out).toContain('6 files listed: 2 in the archive, 3 lacking, 1 not generated')
    expect(out).toContain('1 picture from a conversation that was not read yet; HTTP 500 (2026-11-29)')
  })

  it('says what to do if there is no archive', async () => {
    const { code, err } = await run('coverage', '--archive', '/nowhere/at/all')
    expect([code, err]).toEqual([8, expect.stringContaining('There is no archive at')])
  })
})

describe('backfill', () => {
  it.each([
    ['cursor', true],
    ['known', true],
    ['since', true],
    ['refused', false],
    ['empty', false],
    ['nothing-new', false],
  ] as const)('does not end as if all were there where a list has ended with "%s": %s', async (end, isThere) => {
    const root = temporaryFolder()
    const archive = await openArchive(root)
    const journal = await openBackfillJournal(root, archive.ready)
    for (const name of ['generated', 'library', 'library-images'])
      await journal.put({ kind: 'catalogue', name, walk: at, cursor: null, pages: 1, end, reason: null, at })
    await archive.close()
    expect(isAllThere(await coverageOf(root))).toBe(isThere)
  })

  it.each([
    [['--budget', '30'], /--budget 30 is not understood/],
    [['--budget', '0/h'], /--budget 0\/h/],
    [['--since', 'yesterday'], /--since yesterday is no day/],
    [['--since', '2026-13-40'], /--since 2026-13-40/],
    [['--freeze', '--thaw'], /--freeze|--thaw/],
  ])('%j is refused in a line, exit 2', async (args, said) => {
    const { root } = await archiveOf(1)
    const { code, out, err } = await run('backfill', '--archive', root, ...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(said)
  })

  it('--freeze and --thaw switch at once, beside whoever holds the lock', async () => {
    const { root } = await archiveOf(1)
    const holder = await openArchive(root, { isLocked: true })
    expect((await run('backfill', '--archive', root, '--freeze')).code).toBe(0)
    expect(existsSync(frozenFile(root))).toBe(true)
    expect((await run('backfill', '--archive', root, '--thaw')).code).toBe(0)
    expect(existsSync(frozenFile(root))).toBe(false)
    await holder.close()
  })
})
