import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { coverageOf } from '../../src/backfill/coverage.ts'
import { openBackfillJournal } from '../../src/backfill/journal.ts'
import { tableOf } from '../../src/cli/commands/coverage.ts'
import { main } from '../../src/cli/main.ts'
import { facts, fileId } from '../fakes/facts.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'
import { fileRow } from '../fakes/history.ts'
import { createFakeIo } from '../fakes/io.ts'

const lists = ['generated', 'library', 'library-images'] as const
const [before, today, later] = ['2026-11-20T08:00:00.000Z', '2026-11-29T08:00:00.000Z', '2026-11-29T09:00:00.000Z']

const walked = (name: string, more: object = {}) => ({
  ...{ kind: 'catalogue', name, walk: today, cursor: null, pages: 1, end: 'cursor', reason: null, at: later },
  ...more,
})
const listed = (fileId: string, more: object = {}) => ({ ...fileRow(fileId, today), firstSeen: before, ...more })
const conversation = (id: string, state: string, more: object = {}) => ({
  ...{ kind: 'conversation', id, state, before: null, reason: null, at: today, ...more },
})
const counters = { kind: 'counters', active: 3, archived: 1, at: today }
const allWalked = [counters, ...lists.map((name) => walked(name))]
const ndjson = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const journalIn = (root: string) => path.join(root, 'history/journal.ndjson')

/** An archive with these rows in its journal, and with records of these files. */
function archiveWith(rows: readonly object[], records: Readonly<Record<string, string>> = {}): string {
  const root = temporaryFolder()
  put(journalIn(root), ndjson(rows))
  for (const [id, origin] of Object.entries(records))
    put(path.join(root, `database/2026/11/29/gen-${id}.json`), JSON.stringify({ source: { origin } }))
  return root
}

const failed = (root: string, ...attempts: readonly object[]) =>
  put(path.join(root, 'pending/attempts.ndjson'), ndjson(attempts))

const rowsIn = async (root: string) =>
  Object.fromEntries((await coverageOf(root)).rows.map(({ kind, remedy: _, ...row }) => [kind, row]))

describe('what was refused', () => {
  it('is told with what the site said and from when to when; only 404 throughout is "not found"', async () => {
    const root = archiveWith([...allWalked, ...['gone', 'forbidden', 'broken'].map((id) => listed(`file-${id}`))])
    failed(
      root,
      { key: 'file-gone', count: 3, reason: 'HTTP 404, HTTP 404', since: before, at: today },
      { key: 'file-forbidden', count: 1, reason: 'HTTP 404, HTTP 403', since: today, at: today },
      { key: 'file-broken', count: 2, reason: 'HTTP 500', since: before, at: later },
    )
    expect(await rowsIn(root)).toEqual({
      'not-found': { count: 1, said: { 'HTTP 404': 1 }, first: before, last: today },
      refused: { count: 2, said: { 'HTTP 404, HTTP 403': 1, 'HTTP 500': 1 }, first: before, last: later },
    })
    const text = tableOf(await coverageOf(root)).join('\n')
    expect(text).toContain('1 picture not found: deleted, or of another account (the site says the same of both)')
    expect(text).toContain('HTTP 404 (2026-11-20 to 2026-11-29) → dalle-archiver backfill, logged in to')
    expect(text).toContain('2 pictures refused; 1 × HTTP 404, HTTP 403, 1 × HTTP 500 (2026-11-20 to 2026-11-29)')
  })

  it('of a conversation is dated from its first refusal until it is read', async () => {
    const root = archiveWith([])
    const archive = await openArchive(root)
    const journal = await openBackfillJournal(root, archive.ready)
    const note = (state: 'failed' | 'wanted' | 'read', at: string) =>
      journal.put({ kind: 'conversation', id: 'c', state, before: null, reason: 'HTTP 500', at })
    await note('failed', before)
    await note('wanted', today)
    await note('failed', later)
    expect((await rowsIn(root))['conversation-refused']).toMatchObject({ first: before, last: later })
    await note('read', later)
    expect(await rowsIn(root)).toEqual({})
    await note('failed', later)
    expect((await rowsIn(root))['conversation-refused']).toMatchObject({ first: later, last: later })
    await archive.close()
  })
})

