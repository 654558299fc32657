import { type Entry, promptOf } from './entry.ts'

/** Pictures whose prompts are the same once folded, the newest first. */
export type PromptPictures = readonly [Entry, ...Entry[]]

/**
 * Groups pictures, newest first, by their prompt: the most used prompt first, of several the newest. Some have none.
 */
export function groupedByPrompt(entries: Iterable<Entry>): PromptPictures[] {
  const groups = new Map<string, [Entry, ...Entry[]]>()
  for (const entry of entries) {
    const prompt = promptOf(entry)
    const group = groups.get(prompt)
    if (group) group.push(entry)
    else if (prompt !== '') groups.set(prompt, [entry])
  }
  return [...groups.values()].sort((one, other) => other.length - one.length)
}
