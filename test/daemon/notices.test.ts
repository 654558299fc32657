import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTroubles, type Trouble } from '../../src/archive/troubles.ts'
import { createNotices } from '../../src/daemon/notices.ts'
import { isTrouble } from '../../src/status/troubles.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Notices by a clock that a test sets; `again` is the next run over the same archive. */
async function setUp(root = temporaryFolder(), startMs = Date.UTC(2026, 10, 29, 9)) {
  let moment = startMs
  const told: Trouble[] = []
  put(path.join(root, 'pending', 'README'), '')
  const troubles = await openTroubles(root, async () => {})
  const notices = createNotices({ troubles, now: () => new Date(moment), tell: (trouble) => void told.push(trouble) })
  const pass = (ms: number) => {
    for (const end = moment + ms; moment < end; ) {
      moment = Math.min(end, moment + minuteMs)
      notices.look()
    }
  }
  return {
    ...{ notices, troubles, pass },
    signs: notices.signsOf(null),
    kinds: () => told.map(({ kind }) => kind),
    async again() {
      await notices.written()
      return setUp(root, moment)
    },
  }
}

describe('a trouble', () => {
  it('is told once, however often it shows', async () => {
    const { signs, pass, kinds } = await setUp()
    for (let times = 0; times < 100; times++) signs.seen('disk-full', '0.5 GB are left')
    pass(23 * hourMs)
    expect(kinds()).toEqual(['disk-full'])
  })

  it('is told once more each day that it lasts', async () => {
    const { signs, pass, kinds } = await setUp()
    signs.seen('disk-full')
    pass(3 * dayMs - hourMs)
    expect(kinds()).toHaveLength(3)
  })

  it('is told again when it was over', async () => {
    const { signs, kinds } = await setUp()
    signs.seen('browser', 'none was found')
    signs.over('browser')
    signs.seen('browser', 'none was found')
    expect(kinds()).toEqual(['browser', 'browser'])
  })

  it('is told by one of many restarts', async () => {
    let run = await setUp()
    let told = 0
    for (let restarts = 0; restarts < 5; restarts++) {
      run.signs.seen('browser', 'it does not start')
      told += run.kinds().length
      run = await run.again()
    }
    expect(told).toBe(1)
  })

  it('is told of each profile', async () => {
    const { notices, kinds, pass } = await setUp()
    for (const profile of ['work', 'home']) notices.signsOf(profile).seen('logged-out')
    notices.signsOf('home').over('logged-out')
    pass(hourMs)
    expect(kinds()).toEqual(['logged-out'])
  })
})

describe('nobody is logged in', () => {
  it('is known at once, and told after some minutes', async () => {
    const { signs, troubles, pass, kinds } = await setUp()
    signs.seen('logged-out')
    pass(4 * minuteMs)
    expect([kinds(), troubles.all().filter(isTrouble)]).toMatchObject([[], [{ kind: 'logged-out' }]])
    pass(minuteMs)
    expect(kinds()).toEqual(['logged-out'])
  })

  it('is not told to who logs in meanwhile', async () => {
    const { signs, troubles, pass, kinds } = await setUp()
    signs.seen('logged-out')
    pass(4 * minuteMs)
    signs.over('logged-out')
    pass(dayMs)
    expect([kinds(), troubles.all()]).toEqual([[], []])
  })

  it('is not told of an earlier run, before this one has seen it', async () => {
    const before = await setUp()
    before.signs.seen('logged-out')
    before.pass(minuteMs)
    const run = await before.again()
    run.pass(hourMs)
    expect(run.kinds()).toEqual([])
    run.signs.seen('logged-out')
    run.pass(5 * minuteMs)
    expect(run.kinds()).toEqual(['logged-out'])
  })
})

describe('the site has changed', () => {
  it('is told when pictures went by for a day and nothing was read, over restarts too', async () => {
    const first = await setUp()
    for (let times = 0; times < 4; times++) first.signs.seen('site-changed')
    first.pass(23 * hourMs)
    first.signs.seen('site-changed')
    expect(first.kinds()).toEqual([])
    const second = await first.again()
    second.pass(hourMs)
    expect(second.kinds()).toEqual([])
    second.signs.seen('site-changed')
    expect(second.kinds()).toEqual(['site-changed'])
  })

  it('is not told when one of them could be read', async () => {
    const { signs, pass, kinds } = await setUp()
    for (let hours = 0; hours < 72; hours++) {
      signs.seen('site-changed')
      if (hours % 20 === 0) signs.over('site-changed')
      pass(hourMs)
    }
    expect(kinds()).toEqual([])
  })

  it('is not told of a few pictures, which may be anybody’s', async () => {
    const { signs, pass, kinds } = await setUp()
    for (let days = 0; days < 4; days++) {
      signs.seen('site-changed')
      pass(dayMs)
    }
    expect(kinds()).toEqual([])
  })
})

it('lines that are none of ours are passed over', async () => {
  const root = temporaryFolder()
  const since = new Date(Date.UTC(2026, 10, 29)).toISOString()
  const line = { kind: 'browser', since, last: since, count: 1, detail: 'x', notifiedAt: null, profile: null }
  const lines = ['{', '{"kind":"browser"}', JSON.stringify({ ...line, kind: 'moon' }), JSON.stringify(line)]
  put(path.join(root, 'pending', 'troubles.ndjson'), `${lines.join('\n')}\n`)
  expect((await openTroubles(root)).all()).toEqual([{ ...line, since: new Date(since), last: new Date(since) }])
})
