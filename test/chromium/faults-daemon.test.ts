import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import {
  archivedIn,
  browserWith,
  build,
  conversationIn,
  endEverything,
  expectSound,
  kill,
  leftoversIn,
  prepared,
  processesWith,
  several,
  sleep,
  start,
  startHasty,
  steer,
  tabsAt,
} from './faults-support.ts'
import { recordsOf, truthOf } from './support.ts'

beforeAll(build)
afterEach(endEverything)
afterAll(endEverything)

/** Numbers that can be had again by their seed. */
function randomFrom(seed: number) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Whether a browser has a profile open. */
const existsLock = (profile: string) => lstatSync(path.join(profile, 'SingletonLock'), { throwIfNoEntry: false })

describe('a daemon that is killed', () => {
  it('leaves an undamaged archive at any moment, and the next runs archive everything', async () => {
    const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000)
    console.log(`FAULT_SEED=${seed}`)
    const random = randomFrom(seed)
    const { site, archive, port, config } = await prepared()
    let daemon = startHasty(config)
    await daemon.says('watching')
    const person = await steer(port)
    const truth = [...site.world.pictures.values()].slice(0, 0)
    let midWrite = 0
    for (let round = 0; round < 6; round++) {
      const wishes = several(5).map((_, index) => ({
        era: (['A', 'C', 'D'] as const)[index % 3] ?? 'D',
        lengthBytes: 100_000 + Math.floor(random() * 3_000_000),
      }))
      const { pictures, url } = conversationIn(site, wishes, `Round ${round}`)
      truth.push(...pictures)
      await (await person.newPage()).goto(url)
      if (round % 2 === 0) await sleep(random() * 1_200)
      else if (await untilPart(archive, 3_000)) midWrite += 1
      kill(daemon.pid, 'SIGKILL')
      await daemon.ended
      expectSound(archive, truth)
      daemon = startHasty(config)
      await daemon.says('watching')
    }
    expect(midWrite).toBeGreaterThan(0)
    await until(
      () => archivedIn(archive).length >= truth.length || undefined,
      () => `${archivedIn(archive).length} of ${truth.length}; ${daemon.said.out}${daemon.said.err}`,
    )
    await person.disconnect()
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
    expectSound(archive, truth)
    expect(archivedIn(archive)).toEqual(truthOf(truth))
    expect(recordsOf(archive).size).toBe(truth.length)
    expect(leftoversIn(archive)).toEqual([])
  })

  it('leaves temporary files, which the next start removes, and only those', async () => {
    const { archive, folder, site } = await prepared({ startUrl: 'https://chatgpt.com/library' })
    const dated = path.join(archive, 'images', '2026', '11', '20')
    mkdirSync(dated, { recursive: true })
    mkdirSync(path.join(archive, 'pending'), { recursive: true })
    const pieces = [dated, path.join(archive, 'pending')].map((place) => path.join(place, '.0123456789abcdef.part'))
    const own = ['my.part', '.hidden', '.0123.part'].map((name) => path.join(dated, name))
    for (const file of [...pieces, ...own]) writeFileSync(file, 'half an image')
    expect(leftoversIn(archive)).toHaveLength(4)
    const daemon = start([], folder)
    await until(() => !pieces.some((piece) => existsSync(piece)) || undefined)
    await until(() => archivedIn(archive).length > 3 || undefined)
    kill(daemon.pid, 'SIGINT')
    expect(await daemon.ended).toBe(0)
    expect(own.map((file) => existsSync(file))).toEqual([true, true, true])
    expect(site.world.pictures.size).toBeGreaterThan(0)
  })

  /** What a page shows that was opened while nobody watched, its pictures from addresses and from blobs. */
  async function openedMeanwhile(more: { fetchMissing: boolean }) {
    const { site, archive, port, config } = await prepared()
    const first = startHasty(config)
    await first.says('watching')
    kill(first.pid, 'SIGKILL')
    await first.ended
    const person = await steer(port)
    const { pictures, url } = conversationIn(site, [{ era: 'A' }, { era: 'C' }, { era: 'D' }, { era: 'D' }])
    const page = await person.newPage()
    await page.goto(url)
    await page.evaluate(() => window.ready)
    const second = startHasty({ ...config, ...more })
    await second.says('watching')
    return { archive, pictures, second, person }
  }

  it('is followed by one that asks for what a page has loaded meanwhile', async () => {
    const { archive, pictures, second, person } = await openedMeanwhile({ fetchMissing: true })
    await until(
      () => archivedIn(archive).length >= 4 || undefined,
      () => second.said.out,
    )
    expect(archivedIn(archive)).toEqual(truthOf(pictures))
    await person.disconnect()
  })

  it('is followed by one that loses these pictures when it may not ask', async () => {
    const { archive, person } = await openedMeanwhile({ fetchMissing: false })
    await sleep(2_500)
    expect(archivedIn(archive).length).toBe(0)
    await person.disconnect()
  })

  it('leaves its browser, which the next one adopts and Ctrl-C then closes', async () => {
    const { site, archive, folder, port, profile } = await prepared()
    const first = start([], folder)
    await first.says('Watching')
    await until(async () => (await tabsAt(port)).includes('https://chatgpt.com/') || undefined)
    const browser = browserWith(profile)
    kill(first.pid, 'SIGKILL')
    await first.ended
    const second = start([], folder)
    await second.says('Watching')
    expect(browserWith(profile)?.pid).toBe(browser?.pid)
    expect(await tabsAt(port)).toEqual(['https://chatgpt.com/'])
    const person = await steer(port)
    const { url } = conversationIn(site, several(2))
    await (await person.newPage()).goto(url)
    await until(() => archivedIn(archive).length === 2 || undefined)
    await person.disconnect()
    kill(second.pid, 'SIGINT')
    expect(await second.ended).toBe(0)
    await until(() => processesWith(profile).length === 0 || undefined)
  })
})