describe('a conversation that is not found', () => {
  const rows = [
    ...allWalked,
    listed('file-kept', { conversationId: 'gone' }),
    listed('file-open', { conversationId: 'gone', isGenerated: false }),
    listed('file-other', { conversationId: 'there' }),
  ]

  it('leaves pictures that are kept, and others that nothing else says to be generated', async () => {
    const gone = conversation('gone', 'gone', { reason: 'HTTP 404', refusedSince: before })
    const root = archiveWith([...rows, gone], { kept: 'history', other: 'live' })
    const told = { count: 1, said: { 'HTTP 404': 1 }, first: before, last: today }
    expect(await rowsIn(root)).toEqual({ 'conversation-gone': told, 'kept-conversation-gone': told })
  })

  it('is none that was read', async () => {
    const root = archiveWith([...rows, conversation('gone', 'read')], { kept: 'history', other: 'live' })
    expect(await rowsIn(root)).toEqual({})
    expect(await coverageOf(root)).toMatchObject({ held: 2, lackingListed: 0, uploads: 1 })
  })
})

describe('a picture that no list names any more', () => {
  const old = listed('file-old', { seenIn: { generated: before } })

  it('is deleted or of another account, when every list was read to its end', async () => {
    const { lacking } = await coverageOf(archiveWith([...allWalked, old]))
    expect(lacking).toMatchObject([{ reason: 'unlisted', remedy: expect.stringContaining('logged in to') }])
  })

  it.each([
    ['one was refused', walked('library', { end: 'refused' })],
    ['one was read only as far as it was new', walked('library', { end: 'known', isWhole: true })],
    ['another has it', walked('generated', { walk: before })],
  ])('is only not asked for yet when %s', async (_, row) => {
    const { lacking } = await coverageOf(archiveWith([...allWalked, row, old]))
    expect(lacking).toMatchObject([{ reason: 'not-asked-yet' }])
  })
})

describe('what only an export has named', () => {
  const evidence = 'imports/one/evidence.ndjson'

  it('is lacking when the export did not hold its image, and is told apart when it is kept', async () => {
    const root = archiveWith([...allWalked, listed('file-listed')], { listed: 'live', kept: 'export', seen: 'live' })
    const left = ['lost', 'kept', 'listed'].map((id) => ({ facts: facts({ fileId: fileId(`file-${id}`) }) }))
    put(path.join(root, evidence), ndjson([{ id: 'file-lost', name: 'x.png' }, ...left]))
    const { lacking, isComplete } = await coverageOf(root)
    expect(lacking).toMatchObject([{ fileId: 'file-lost', reason: 'only-in-export' }])
    expect(isComplete).toBe(false)
    expect(await rowsIn(root)).toMatchObject({ 'kept-only-export': { count: 1 }, 'kept-unlisted': { count: 1 } })
  })

  it('is not known to be so before all lists were read', async () => {
    const root = archiveWith([counters, walked('generated'), listed('file-listed')], { kept: 'export' })
    expect(await rowsIn(root)).toEqual({ 'not-asked-yet': expect.objectContaining({ count: 1 }) })
  })
})

it('facts without an image and images without facts are counted apart', async () => {
  const root = temporaryFolder()
  const { pending, close } = await openArchive(root)
  await pending.keepFacts(facts({ fileId: fileId('file-facts') }))
  const bytes = { bytes: Buffer.from('x'), host: null, receivedAt: new Date(today) }
  await pending.keepBytes(fileId('file-bytes'), bytes)
  await pending.keepBytes(fileId('file-more'), bytes)
  await close()
  expect(await coverageOf(root)).toMatchObject({ isAsked: false, waiting: { facts: 1, bytes: 2 } })
  const text = tableOf(await coverageOf(root)).join('\n')
  expect(text).toContain('1 picture waiting for an image, the facts are known → dalle-archiver backfill')
  expect(text).toContain('2 images waiting for facts → dalle-archiver backfill --all')
})

describe('each list', () => {
  it('is told with its distinct files: of the last walk, or of all when that did not come to its end', async () => {
    const files = [listed('file-a'), listed('file-a'), listed('file-b', { seenIn: { generated: before } })]
    const ends = async (end: string | null) =>
      (await coverageOf(archiveWith([walked('generated', { end }), ...files]))).catalogues[0]
    expect(await ends('cursor')).toMatchObject({ name: 'generated', files: 1, end: 'cursor' })
    expect(await ends('known')).toMatchObject({ files: 2, end: 'known' })
    expect(await ends(null)).toMatchObject({ files: 2, end: null })
  })

  it('is told also when it was never asked for', async () => {
    const text = tableOf(await coverageOf(archiveWith([counters, walked('generated')]))).join('\n')
    expect(text).toContain('List "library": 0 files, never asked for')
  })
})

