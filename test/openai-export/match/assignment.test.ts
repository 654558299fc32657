import { describe, expect, it } from 'vitest'
import { groupsOf } from '../../../src/openai-export/match/assignment.ts'

/** A set that counts how often its members are handed out. */
function counting(count: { steps: number }, members: readonly number[]): ReadonlySet<number> {
  const set = new Set(members)
  const handOut = function* () {
    for (const member of members) {
      count.steps += 1
      yield member
    }
  }
  return Object.assign(set, { [Symbol.iterator]: handOut })
}

describe('groups of what shares options', () => {
  it('are found directly and through others', () => {
    const options = new Map([
      ['a', new Set([1, 2])],
      ['b', new Set([2, 3])],
      ['c', new Set([4])],
      ['d', new Set([3])],
      ['e', new Set<number>()],
    ])
    expect(groupsOf(options)).toEqual([['a', 'b', 'd'], ['c'], ['e']])
  })

  it('of one size are looked at twice for each option, however many there are', () => {
    const [count, all] = [{ steps: 0 }, Array.from({ length: 400 }, (_, number) => number)]
    const options = new Map(all.map((left) => [left, counting(count, all)]))
    expect(groupsOf(options)).toEqual([all])
    expect(count.steps).toBe(2 * all.length * all.length)
  })
})
