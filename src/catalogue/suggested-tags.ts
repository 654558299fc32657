import { type Entry, promptOf } from './entry.ts'
import { isCommonWord } from './vocabulary.ts'

/** A word that may become a tag, and in how many pictures it is. */
export interface SuggestedTag {
  readonly tag: string
  readonly count: number
}

const maxSuggested = 24
const [minChars, minPictures] = [4, 3]
/** Pictures in which a word is looked at: where most of them have it in the prompt, it is a word of prompts. */
const lookedAt = 200

/**
 * Words that recur in prompts, the most frequent first; not those in most pictures, where they would tell nothing
 * apart, nor those that titles of conversations alone have.
 *
 * Shape   `words` are those of all that is searched, folded, with how many pictures have them, the most frequent first.
 */
export function suggestedTags(
  words: Iterable<readonly [word: string, count: number]>,
  tags: ReadonlySet<string>,
  entries: readonly Entry[],
): SuggestedTag[] {
  const found: SuggestedTag[] = []
  for (const [tag, count] of words) {
    if (count < minPictures || found.length === maxSuggested) break
    const isTelling = count <= entries.length / 2 && tag.length >= minChars && !isCommonWord(tag) && !tags.has(tag)
    if (isTelling && isOfPrompts(tag, entries)) found.push({ tag, count })
  }
  return found
}

function isOfPrompts(word: string, entries: readonly Entry[]): boolean {
  let [seen, inPrompts] = [0, 0]
  for (const entry of entries) {
    if (!entry.haystack.includes(word)) continue
    seen += 1
    if (promptOf(entry).includes(word)) inPrompts += 1
    if (seen === lookedAt) break
  }
  return 2 * inPrompts > seen
}
