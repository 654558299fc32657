import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { openOddities } from '../../src/archive/oddities.ts'
import { openTroubles } from '../../src/archive/troubles.ts'
import { readTotals, saveTotals } from '../../src/catalogue/totals.ts'
import { chartOf } from '../../src/cli/commands/status.ts'
import { main } from '../../src/cli/main.ts'
import { createOddityLog } from '../../src/daemon/oddity-log.ts'
import { statusOf } from '../../src/status/status.ts'
import { verify } from '../../src/verify/verify.ts'
import { facts, fileId, noon } from '../fakes/facts.ts'
import { filesBelow, put, temporaryFolder } from '../fakes/folder.ts'
import { createFakeIo } from '../fakes/io.ts'
import { archiveOf, keepAll, nthFacts } from '../gallery/support.ts'

const now = () => new Date()

describe('the totals of an archive', () => {
  it('count pictures and bytes by month, maker and origin', async () => {
    const { root, records } = await archiveOf(40)
    const { all, months } = await readTotals(root)
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0)
    expect(all).toMatchObject({ pictures: 40, bytes, origins: { live: 40 }, makers: { dalle: 40 } })
    expect([all.first, all.last]).toEqual([noon.getTime() / 1000, Math.floor(nthFacts(39).createdAt.getTime() / 1000)])
    expect([...months].map(([month, { pictures }]) => [month, pictures])).toEqual([
      ['2023-10', 3],
      ['2023-11', 30],
      ['2023-12', 7],
    ])
  })

  it('are the same from the cache, which no changed folder is believed of', async () => {
    const { root } = await archiveOf(3)
    await saveTotals(root)
    const cache = path.join(root, '.cache/totals.ndjson')
    // A cache that says something else is believed, so it is really read.
    put(cache, readFileSync(cache, 'utf8').replace('"pictures":1', '"pictures":1001'))
    expect((await readTotals(root)).all.pictures).toBe(1_003)
    await keepAll(root, [
      nthFacts(0, { fileId: fileId('file-another') }),
      nthFacts(1, { fileId: fileId('file-third') }),
      nthFacts(2, { fileId: fileId('file-fourth') }),
    ])
    expect((await readTotals(root)).all.pictures).toBe(6)
  })

  it.each(['{', '{}\n', '{"folder":"2023/10/29","modifiedMs":"x"}\n', '\u0000'])(
    'are read anew when the cache is %j',
    async (text) => {
      const { root } = await archiveOf(2)
      put(path.join(root, '.cache/totals.ndjson'), text)
      expect((await readTotals(root)).all.pictures).toBe(2)
    },
  )
})

describe('troubles', () => {
  it('are told by status with their profile and what to do, until they are over', async () => {
    const { root } = await archiveOf(1)
    const troubles = await openTroubles(root, async () => {})
    const since = new Date(2026, 10, 29, 9, 5)
    const sign = { since, last: since, count: 1, detail: '', notifiedAt: null }
    await troubles.set({ ...sign, kind: 'logged-out', profile: 'work' })
    await troubles.set({ ...sign, kind: 'site-changed', profile: null, count: 4 })
    const io = createFakeIo()
    expect(await main(['status', '--archive', root], io)).toBe(0)
    expect(io.out).toContain(
      'work: Nobody is logged in to ChatGPT, so no pictures come. (since 2026-11-29 09:05) → log in',
    )
    // Four pictures are no proof.
    expect((await statusOf(root, now())).troubles.map(({ kind, profile }) => [kind, profile])).toEqual([
      ['logged-out', 'work'],
    ])
    await troubles.delete('logged-out', 'work')
    expect((await statusOf(root, now())).troubles).toEqual([])
  })

  it('of a disk that has room again are none', async () => {
    const { root } = await archiveOf(1)
    const troubles = await openTroubles(root, async () => {})
    await troubles.set({
      kind: 'disk-full',
      profile: null,
      since: now(),
      last: now(),
      count: 1,
      detail: '',
      notifiedAt: null,
    })
    expect((await statusOf(root, now())).troubles).toEqual([])
  })
})

