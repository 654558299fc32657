/**
 * Adds an entry as the newest one, also when it was there already; of more than `maxSize` the oldest goes.
 *
 * Returns the entry that had to go, for whoever must end what it stands for.
 */
export function setBounded<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  value: Value,
  maxSize: number,
): readonly [Key, Value] | undefined {
  map.delete(key)
  map.set(key, value)
  if (map.size <= maxSize) return undefined
  const oldest = map.entries().next().value
  if (oldest) map.delete(oldest[0])
  return oldest
}

/** The same for a set. */
export function addBounded<Value>(set: Set<Value>, value: Value, maxSize: number): Value | undefined {
  set.delete(value)
  set.add(value)
  if (set.size <= maxSize) return undefined
  const [oldest] = set
  if (oldest !== undefined) set.delete(oldest)
  return oldest
}
