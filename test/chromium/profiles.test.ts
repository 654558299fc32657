import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { coverageOf } from '../../src/backfill/coverage.ts'
import { configOf, fileLayer } from '../../src/config.ts'
import { fillAccount } from '../../src/pretend-chatgpt/account.ts'
import { type PretendChatgpt, startPretendChatgpt } from '../../src/pretend-chatgpt/server.ts'
import type { PretendPicture } from '../../src/pretend-chatgpt/world.ts'
import { tellWithSameIds } from '../fakes/same-ids.ts'
import { until } from '../fakes/until.ts'
import {
  archivedIn,
  browserWith,
  build,
  conversationIn,
  endEverything,
  freePort,
  hasty,
  kill,
  ownFolder,
  start,
  startHasty,
  steer,
} from './faults-support.ts'
import { hashesOf, machineArgs, recordsOf, truthOf } from './support.ts'

beforeAll(build)
afterEach(endEverything)
afterAll(endEverything)

const labels = ['work', 'home'] as const
type Label = (typeof labels)[number]

/** Two sites, each with a browser profile of its own, and a config that names both. */
async function twoAccounts(more: Partial<Record<Label, object>> = {}) {
  const folder = ownFolder()
  const site = { work: await startPretendChatgpt({ paceMs: 1 }), home: await startPretendChatgpt({ paceMs: 1 }) }
  onTestFinished(() => Promise.all(labels.map((label) => site[label].close())).then(() => {}))
  const port = { work: await freePort(), home: await freePort() }
  const profiles = labels.map((label) => ({
    ...{ label, profilePath: `profile-${label}`, cdpPort: port[label] },
    chromiumArgs: [...site[label].chromiumArgs, ...machineArgs],
    ...more[label],
  }))
  const file = path.join(folder, 'config.json')
  writeFileSync(file, JSON.stringify({ archivePath: 'archive', headless: true, profiles }))
  return { folder, site, port, config: configOf([fileLayer(file, 'folder')]), archive: path.join(folder, 'archive') }
}

/** The same file in another account. */
const copyOf = ({ era, fileId, genId, size, bytes }: PretendPicture) => ({ era, fileId, genId, size, bytes })

const look = async (person: Browser, url: string) => void (await (await person.newPage()).goto(url))

/** A conversation with one picture. */
function tell(site: PretendChatgpt) {
  const { pictures, url } = conversationIn(site, [{}])
  const [picture] = pictures as [PretendPicture]
  return { picture, url }
}

/** The record of a picture; none while it, or another, is being written. */
function recordOf(archive: string, { sha256 }: PretendPicture) {
  try {
    return [...recordsOf(archive).values()].find((record) => record.sha256 === sha256)
  } catch {
    return undefined
  }
}

const labelsOf = (archive: string, picture: PretendPicture) => recordOf(archive, picture)?.profiles?.toSorted()

it('two profiles are watched side by side; what ends one does not touch the other, nor mix what they say', async () => {
  const { folder, site, port, config, archive } = await twoAccounts()
  const daemon = startHasty(config, { restartPausesMs: [] })
  for (const label of labels) await daemon.says(new RegExp(`"kind":"watching".*"profile":"${label}"`))
  const person = { work: await steer(port.work), home: await steer(port.home) }
  const own = { work: tellWithSameIds(site.work.world, 'A crane'), home: tellWithSameIds(site.home.world, null) }
  const first = conversationIn(site.work, [{}])
  const [stork] = first.pictures as [PretendPicture]
  const shared = { work: first, home: conversationIn(site.home, [copyOf(stork)]) }
  for (const label of labels) {
    await look(person[label], own[label].url)
    await until(() => labelsOf(archive, own[label].picture))
    await look(person[label], shared[label].url)
    await until(() => labelsOf(archive, stork)?.includes(label) || undefined)
  }
  expect(archivedIn(archive)).toEqual(truthOf([own.work.picture, own.home.picture, stork]))
  expect(recordOf(archive, stork)?.profiles).toEqual(['work', 'home'])
  // The messages have the same ids in both accounts: test/daemon/site-memory.test.ts shows that they would be mixed.
  expect(recordOf(archive, own.work.picture)).toMatchObject({ profiles: ['work'], prompt: 'A crane' })
  expect(recordOf(archive, own.home.picture)).toMatchObject({ profiles: ['home'], prompt: null })
  await person.work.disconnect()
  kill(browserWith(path.join(folder, 'profile-work'))?.pid ?? 0, 'SIGKILL')
  await daemon.says('Profile \\\\"work\\\\": The browser crashed')
  const later = tell(site.home)
  await look(person.home, later.url)
  await until(() => labelsOf(archive, later.picture))
  expect(labelsOf(archive, later.picture)).toEqual(['home'])
  expect(daemon.child.exitCode).toBeNull()
  await person.home.disconnect()
  kill(daemon.pid, 'SIGINT')
  expect(await daemon.ended).toBe(0)
  const status = start(['status', '--json'], folder)
  expect(await status.ended).toBe(0)
  expect(JSON.parse(status.said.out)).toMatchObject({
    profiles: { home: 3, work: 2 },
    troubles: expect.arrayContaining([expect.objectContaining({ kind: 'browser', profile: 'work' })]),
  })

  // The next run watches both again, and changes nothing of what is there.
  const before = recordsOf(archive)
  const again = start([], folder)
  for (const label of labels) await again.says(`${label}: Watching`)
  const back = await steer(port.work)
  const last = tell(site.work)
  await look(back, last.url)
  await until(() => labelsOf(archive, last.picture))
  await back.disconnect()
  kill(again.pid, 'SIGINT')
  expect(await again.ended).toBe(0)
  expect(labelsOf(archive, last.picture)).toEqual(['work'])
  for (const [file, record] of before) expect(recordsOf(archive).get(file)).toEqual(record)
})

