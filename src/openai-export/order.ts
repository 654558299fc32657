/** By code units: the same on every machine, whatever its language. */
export const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Items in the order of their keys; the key of each is made once. */
export function sortedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return items
    .map((item) => [keyOf(item), item] as const)
    .sort(([one], [other]) => compareText(one, other))
    .map(([, item]) => item)
}

/** Adds to the list of a key. */
export function addTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
