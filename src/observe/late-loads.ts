import type { Target } from './target.ts'

/** Each end of an unseen load may be that of an answer; a tab has no more of them under way when it is found. */
const maxPerTab = 100

/** Loads that end in a tab without their beginning having been heard. State: a count per tab, ended with the tab. */
export function createLateLoads(onLate: (target: Target) => void) {
  const counts = new Map<string, number>()
  return {
    note(target: Target) {
      const times = counts.get(target.targetId) ?? 0
      if (times >= maxPerTab) return
      counts.set(target.targetId, times + 1)
      onLate(target)
    },
    forget: (targetId: string) => void counts.delete(targetId),
  }
}