describe('an archive is called complete', () => {
  const word = /\bcomplete\b/i
  const rows = [...allWalked, listed('file-a')]
  const textOf = async (root: string) => tableOf(await coverageOf(root)).join('\n')

  it('when every list was read to its end on one day and nothing is lacking, with that day and the difference', async () => {
    const text = await textOf(archiveWith(rows, { a: 'live' }))
    expect(text).toContain('Complete on 2026-11-29')
    expect(text).toContain("Difference between the account's number and the archive: 3")
  })

  it.each([
    ['a list ended otherwise', walked('library', { end: 'nothing-new' })],
    ['a list was read no further than what was known', walked('library', { end: 'known', isWhole: true })],
    ['a list is being read', walked('library', { end: null })],
    ['a list was read on another day', walked('library', { walk: before, at: before })],
    ['a walk went on over midnight', walked('library', { walk: '2026-11-28T23:59:00.000Z' })],
    ['a conversation could not be read', conversation('d', 'failed')],
    ['a picture is lacking', listed('file-b')],
  ])('never when %s', async (_, row) => {
    expect(await textOf(archiveWith([...rows, row], { a: 'live' }))).not.toMatch(word)
  })

  it('never when a list was not asked for', async () => {
    const some = rows.filter((row) => !('name' in row && row.name === 'library'))
    expect(await textOf(archiveWith(some, { a: 'live' }))).not.toMatch(word)
  })
})

describe('a long journal', () => {
  const many = Array.from({ length: 6_000 }, (_, n) => listed(`file-${n}`, { conversationId: `c${n}` }))
  const rows = [...allWalked, ...many, conversation('c1', 'gone', { reason: 'HTTP 404' }), conversation('c2', 'read')]
  const digestIn = (root: string) => path.join(root, '.cache/account.json')

  it('leaves a digest that says the same, and is no longer believed once the journal has changed', async () => {
    const root = archiveWith(rows, { 1: 'live' })
    const first = await coverageOf(root)
    const digest = readFileSync(digestIn(root), 'utf8')
    expect(first).toMatchObject({ listed: 6_000, held: 1, lackingListed: 5_999, difference: 3 })
    expect(await coverageOf(root)).toEqual(first)
    // It is read: what somebody changes in it is told.
    put(digestIn(root), digest.replace('"active":3', '"active":8'))
    expect((await coverageOf(root)).difference).toBe(8)
    appendFileSync(journalIn(root), ndjson([listed('file-new')]))
    expect(await coverageOf(root)).toMatchObject({ listed: 6_001, difference: 3 })
  })

  it.each([['{'], ['{}'], ['{"of":"x"}'], ['']])('is read itself when the digest is %s', async (text) => {
    const root = archiveWith(rows)
    const first = await coverageOf(root)
    put(digestIn(root), text)
    expect(await coverageOf(root)).toEqual(first)
    expect(readFileSync(digestIn(root), 'utf8')).toContain('file-5999')
  })

  it('is read itself when a column of the digest is too short', async () => {
    const root = archiveWith(rows)
    const first = await coverageOf(root)
    put(digestIn(root), readFileSync(digestIn(root), 'utf8').replace('file-0\\n', ''))
    expect(await coverageOf(root)).toEqual(first)
  })

  it('and a short one leaves none', async () => {
    const root = archiveWith(allWalked)
    await coverageOf(root)
    expect(existsSync(path.join(root, '.cache'))).toBe(false)
  })
})

describe('the journal', () => {
  it('holds one line for each row once whoever may write has opened it', async () => {
    const root = archiveWith([counters, listed('file-a'), listed('file-a', { isArchived: true }), listed('file-b')])
    await openBackfillJournal(root)
    expect(readFileSync(journalIn(root), 'utf8').split('\n')).toHaveLength(5)
    const archive = await openArchive(root)
    const journal = await openBackfillJournal(root, archive.ready)
    await archive.close()
    expect(readFileSync(journalIn(root), 'utf8').split('\n')).toHaveLength(4)
    expect(journal.file('file-a')).toMatchObject({ isArchived: true })
  })

  it.each([
    ['an unknown kind', { ...counters, kind: 'toString' }],
    ['a number as text', { ...counters, active: '3' }],
    ['a day without a time', { ...counters, at: '2026-11-29' }],
    ['a missing field', { kind: 'counters', active: 3, at: today }],
    ['no object', [counters]],
  ])('passes over a line with %s', async (_, line) => {
    expect((await openBackfillJournal(archiveWith([line]))).counters).toBeUndefined()
    expect((await openBackfillJournal(archiveWith([line, counters]))).counters).toMatchObject({ active: 3 })
  })

  it.each([
    ['a list that saw it at no moment', listed('file-a', { seenIn: { generated: 3 } })],
    ['an id that is too long', listed('x'.repeat(8_001))],
    ['a conversation in no state that there is', conversation('c', 'lost')],
    ['an end that there is not', walked('generated', { end: 'whole' })],
  ])('and over %s', async (_, line) => {
    const journal = await openBackfillJournal(archiveWith([line]))
    expect([journal.files(), journal.conversations(), journal.catalogues()]).toEqual([[], [], []])
  })
})