describe('a daemon that is killed while its browser starts', () => {
  it('leaves a browser that the next one finds', async () => {
    for (const delayMs of [20, 120]) {
      const { folder, profile } = await prepared()
      const first = start([], folder)
      await until(() => existsLock(profile) || undefined)
      await sleep(delayMs)
      kill(first.pid, 'SIGKILL')
      await first.ended
      const browser = browserWith(profile)
      expect(browser).toBeDefined()
      const second = start([], folder)
      await second.says('Watching')
      expect(browserWith(profile)?.pid).toBe(browser?.pid)
      kill(second.pid, 'SIGINT')
      expect(await second.ended).toBe(0)
      await until(() => processesWith(profile).length === 0 || undefined)
    }
  })
})

describe('a browser that is to be kept', () => {
  it('stays as it is when we end, and is found again', async () => {
    const { site, archive, folder, port, profile } = await prepared({ keepBrowser: true })
    const { url } = conversationIn(site, several(2))
    const first = start([], folder)
    await first.says('Watching')
    const browser = browserWith(profile)
    const person = await steer(port)
    await (await person.newPage()).goto(url)
    await until(() => archivedIn(archive).length === 2 || undefined)
    kill(first.pid, 'SIGINT')
    expect(await first.ended).toBe(0)
    expect(browserWith(profile)?.pid).toBe(browser?.pid)
    const tabs = await tabsAt(port)
    expect(tabs).toContain(url)
    const second = start(['--json'], folder)
    await second.says('"port"')
    const later = conversationIn(site, several(1))
    await (await person.newPage()).goto(later.url)
    await until(() => archivedIn(archive).length === 3 || undefined)
    expect(browserWith(profile)?.pid).toBe(browser?.pid)
    expect((await tabsAt(port)).toSorted()).toEqual([...tabs, later.url].toSorted())
    await person.disconnect()
    kill(second.pid, 'SIGTERM')
    expect(await second.ended).toBe(0)
    expect(browserWith(profile)?.pid).toBe(browser?.pid)
  })

  it('may crash or be closed after it was adopted, and we distinguish the two', async () => {
    const { folder, port, profile } = await prepared({ keepBrowser: true })
    const first = start([], folder)
    await first.says('Watching')
    kill(first.pid, 'SIGINT')
    await first.ended
    const second = start([], folder)
    await second.says('Watching')
    const browser = browserWith(profile)
    kill(browser?.pid ?? 0, 'SIGKILL')
    await second.says('The browser crashed; it is started again')
    await until(() => (browserWith(profile) && browserWith(profile)?.pid !== browser?.pid) || undefined)
    await until(
      async () => (await tabsAt(port).catch((): string[] => [])).includes('https://chatgpt.com/') || undefined,
    )
    kill(second.pid, 'SIGINT')
    await second.ended
    const third = start([], folder)
    await third.says('Watching')
    await (await steer(port)).close()
    expect(await third.ended).toBe(0)
    expect(third.said.err).not.toContain('crashed')
  })
})

describe('a second daemon', () => {
  it('does not touch an archive that is in use, and says which process uses it', async () => {
    const { archive, folder } = await prepared()
    const first = start([], folder)
    await first.says('Watching')
    const second = start(['--archive', archive], folder)
    expect(await second.ended).toBe(7)
    expect(second.said.err).toMatch(new RegExp(`process ${first.pid} on ${hostname()}, since \\d{4}-\\d\\d-\\d\\dT`))
    expect(second.said.err.trim().split('\n')).toHaveLength(2)
    // Stopped is not ended: it would write again when it goes on.
    kill(first.pid, 'SIGSTOP')
    expect(await start(['--archive', archive], folder).ended).toBe(7)
    kill(first.pid, 'SIGCONT')
    kill(first.pid, 'SIGKILL')
    await first.ended
    const third = start([], folder)
    await third.says('Watching')
    kill(third.pid, 'SIGINT')
    expect(await third.ended).toBe(0)
    expect(readdirSync(archive).filter((name) => name.includes('lock'))).toEqual([])
  })

  it('follows no link in the place of the lock', async () => {
    const { archive, folder } = await prepared()
    mkdirSync(archive)
    symlinkSync(path.join(folder, 'config.json'), path.join(archive, '.dalle-archiver.lock'))
    const daemon = start([], folder)
    expect(await daemon.ended).toBe(8)
    expect(daemon.said.err).toContain('symbolic link')
  })
})

/** Waits until a write is under way, looking without a pause. */
async function untilPart(archive: string, timeoutMs: number): Promise<boolean> {
  const images = path.join(archive, 'images')
  for (const endsAt = performance.now() + timeoutMs; performance.now() < endsAt; ) {
    for (let turn = 0; turn < 20; turn++) {
      const names = existsSync(images) ? readdirSync(images, { recursive: true, encoding: 'utf8' }) : []
      if (names.some((name) => name.endsWith('.part'))) return true
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return false
}
