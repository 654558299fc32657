import { readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openAttempts } from '../../src/ask/attempts.ts'
import { facts } from '../fakes/facts.ts'
import { put, temporaryFolder } from '../fakes/folder.ts'

const id = facts().fileId
const hour = 3_600_000
const start = new Date(Date.UTC(2026, 4, 7))
const later = (hours: number) => new Date(start.getTime() + hours * hour)

describe('a file that was refused', () => {
  it('is not asked for again for an hour, then a day, then a week and no longer', async () => {
    const attempts = await openAttempts(path.join(temporaryFolder(), 'attempts.ndjson'))
    expect(attempts.isDue(id, start)).toBe(true)
    for (const hours of [1, 24, 24 * 7, 24 * 7, 24 * 7]) {
      await attempts.failed(id, 'HTTP 404', start)
      expect(attempts.isDue(id, later(hours - 0.01))).toBe(false)
      expect(attempts.isDue(id, later(hours))).toBe(true)
    }
  })

  it('is due again once it has been received, and after the clock was set back', async () => {
    const attempts = await openAttempts(path.join(temporaryFolder(), 'attempts.ndjson'))
    await attempts.failed(id, 'HTTP 404', start)
    expect(attempts.isDue(id, later(-0.5))).toBe(false)
    expect(attempts.isDue(id, later(-2))).toBe(true)
    await attempts.succeeded(id)
    expect(attempts.isDue(id, start)).toBe(true)
    expect(attempts.reasonOf(id)).toBeUndefined()
  })
})

describe('what can never be received', () => {
  const day = 24
  /** Asks whenever it is due for so many days, in runs of a day; how often. */
  async function ask(file: string, days: number, from = 0) {
    let times = 0
    for (let at = from; at < from + days; at++) {
      const attempts = await openAttempts(file)
      for (let hour = 0; hour < day; hour++) {
        const now = later(at * day + hour)
        if (!attempts.isDue(id, now)) continue
        times += 1
        await attempts.failed(id, 'HTTP 404', now)
      }
    }
    return times
  }

  it('is given up for good after two months, also by later runs', async () => {
    const file = path.join(temporaryFolder(), 'attempts.ndjson')
    expect(await ask(file, 58)).toBeGreaterThan(8)
    expect(await ask(file, 30, 58)).toBe(1)
    expect(await ask(file, 400, 88)).toBe(0)
    const again = await openAttempts(file)
    expect([again.isDue(id, later(1_000 * day)), again.reasonOf(id)]).toEqual([false, 'HTTP 404'])
    await again.succeeded(id)
    expect(again.isDue(id, later(1_000 * day))).toBe(true)
  })

  it('is not given up after many failures in a short time, as if the clock is set back at each start', async () => {
    const attempts = await openAttempts(path.join(temporaryFolder(), 'attempts.ndjson'))
    for (let times = 0; times < 20; times++) await attempts.failed(id, 'HTTP 404', later(times))
    expect(attempts.isDue(id, later(20 + 8 * day))).toBe(true)
  })
})

describe('a site that wants to be left alone', () => {
  it('is believed for no longer than a day', async () => {
    const now = new Date(Date.UTC(2026, 4, 7))
    const attempts = await openAttempts(path.join(temporaryFolder(), 'attempts.ndjson'))
    await attempts.silence(1e15, 'HTTP 429', now)
    expect(attempts.isSilent(new Date(now.getTime() + 23 * 3_600_000))).toBe(true)
    expect(attempts.isSilent(new Date(now.getTime() + 25 * 3_600_000))).toBe(false)
    expect(attempts.isSilent(new Date(now.getTime() - 25 * 3_600_000))).toBe(false)
  })
})

describe('the list of failed requests', () => {
  it('is ignored if it cannot be read or written', async () => {
    const root = temporaryFolder()
    const precious = put(path.join(temporaryFolder(), 'precious'), 'precious')
    const file = path.join(root, 'attempts.ndjson')
    symlinkSync(precious, file)
    const attempts = await openAttempts(file)
    await attempts.failed(id, 'HTTP 404', new Date())
    expect(attempts.isDue(id, new Date())).toBe(false)
    expect(readFileSync(precious, 'utf8')).toBe('precious')
  })

  it('is read although it has lines that we did not write', async () => {
    const file = path.join(temporaryFolder(), 'attempts.ndjson')
    const good = { key: id, count: 1, reason: 'HTTP 404', at: new Date().toISOString() }
    put(
      file,
      `{"half": \n[]\n7\n{"key":"","count":1,"reason":"x","at":1}\n${JSON.stringify(good)}\n{"silentUntil":"soon"}\n`,
    )
    const attempts = await openAttempts(file)
    expect(attempts.reasonOf(id)).toBe('HTTP 404')
    expect(attempts.isSilent(new Date())).toBe(false)
  })

  it('is stored in a file that does not grow without limit, together with the silence', async () => {
    const file = path.join(temporaryFolder(), 'attempts.ndjson')
    const attempts = await openAttempts(file)
    const now = new Date()
    await attempts.silence(3_600_000, 'HTTP 429', now)
    for (let at = 0; at < 3_000; at++) await attempts.failed(id, `HTTP ${at}`, now)
    expect(readFileSync(file, 'utf8').split('\n').filter(Boolean).length).toBeLessThan(2_500)
    const again = await openAttempts(file)
    expect(again.reasonOf(id)).toBe('HTTP 2999')
    expect(again.isSilent(now)).toBe(true)
  })

  it('is read by the next run, and has its file open to its owner alone', async () => {
    const file = path.join(temporaryFolder(), 'attempts.ndjson')
    const attempts = await openAttempts(file)
    await attempts.failed(id, 'HTTP 403', start)
    await attempts.silence(hour, 'HTTP 429', start)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const again = await openAttempts(file)
    expect([again.reasonOf(id), again.isDue(id, later(0.5)), again.isSilent(later(0.5))]).toEqual([
      'HTTP 403',
      false,
      true,
    ])
    // Forgotten only when the file is gone: it is the memory.
    rmSync(file)
    const blank = await openAttempts(file)
    expect([blank.isDue(id, later(0.5)), blank.isSilent(later(0.5))]).toEqual([true, false])
  })
})
