import { describe, expect, it } from 'vitest'
import { ArchiverError } from '../../src/errors.ts'
import { inLanes } from '../../src/mirror/lanes.ts'

const items = Array.from({ length: 50 }, (_, at) => at)

describe('work in lanes', () => {
  it('does each item once, no more at a time than it may, and goes on past what is wrong with one', async () => {
    const [done, failed] = [[] as number[], [] as string[]]
    let [now, most] = [0, 0]
    const onFailed = (item: number, reason: string) => void failed.push(`${item} ${reason}`)
    await inLanes(items, { lanes: 4, onFailed }, async (item) => {
      most = Math.max(most, ++now)
      await new Promise(setImmediate)
      now -= 1
      if (item === 7) throw new Error('is odd')
      done.push(item)
    })
    expect(done.toSorted((a, b) => a - b)).toEqual(items.filter((item) => item !== 7))
    expect([most, failed]).toEqual([4, ['7 is odd']])
  })

  it.each<[string, unknown, object]>([
    ['the store', new ArchiverError('disk', 'The mirror is full.'), { code: 'disk', message: 'The mirror is full.' }],
    [
      'the disk',
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
      { code: 'disk', message: 'The archive cannot be written: ENOSPC: no space left on device' },
    ],
  ])('ends when %s refuses, and waits for what is under way', async (_, refusal, said) => {
    const [begun, ended] = [[] as number[], [] as number[]]
    const work = inLanes(items, { lanes: 3, onFailed: () => {} }, async (item) => {
      begun.push(item)
      await new Promise(setImmediate)
      ended.push(item)
      if (item === 1) throw refusal
    })
    await expect(work).rejects.toMatchObject(said)
    expect(begun.length).toBeLessThan(items.length)
    expect(ended).toEqual(begun)
  })

  it('ends when the signal is aborted, with what it was aborted with', async () => {
    const controller = new AbortController()
    const done: number[] = []
    const work = inLanes(items, { lanes: 1, signal: controller.signal, onFailed: () => {} }, async (item) => {
      done.push(item)
      if (item === 3) controller.abort(new Error('enough'))
    })
    await expect(work).rejects.toThrow('enough')
    expect(done).toEqual([0, 1, 2, 3])
  })
})
