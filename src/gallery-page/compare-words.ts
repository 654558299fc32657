import { comparePrompt, type Part, wordsIn } from './comparison.ts'

/** Prompts in pieces; a word is marked that not all of the others have. */
export function differingParts(prompts: readonly string[]): readonly (readonly Part[])[] {
  const words = prompts.map(wordsIn)
  return prompts.map((prompt, at) => {
    const others = words.filter((_, other) => other !== at)
    const shared = new Set([...(others[0] ?? [])].filter((word) => others.every((known) => known.has(word))))
    return comparePrompt(prompt, shared)
  })
}