describe('status', () => {
  it('says who writes, what waits, what was odd with what to do, and when each was done last', async () => {
    const { root } = await archiveOf(2)
    await verify({ root, now })
    put(path.join(root, 'imports/0123456789ab/summary.json'), '{}')
    const archive = await openArchive(root, { isLocked: true })
    await archive.pending.keepFacts(facts({ fileId: fileId('file-waits'), createdAt: noon }))
    await archive.pending.keepBytes(fileId('file-bytes'), { bytes: Buffer.from('x'), host: null, receivedAt: now() })
    const log = await createOddityLog(root, archive.check, now)
    for (const detail of ['first', 'second']) log.note({ kind: 'load-unseen', detail })
    log.note({ kind: 'never-heard-of', detail: '' })
    await log.close()
    const status = await statusOf(root, now())
    expect(status).toMatchObject({
      isRunning: true,
      holder: { pid: process.pid, isAlive: true },
      all: { pictures: 2 },
      waiting: { facts: 1, factsSince: noon, bytes: 1, bytesSince: expect.any(Date) },
      last: { backfill: null, import: expect.any(Date), verify: expect.any(Date) },
      disk: { freeBytes: expect.any(Number), daysLeft: null },
    })
    expect(status.oddities).toMatchObject([
      { kind: 'load-unseen', count: 2, detail: 'second', remedy: 'reload that tab to be sure' },
      { kind: 'never-heard-of', count: 1, remedy: expect.stringContaining('--record') },
    ])
    await archive.close()
    expect(await statusOf(root, now())).toMatchObject({ isRunning: false, holder: null })
  })

  it('is not running when the process that held the archive has ended', async () => {
    const { root } = await archiveOf(1)
    const archive = await openArchive(root, { isLocked: true })
    const lock = path.join(root, '.dalle-archiver.lock')
    const text = readFileSync(lock, 'utf8')
    await archive.close()
    put(lock, text.replace(`"pid": ${process.pid}`, '"pid": 4194303'))
    expect(await statusOf(root, now())).toMatchObject({ isRunning: false, holder: { pid: 4_194_303, isAlive: false } })
  })

  it('tells how long the disk lasts at the pace of the last days', async () => {
    const root = temporaryFolder()
    const today = new Date()
    await keepAll(root, [facts({ createdAt: today })], 20_000)
    const { disk } = await statusOf(root, today)
    expect(disk?.daysLeft).toBeGreaterThan(0)
    expect(disk?.daysLeft ?? 0).toBeLessThanOrEqual((disk?.freeBytes ?? 0) / (20_000 / 62))
  })

  it('writes nothing: on a disk that cannot be written, and beside a watch', async () => {
    const { root } = await archiveOf(2)
    const before = filesBelow(root)
    const times = () => execFileSync('find', ['.', '-printf', '%p %T@\\n'], { cwd: root, encoding: 'utf8' })
    const told = times()
    chmodSync(root, 0o555)
    const io = createFakeIo()
    expect(await main(['status', '--archive', root], io)).toBe(0)
    chmodSync(root, 0o755)
    expect(io.out).toContain('2 pictures')
    expect(io.out).toContain('Not running')
    expect(filesBelow(root)).toEqual(before)
    expect(times()).toBe(told)
  })

  it('is one object with --json, and a chart where there is a terminal', async () => {
    const { root } = await archiveOf(40)
    const io = createFakeIo()
    await main(['status', '--archive', root, '--json'], io)
    expect(JSON.parse(io.out)).toMatchObject({
      event: 'status',
      all: { pictures: 40 },
      months: { '2023-11': { pictures: 30 } },
    })
    const terminal = createFakeIo({ isTerminal: true, columns: 60 })
    await main(['status', '--archive', root], terminal)
    expect(terminal.out).toMatch(/2023-10 █+ 3\n2023-11 █+ 30\n2023-12 █+ 7\n/)
    for (const line of terminal.out.split('\n').filter((one) => one.includes('█'))) expect(line.length).toBeLessThan(60)
    const elsewhere = createFakeIo()
    expect(await main(['status', '--archive', path.join(root, 'nowhere')], elsewhere)).toBe(8)
  })

  it('shows months without a picture between others, and one picture among thousands', () => {
    const tally = (pictures: number) => ({ pictures, bytes: 0, first: null, last: null, makers: {}, origins: {} })
    expect(chartOf({ '2025-11': tally(5_000), '2026-01': tally(1) }, 40)).toEqual([
      `2025-11 ${'█'.repeat(25)} 5,000`,
      '2025-12 0',
      '2026-01 █ 1',
    ])
    expect(chartOf({}, 80)).toEqual([])
  })
})

