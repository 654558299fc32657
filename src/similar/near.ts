import type { Entry } from '../catalogue/entry.ts'

/** A picture, and how near it is: 0 not at all, 1 the same. */
export interface Near {
  readonly entry: Entry
  readonly nearness: number
}

/** The best few of very many, the best first. */
export function bestOf<T>(
  all: Iterable<T>,
  count: number,
  worthOf: (one: T) => number,
): { readonly one: T; readonly value: number }[] {
  const best: { one: T; value: number }[] = []
  let least = 0
  for (const one of all) {
    const value = worthOf(one)
    if (value <= least) continue
    const at = best.findIndex((other) => other.value < value)
    best.splice(at < 0 ? best.length : at, 0, { one, value })
    if (best.length > count) best.pop()
    if (best.length === count) least = best.at(-1)?.value ?? 0
  }
  return best
}
