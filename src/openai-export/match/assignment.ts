import { addTo } from '../order.ts'

/** Two sides that may belong together: for each left one the right ones it could be. */
export type Options<Left, Right> = ReadonlyMap<Left, ReadonlySet<Right>>

/** Larger groups of things that cannot be told apart are not worth the search: no pair in them is forced. */
const maxGroupEdges = 2_000

/**
 * Finds the pairs that are in every largest one-to-one assignment: the only ones that may be taken for true.
 *
 * Shape   each group of connected options by itself: one largest assignment is found, then each of its pairs is taken
 *         away; if the rest does as well without it, the pair was not forced.
 */
export function forcedPairs<Left, Right>(options: Options<Left, Right>): Map<Left, Right> {
  const forced = new Map<Left, Right>()
  for (const group of groupsOf(options)) {
    const edges = group.reduce((sum, left) => sum + (options.get(left)?.size ?? 0), 0)
    if (edges > maxGroupEdges) continue
    const whole = largest(group, options)
    for (const [left, right] of whole)
      if (largest(group, options, { left, right }).size < whole.size) forced.set(left, right)
  }
  return forced
}

/** Left ones that share options, directly or through others. */
export function groupsOf<Left, Right>(options: Options<Left, Right>): Left[][] {
  const byRight = new Map<Right, Left[]>()
  for (const [left, rights] of options) for (const right of rights) addTo(byRight, right, left)
  const seen = new Set<Left>()
  const groups: Left[][] = []
  for (const start of options.keys()) {
    if (seen.has(start)) continue
    seen.add(start)
    const group = [start]
    for (const left of group)
      for (const right of options.get(left) ?? [])
        for (const other of takeFrom(byRight, right))
          if (!seen.has(other)) {
            seen.add(other)
            group.push(other)
          }
    groups.push(group)
  }
  return groups
}

/** What shares a right one, the first time it is asked for: then all of it is in the group. */
function takeFrom<Right, Left>(byRight: Map<Right, Left[]>, right: Right): readonly Left[] {
  const found = byRight.get(right) ?? []
  byRight.delete(right)
  return found
}

/** A largest assignment of a group, by augmenting paths; `without` is one pair that may not be used. */
function largest<Left, Right>(
  group: readonly Left[],
  options: Options<Left, Right>,
  without?: { left: Left; right: Right },
): Map<Left, Right> {
  const owner = new Map<Right, Left>()
  const assign = (left: Left, tried: Set<Right>): boolean => {
    for (const right of options.get(left) ?? []) {
      if (tried.has(right) || (without && left === without.left && right === without.right)) continue
      tried.add(right)
      const current = owner.get(right)
      if (current === undefined || assign(current, tried)) {
        owner.set(right, left)
        return true
      }
    }
    return false
  }
  for (const left of group) assign(left, new Set())
  return new Map([...owner].map(([right, left]) => [left, right]))
}