describe('several profiles', () => {
  /** Three pictures, of which two accounts share one, and one has no label. */
  async function ofTwo() {
    const root = temporaryFolder()
    await keepAll(root, [nthFacts(0, { profiles: ['work'] }), nthFacts(1, { profiles: ['work', 'home'] }), nthFacts(2)])
    return root
  }

  it('are counted each, a picture that two have shown in both', async () => {
    const root = await ofTwo()
    const status = await statusOf(root, now())
    expect(status).toMatchObject({ profile: null, all: { pictures: 3 }, profiles: { home: 1, work: 2 } })
    const io = createFakeIo()
    await main(['status', '--archive', root], io)
    expect(io.out).toContain('By profile: work 2, home 1')
    await saveTotals(root)
    expect((await statusOf(root, now())).profiles).toEqual({ home: 1, work: 2 })
    const { root: plain } = await archiveOf(1)
    const without = createFakeIo()
    await main(['status', '--archive', plain], without)
    expect(without.out).not.toContain('profile')
  })

  it('can be looked at alone', async () => {
    const root = await ofTwo()
    const archive = await openArchive(root)
    await archive.pending.keepFacts(facts({ fileId: fileId('file-waits'), profiles: ['home'] }))
    await archive.close()
    put(path.join(root, 'history/profile-home/journal.ndjson'), '')
    const home = await statusOf(root, now(), 'home')
    expect(home).toMatchObject({
      profile: 'home',
      all: { pictures: 1 },
      waiting: { facts: 1 },
      last: { backfill: null },
    })
    expect(Object.values(home.months).map(({ pictures }) => pictures)).toEqual([1])
    expect(await statusOf(root, now(), 'work')).toMatchObject({ all: { pictures: 2 }, waiting: { facts: 0 } })
    expect(await statusOf(root, now(), 'other')).toMatchObject({ all: { pictures: 0, first: null }, months: {} })
    const io = createFakeIo()
    await main(['status', '--archive', root, '--profile', 'home', '--json'], io)
    expect(JSON.parse(io.out)).toMatchObject({ profile: 'home', all: { pictures: 1 } })
  })

  it('have troubles of their own, which are named', async () => {
    const root = await ofTwo()
    const archive = await openArchive(root, { isLocked: true })
    const log = await createOddityLog(root, archive.check, now)
    log.note({ kind: 'load-unseen', detail: 'a' }, 'home')
    log.note({ kind: 'load-unseen', detail: 'b' })
    await log.close()
    const signs = { since: now(), last: now(), count: 1, notifiedAt: null }
    const troubles = await openTroubles(root, archive.check)
    await troubles.set({ kind: 'browser', profile: 'work', detail: 'The browser crashed.', ...signs })
    await troubles.set({ kind: 'logged-out', profile: 'home', detail: '', ...signs })
    await archive.close()
    const io = createFakeIo()
    await main(['status', '--archive', root], io)
    expect(io.out).toContain('Odd: home: load-unseen, 1 time')
    expect(io.out).toContain('Odd: load-unseen, 1 time')
    expect(io.out).toMatch(/^work: There is no browser to watch.*The browser crashed\./m)
    expect(io.out).toMatch(/^home: Nobody is logged in/m)
    const work = await statusOf(root, now(), 'work')
    expect([work.troubles.map(({ kind }) => kind), work.oddities]).toEqual([['browser'], []])
  })
})

it('oddities are kept over runs, and lines that are none are passed over', async () => {
  const root = temporaryFolder()
  const ready = async () => {}
  put(path.join(root, 'pending/oddities.ndjson'), 'torn\n{"kind":"x"}\n')
  const at = (day: number) => new Date(2026, 0, day)
  const first = await openOddities(root, ready)
  await first.add({ kind: 'a', profile: null, count: 2, detail: 'old', first: at(1), last: at(2) })
  const second = await openOddities(root, ready)
  await second.add({ kind: 'a', profile: null, count: 3, detail: 'new', first: at(3), last: at(4) })
  expect((await openOddities(root)).all()).toEqual([
    { kind: 'a', profile: null, count: 5, detail: 'new', first: at(1), last: at(4) },
  ])
})
