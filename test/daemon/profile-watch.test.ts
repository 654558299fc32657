import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from '../../src/archive/archive.ts'
import { openTurnsFile, readOpenTurns } from '../../src/archive/open-turns.ts'
import { attemptsFile, openAttempts } from '../../src/ask/attempts.ts'
import { configFor } from '../../src/config.ts'
import { createBrowserClaims } from '../../src/daemon/browser-claims.ts'
import type { WatchEvent } from '../../src/daemon/events.ts'
import { openProfileWatch, type ProfileWatch } from '../../src/daemon/profile-watch.ts'
import { servicesOf } from '../../src/daemon/services.ts'
import { ArchiverError } from '../../src/errors.ts'
import { temporaryFolder } from '../fakes/folder.ts'
import { quietIntake } from '../fakes/intake.ts'
import { until } from '../fakes/until.ts'

const now = () => new Date('2026-11-29T12:00:00Z')

/** Profiles over one archive, each with a browser that nobody can connect to. */
async function opened(...labels: (string | null)[]) {
  const root = temporaryFolder()
  const archive = await openArchive(root, { now })
  const intake = quietIntake(archive, { now })
  onTestFinished(() => intake.close().then(archive.close))
  const events: WatchEvent[] = []
  const refused = new ArchiverError('browser-unreachable', 'refused')
  const browser = { begin() {}, launch: () => Promise.reject(refused), giveUp: async () => {} }
  const signsOf = () => ({ seen() {}, over() {} })
  const onEvent = (one: WatchEvent) => void events.push(one)
  const common = { archive, intake, now, claims: createBrowserClaims(), signsOf, onEvent }
  const open = (label: string | null) => openProfileWatch({ label, config: configFor(root), browser }, common)
  const watches = await Promise.all(labels.map(open))
  const serve = servicesOf({ archive, watches, now, mirror: undefined, drained: async () => {} })
  return { root, archive, watches, serve, events, refused }
}

const never = () => new AbortController().signal

describe('what is asked of an account', () => {
  it('is noted for each profile by itself: a refusal of one silences no other', async () => {
    const { root, archive } = await opened('work', 'home')
    const attempts = (label: string | null) => openAttempts(attemptsFile(root, label), archive.check)
    await (await attempts('work')).silence(60_000, 'nobody is logged in', now())
    await (await attempts('work')).failed('file-a', 'HTTP 404', now())
    expect((await attempts('work')).isSilent(now())).toBe(true)
    for (const label of ['home', null]) {
      expect((await attempts(label)).isSilent(now())).toBe(false)
      expect((await attempts(label)).isDue('file-a', now())).toBe(true)
    }
    const turn = { messageId: 'm', notes: [{ id: 'm' }] }
    await (await readOpenTurns(openTurnsFile(root, 'work'))).keep(turn)
    expect((await readOpenTurns(openTurnsFile(root, 'home'))).all()).toEqual([])
    expect((await readOpenTurns(openTurnsFile(root, 'work'))).all()).toEqual([turn])
  })
})

describe('a backfill that is handed over', () => {
  const handed = async (profile: string | undefined, labels: (string | null)[]) => {
    const { watches, serve } = await opened(...labels)
    const controller = new AbortController()
    const serving = serve.backfill({ profile, isDryRun: true }, () => {}, controller.signal)
    const failed = serving.catch((error: unknown) => error)
    await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 100))])
    const wanted = watches.filter(({ backfills }) => backfills.wanted()).map(({ label }) => label)
    controller.abort()
    return { wanted, error: await failed }
  }

  it('is read by the profile that is named, and by no other', async () => {
    expect(await handed('home', ['work', 'home'])).toEqual({ wanted: ['home'], error: undefined })
    expect(await handed(undefined, [null])).toEqual({ wanted: [null], error: undefined })
  })

  it('is refused where nobody watches that profile, or not any more', async () => {
    for (const profile of ['other', undefined]) {
      const { wanted, error } = await handed(profile, ['work', 'home'])
      expect([wanted, error]).toMatchObject([[], { code: 'browser-unreachable' }])
    }
    const { watches, serve, refused } = await opened('work', 'home')
    await expect(watches[0]?.run(never())).rejects.toBe(refused)
    expect(watches.map(({ isOver }) => isOver)).toEqual([true, false])
    await expect(serve.backfill({ profile: 'work' }, () => {}, never())).rejects.toThrow('has no browser for "work"')
  })

  it('has a journal of its own, which a dry run does not write', async () => {
    const { root, watches } = await opened('work', 'home', null)
    for (const { backfills } of watches) await backfills.begin({})
    const counters = { kind: 'counters', active: 1, archived: 0, at: now().toISOString() } as const
    await watches[0]?.backfills.wanted()?.journals.main.put(counters)
    const has = (folder: string) => existsSync(path.join(root, folder, 'journal.ndjson'))
    expect(['history/profile-work', 'history/profile-home', 'history'].map(has)).toEqual([true, false, false])
    expect(watches[1]?.backfills.wanted()?.journals.main.counters).toBeUndefined()
  })
})

describe('an original that is wanted once more', () => {
  const original = (profiles: string[]) => ({
    ...{ fileId: 'file-abc', conversationId: null, sha256: 'ab'.repeat(32), aside: null },
    ...{ image: 'images/2026/11/29/a.png', profiles },
  })

  const tab = { sessionId: 'S', url: 'https://chatgpt.com/' }
  const hasQuestion = ({ originals }: ProfileWatch) =>
    originals.customer('chatgpt', { get: async () => {} }, () => tab).next() !== undefined

  it.each([
    [['home'], ['home']],
    [
      ['work', 'home'],
      ['work', 'home'],
    ],
    [[], ['work', 'home']],
    [['gone'], ['work', 'home']],
  ])('and was shown by %j is asked of %j, one after the other', async (profiles, asked) => {
    const { watches, serve } = await opened('work', 'home')
    const told: object[] = []
    const serving = serve.originals({ originals: [original(profiles)] }, (news) => told.push(news), never())
    const order: (string | null)[] = []
    for (const _ of asked) {
      const watch = await until(() => watches.find(hasQuestion))
      order.push(watch.label)
      watch.originals.end(`${watch.label} has not`)
    }
    await serving
    expect(told.at(-1)).toMatchObject({ outcomes: [{ reason: `${asked.at(-1)} has not` }] })
    expect(order).toEqual(asked)
  })

  it('is given up when its browser is gone', async () => {
    const { watches, serve } = await opened('work', 'home')
    const told: object[] = []
    const serving = serve.originals({ originals: [original(['work'])] }, (news) => told.push(news), never())
    await until(() => watches.find(hasQuestion))
    await watches[0]?.run(never()).catch(() => {})
    await serving
    expect(told.at(-1)).toMatchObject({ outcomes: [{ reason: 'its browser is watched no more' }] })
    // From then on it is asked of no other account.
    await serve.originals({ originals: [original(['work'])] }, (news) => told.push(news), never())
    expect(told.at(-1)).toMatchObject({ outcomes: [{ reason: 'no browser of its account is watched' }] })
  })
})

it('what is told of a profile bears its label, and nothing does where there is but one', async () => {
  const { watches, events } = await opened('work', null)
  for (const { backfills } of watches) {
    await backfills.begin({ isDryRun: true })
    backfills.follow({ progress: () => ({ phase: 'done', listed: 1 }) as never })
  }
  await until(() => events.length > 1 || undefined)
  expect(events.map(({ kind, profile }) => [kind, profile])).toEqual([
    ['backfill', 'work'],
    ['backfill', undefined],
  ])
})
