import { afterEach, expect, it, vi } from 'vitest'
import { createComplaints } from '../../src/hooks/complaints.ts'

afterEach(() => void vi.useRealTimers())

it('complaints are said at once, then no more than one in a while, and none is left uncounted', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const said: string[] = []
  const complaints = createComplaints((text) => void said.push(text), 1_000)
  for (const text of ['one', 'two', 'three']) complaints.add(text)
  vi.advanceTimersByTime(1_000)
  for (const text of ['four', 'five']) complaints.add(text)
  complaints.close()
  complaints.close()
  expect(said).toEqual(['one', 'four (and 2 more before)', 'onPicture: 1 more failed.'])
})
