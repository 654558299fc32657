import { type Entry, newestFirst } from './entry.ts'

/** A picture in the tree of those that were edited from each other, and the one it was edited from. */
export interface Step {
  readonly entry: Entry
  readonly parent: Entry | undefined
}

const maxSteps = 200
/** So that the picture itself is among them where a hundred edits came before it. */
const maxAbove = 100

/**
 * The whole tree a picture belongs to: from the first picture down, each behind the one it was edited from, the oldest
 * first, at most 200. A hostile record may be its own ancestor; then the tree begins at the picture itself.
 */
export function lineageOf(entries: readonly Entry[], entry: Entry): Step[] {
  const edits = new Map<string, Entry[]>()
  for (const one of entries) {
    if (one.parentGenId === '') continue
    const siblings = edits.get(one.parentGenId)
    if (siblings) siblings.push(one)
    else edits.set(one.parentGenId, [one])
  }
  const edited = new Map(entries.filter(({ genId }) => edits.has(genId)).map((one) => [one.genId, one]))
  const steps: Step[] = []
  const seen = new Set<Entry>()
  const open: Step[] = [{ entry: firstOf(edited, entry), parent: undefined }]
  for (let step = open.shift(); step && steps.length < maxSteps; step = open.shift()) {
    if (seen.has(step.entry)) continue
    seen.add(step.entry)
    steps.push(step)
    const parent = step.entry
    const children = (edits.get(parent.genId) ?? []).toSorted((one, other) => newestFirst(other, one))
    open.push(...children.map((child) => ({ entry: child, parent })))
  }
  return steps
}

function firstOf(edited: ReadonlyMap<string, Entry>, entry: Entry): Entry {
  const seen = new Set([entry])
  let first = entry
  for (let above = edited.get(first.parentGenId); above; above = edited.get(first.parentGenId)) {
    if (seen.has(above)) return entry
    if (seen.size > maxAbove) return first
    seen.add(above)
    first = above
  }
  return first
}