describe('several accounts', () => {
  const rowsOf = (active: number, ...ids: string[]) => [
    ...[{ ...counters, active, archived: 0 }, ...lists.map((name) => walked(name))],
    ...ids.map((id) => listed(id)),
  ]
  const recordAt = (root: string, id: string, profiles?: string[]) =>
    put(path.join(root, `database/2026/11/29/gen-${id}.json`), JSON.stringify({ source: { origin: 'live' }, profiles }))

  /** Two accounts that share a picture, each with one that is lacking. */
  function twoAccounts() {
    const root = temporaryFolder()
    put(path.join(root, 'history/profile-work/journal.ndjson'), ndjson(rowsOf(2, 'file-shared', 'file-work')))
    put(path.join(root, 'history/profile-home/journal.ndjson'), ndjson(rowsOf(3, 'file-shared', 'file-home')))
    recordAt(root, 'shared', ['home', 'work'])
    return root
  }

  it('are compared each by itself: nothing that one lists or lacks is said of the other', async () => {
    const root = twoAccounts()
    const of = async (profile: string) => {
      const { lacking, ...coverage } = await coverageOf(root, profile)
      return { ...coverage, lacking: lacking.map(({ fileId }) => fileId) }
    }
    const profiles = ['home', 'work']
    expect(await of('work')).toMatchObject({
      profile: 'work',
      profiles,
      held: 1,
      difference: 1,
      lacking: ['file-work'],
    })
    expect(await of('home')).toMatchObject({
      profile: 'home',
      profiles,
      held: 1,
      difference: 2,
      lacking: ['file-home'],
    })
    expect(await coverageOf(root)).toMatchObject({ profile: 'home' })
    expect(await of('WORK')).toMatchObject({ profile: 'work', held: 1 })
    expect(await of('never')).toMatchObject({ isAsked: false, lacking: [], held: 0 })
  })

  it('have refusals of their own', async () => {
    const root = twoAccounts()
    const attempt = { key: 'file-home', count: 1, reason: 'HTTP 404', since: before, at: today }
    put(path.join(root, 'pending/attempts-work.ndjson'), ndjson([attempt]))
    expect((await coverageOf(root, 'home')).lacking).toMatchObject([{ reason: 'not-asked-yet' }])
    put(path.join(root, 'pending/attempts-home.ndjson'), ndjson([attempt]))
    expect((await coverageOf(root, 'home')).lacking).toMatchObject([{ reason: 'not-found' }])
  })

  it('keep what no list names for the profile that has shown it', async () => {
    const root = twoAccounts()
    recordAt(root, 'live', ['work'])
    recordAt(root, 'old')
    const kept = async (profile: string) =>
      (await coverageOf(root, profile)).rows.filter(({ kind }) => kind === 'kept-unlisted')
    expect(await kept('work')).toMatchObject([{ count: 1 }])
    expect(await kept('home')).toEqual([])
  })

  it('wait for what they have said themselves', async () => {
    const root = twoAccounts()
    const archive = await openArchive(root)
    await archive.pending.keepFacts(facts({ fileId: fileId('file-a'), profiles: ['work'] }))
    await archive.pending.keepFacts(facts({ fileId: fileId('file-b') }))
    const waiting = async (profile: string) => (await coverageOf(root, profile)).waiting.facts
    expect([await waiting('work'), await waiting('home')]).toEqual([2, 1])
    await archive.close()
  })

  it('stand beside one without a label that was asked before, in a table each', async () => {
    const root = twoAccounts()
    put(journalIn(root), ndjson(rowsOf(1, 'file-old')))
    expect(await coverageOf(root)).toMatchObject({ profile: null, profiles: [null, 'home', 'work'] })
    const io = createFakeIo()
    expect(await main(['coverage', '--archive', root], io)).toBe(0)
    const heads = io.out.split('\n').filter((line) => /^(Profile|The account without)/.test(line))
    expect(heads).toEqual(['The account without a label', 'Profile "home"', 'Profile "work"'])
    const one = createFakeIo()
    await main(['coverage', '--archive', root, '--json', '--profile', 'work'], one)
    expect(JSON.parse(one.out)).toMatchObject({ event: 'coverage', profile: 'work', held: 1 })
    const wrong = createFakeIo()
    expect(await main(['coverage', '--archive', root, '--profile', '../work'], wrong)).toBe(2)
    expect(wrong.err).toContain('--profile "../work" is no label')
  })

  it('are told from folders that are none of ours', async () => {
    const root = twoAccounts()
    for (const name of ['profile-', 'profile-.', 'profile-a@b', 'workspace-0123456789ab', 'work'])
      put(path.join(root, 'history', name, 'journal.ndjson'), '')
    expect((await coverageOf(root)).profiles).toEqual(['home', 'work'])
  })
})
