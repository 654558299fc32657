import { fold } from '../catalogue/fold.ts'

const word = /[\p{L}\p{M}\p{N}]+/gu

/** The words of a prompt, as they are compared. */
export const wordsIn = (prompt: string): ReadonlySet<string> => new Set((prompt.match(word) ?? []).map(fold))

/** A piece of a prompt. */
export interface Part {
  readonly text: string
  /** A word that the other prompt does not have. */
  readonly isNew: boolean
}

/** As much of a prompt as is compared. */
const maxLength = 2000

/** A prompt in pieces, words and what lies between them, with the words that are not among those known. */
export function comparePrompt(prompt: string, known: ReadonlySet<string>): Part[] {
  const parts = prompt.slice(0, maxLength).split(/([\p{L}\p{M}\p{N}]+)/u)
  return parts.map((text, i) => ({ text, isNew: i % 2 === 1 && !known.has(fold(text)) }))
}

/** At most so many of a list, with the one at an index among them, in the middle where the ends allow it. */
export function around<One>(all: readonly One[], index: number, most: number): readonly One[] {
  const from = Math.max(0, Math.min(index - most / 2, all.length - most))
  return all.slice(from, from + most)
}
