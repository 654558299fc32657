/** Loads that are under way, each for no longer than it may take: the news of its end may be lost. */
export interface OpenLoads {
  began(id: string): void
  /** False for one that had not begun. */
  ended(id: string): boolean
  readonly isAny: boolean
}

/** Makes an empty set of them. */
export function createOpenLoads(longestMs: number, now: () => number = Date.now): OpenLoads {
  const since = new Map<string, number>()
  return {
    began: (id) => void since.set(id, now()),
    ended: (id) => since.delete(id),
    get isAny() {
      for (const at of since.values()) if (now() - at < longestMs) return true
      return false
    },
  }
}