describe('a profile', () => {
  it('whose browser cannot be started is named, the other is watched, and the exit code tells in the end', async () => {
    const { folder, site, port, archive } = await twoAccounts({ work: { chromiumPath: '/nowhere/chromium' } })
    const daemon = start([], folder)
    await daemon.says('home: Watching')
    await daemon.says('Profile "work":')
    const person = await steer(port.home)
    const { picture, url } = tell(site.home)
    await look(person, url)
    await until(() => labelsOf(archive, picture))
    await person.disconnect()
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(5)
    expect(daemon.said.err).toMatch(
      /1 picture archived this time[\s\S]*dalle-archiver: Profile "work": .*\/nowhere\/chromium/,
    )
    expect(daemon.said.err).not.toContain('    at ')
  })

  it('is read by a backfill with a journal of its own, one after the other, beside the watch', async () => {
    const { folder, site, config, archive } = await twoAccounts()
    const pace = { ...hasty, graceMs: 20, everyMs: 2, betweenMs: [1, 2], conversationGapMs: 5 }
    const due = { work: fillAccount(site.work.world, 12), home: fillAccount(site.home.world, 7) }
    const daemon = startHasty(config, { pace })
    for (const label of labels) await daemon.says(new RegExp(`"kind":"watching".*"profile":"${label}"`))
    const backfill = start(['backfill', '--json'], folder)
    expect(await backfill.ended, backfill.said.err).toBe(0)
    const ended = backfill.said.out.trim().split('\n')
    const told = ended.map((line) => JSON.parse(line) as { profile: string; held: number })
    const generated = (label: Label) =>
      [...site[label].world.pictures.values()].filter((one) => one.role === 'generated')
    expect(told.map(({ profile, held }) => [profile, held])).toEqual(
      labels.map((label) => [label, generated(label).length]),
    )
    expect(hashesOf(archive)).toEqual(truthOf(labels.flatMap(generated)))
    for (const label of labels) {
      expect(existsSync(path.join(archive, `history/profile-${label}/journal.ndjson`))).toBe(true)
      expect(await coverageOf(archive, label)).toMatchObject({
        held: generated(label).length,
        lacking: [],
        difference: 0,
      })
      for (const picture of due[label]) expect(labelsOf(archive, picture)).toEqual([label])
    }
    // Negative control: nothing was noted of an account without a label.
    expect(existsSync(path.join(archive, 'history/journal.ndjson'))).toBe(false)
    const refused = start(['backfill', '--profile', 'wrok'], folder)
    expect(await refused.ended).toBe(2)
    expect(refused.said.err).toContain('There is no profile "wrok" in the config')
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
  })

  it('without a label leaves records as they always were', async () => {
    const { site, port, config, archive } = await twoAccounts()
    const [{ label: _, ...work }] = [config.profiles[0] as (typeof config.profiles)[number]]
    const daemon = startHasty({ ...config, ...work, profiles: [] })
    await daemon.says('"kind":"watching"')
    const person = await steer(port.work)
    const { picture, url } = tell(site.work)
    await look(person, url)
    const record = await until(() => recordOf(archive, picture))
    expect(Object.keys(record)).not.toContain('profiles')
    expect(daemon.said.out).not.toContain('"profile"')
    await person.disconnect()
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
  })
})
