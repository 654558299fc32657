import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../fakes/until.ts'
import {
  archivedIn,
  build,
  conversationIn,
  endEverything,
  expectSound,
  kill,
  prepared,
  processesWith,
  several,
  sleep,
  start,
  steer,
} from './faults-support.ts'
import { truthOf } from './support.ts'

beforeAll(build)
afterEach(endEverything)
afterAll(endEverything)

describe('being asked to stop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'archives on %s what the page had received of twenty pictures',
    async (signal) => {
      const { site, archive, folder, port, profile } = await prepared()
      const wishes = several(20).map((_, index) => ({
        era: (['A', 'C', 'D'] as const)[index % 3] ?? 'D',
        lengthBytes: 300_000 + index * 60_000,
        faults: ['slow' as const],
      }))
      const { pictures, url } = conversationIn(site, wishes)
      const daemon = start([], folder)
      await daemon.says('Watching')
      const person = await steer(port)
      const page = await person.newPage()
      await page.goto(url)
      const shown = () =>
        page.$$eval('img[data-done]', (all) => all.map((one) => (one instanceof HTMLElement && one.dataset.file) || ''))
      await page.waitForFunction(() => document.querySelectorAll('img[data-done]').length >= 6)
      const received = await shown()
      const askedAt = performance.now()
      kill(daemon.pid, signal)
      expect(await daemon.ended).toBe(0)
      expect(performance.now() - askedAt).toBeLessThan(7_000)
      const due = pictures.filter(({ fileId }) => received.includes(fileId))
      expect(archivedIn(archive)).toEqual(expect.arrayContaining(truthOf(due)))
      expectSound(archive, pictures)
      expect(processesWith(profile)).toEqual([])
    },
  )

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at once on a second %s and leaves no browser', async (signal) => {
    const { site, folder, port, profile } = await prepared()
    const { url } = conversationIn(site, several(12, { faults: ['slow'], lengthBytes: 3_000_000 }))
    const daemon = start([], folder)
    await daemon.says('Watching')
    const person = await steer(port)
    await (await person.newPage()).goto(url)
    await sleep(300)
    kill(daemon.pid, signal)
    await daemon.says('Ctrl-C again')
    kill(daemon.pid, signal)
    expect(await daemon.ended).toBe(signal === 'SIGINT' ? 130 : 143)
    await until(() => processesWith(profile).length === 0 || undefined)
  })

  it('ends at once while a browser is still starting, and leaves none', async () => {
    const { folder, profile } = await prepared()
    for (const delayMs of [0, 40, 120]) {
      const daemon = start([], folder)
      await until(
        () => processesWith(profile).length > 0 || undefined,
        () => daemon.said.err,
      )
      await sleep(delayMs)
      kill(daemon.pid, 'SIGINT')
      await sleep(30)
      kill(daemon.pid, 'SIGINT')
      expect([0, 130]).toContain(await daemon.ended)
      await until(
        () => processesWith(profile).length === 0 || undefined,
        () => `after ${delayMs} ms: ${processesWith(profile).length} processes are left`,
      )
    }
  })

  it('ends at once on a second Ctrl-C with an adopted browser, too', async () => {
    const { site, folder, port, profile } = await prepared()
    const { url } = conversationIn(site, several(12, { faults: ['slow'], lengthBytes: 3_000_000 }))
    const first = start([], folder)
    await first.says('Watching')
    kill(first.pid, 'SIGKILL')
    await first.ended
    const second = start([], folder)
    await second.says('Watching')
    const person = await steer(port)
    await (await person.newPage()).goto(url)
    await sleep(300)
    kill(second.pid, 'SIGINT')
    await second.says('Ctrl-C again')
    kill(second.pid, 'SIGINT')
    expect(await second.ended).toBe(130)
    await until(() => processesWith(profile).length === 0 || undefined)
  })
})
