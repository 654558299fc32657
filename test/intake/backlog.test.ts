import { describe, expect, it, onTestFinished } from 'vitest'
import { createBacklog } from '../../src/intake/backlog.ts'
import { until } from '../fakes/until.ts'

/** A memory whose work succeeds once `disk.isFine`. */
function memory({ maxBytes = 1_000, pausesMs = [1e9] as readonly number[] } = {}) {
  const disk = { isFine: false, reason: 'ENOSPC' }
  const [troubles, reliefs, done] = [[] as string[], [] as number[], [] as string[]]
  const unwritten = createBacklog({
    onTrouble: (reason) => void troubles.push(reason),
    onRelief: (count) => void reliefs.push(count),
    maxBytes,
    pausesMs,
  })
  onTestFinished(() => unwritten.stop())
  const attempts: string[] = []
  const fail = (key: string, bytes = 10, reason = disk.reason): boolean =>
    unwritten.add(key, bytes, reason, async () => {
      attempts.push(key)
      if (disk.isFine) done.push(key)
      else fail(key, bytes)
    })
  return { unwritten, disk, troubles, reliefs, done, attempts, fail }
}

describe('work that the disk refuses', () => {
  it('is reported once, tried again automatically, done once, and its success is reported', async () => {
    const { unwritten, disk, fail, troubles, reliefs, done } = memory({ pausesMs: [1, 1, 2] })
    for (const key of ['a', 'b', 'c']) fail(key)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(troubles).toEqual(['ENOSPC'])
    expect(done).toEqual([])
    disk.isFine = true
    await until(() => unwritten.size === 0)
    await until(() => reliefs.length > 0)
    expect([...done].sort()).toEqual(['a', 'b', 'c'])
    expect(reliefs).toEqual([3])
  })

  it('is tried with a single write while nothing at all can be written', async () => {
    const { unwritten, fail, attempts } = memory()
    for (const key of ['a', 'b', 'c']) fail(key)
    await unwritten.retry()
    await unwritten.retry()
    expect(attempts).toEqual(['a', 'b'])
  })

  it('does not block what can be written', async () => {
    const { unwritten, fail, troubles } = memory()
    const good: string[] = []
    fail('never', 10, 'EISDIR')
    unwritten.add('good', 10, 'EISDIR', async () => void good.push('good'))
    await unwritten.retry()
    await unwritten.retry()
    expect(good).toEqual(['good'])
    expect(unwritten.has('never')).toBe(true)
    expect(troubles).toEqual(['EISDIR', 'ENOSPC'])
  })

  it('is reported once for each reason, even if reasons alternate', async () => {
    const { fail, troubles, disk, unwritten } = memory()
    for (let turn = 0; turn < 5; turn++) {
      fail('a', 10, 'ENOSPC')
      fail('b', 10, 'EROFS')
    }
    expect(troubles).toEqual(['ENOSPC', 'EROFS'])
    disk.isFine = true
    await unwritten.retry()
    fail('c', 10, 'ENOSPC')
    expect(troubles).toEqual(['ENOSPC', 'EROFS', 'ENOSPC'])
  })

  it('is refused over the limit, and what is already held stays', async () => {
    const { unwritten, fail, disk, done } = memory({ maxBytes: 100 })
    expect(fail('a', 60)).toBe(true)
    expect(fail('b', 60)).toBe(false)
    expect(fail('c', 40)).toBe(true)
    // Newer work for the same thing takes its place.
    expect(fail('a', 50)).toBe(true)
    expect(fail('d', 20)).toBe(false)
    expect(fail('d', 10)).toBe(true)
    disk.isFine = true
    await unwritten.retry()
    expect([...done].sort()).toEqual(['a', 'c', 'd'])
    expect(fail('e', 100)).toBe(true)
  })

  it('that is running is awaited by a caller that asks for another try meanwhile', async () => {
    const { unwritten } = memory()
    const done: string[] = []
    const slow = (key: string) =>
      unwritten.add(key, 1, 'ENOSPC', async () => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        done.push(key)
      })
    for (const key of ['a', 'b', 'c']) slow(key)
    void unwritten.retry()
    await unwritten.retry()
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('is not tried again once we are stopped', async () => {
    const { unwritten, fail, attempts } = memory({ pausesMs: [1] })
    fail('a')
    unwritten.stop()
    fail('b')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(attempts).toEqual([])
    expect(unwritten.size).toBe(2)
  })
})
