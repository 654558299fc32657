import type { Before, Changes } from './work.ts'

/** A change that puts some pictures back to what they were. */
export interface Step {
  readonly ids: readonly string[]
  readonly changes: Changes
}

/** What takes a change back: pictures that were alike before it together, so that few requests do. */
export function undoOf(change: Changes, before: readonly Before[]): Step[] {
  const steps = new Map<string, { ids: string[]; changes: Changes }>()
  for (const one of before) {
    const changes = reverse(change, one)
    if (Object.keys(changes).length === 0) continue
    const key = JSON.stringify(changes)
    const step = steps.get(key)
    if (step) step.ids.push(one.id)
    else steps.set(key, { ids: [one.id], changes })
  }
  return [...steps.values()]
}

/** What of a picture the change had made otherwise. */
function reverse({ stars, flag, favourite, addTags = [], removeTags = [] }: Changes, before: Before): Changes {
  const added = addTags.filter((tag) => !before.tags.includes(tag))
  const removed = removeTags.filter((tag) => before.tags.includes(tag))
  return {
    ...(stars !== undefined && { stars: before.stars }),
    ...(flag !== undefined && { flag: before.flag }),
    ...(favourite !== undefined && { favourite: before.favourite }),
    ...(added.length > 0 && { removeTags: added }),
    ...(removed.length > 0 && { addTags: removed }),
  }
}
