/** A word of the pictures, and how many of them have it. */
export type CountedWord = readonly [word: string, count: number]

/** Longer ones that occur once are ids. */
const maxRareChars = 14
const maxChars = 24

/** Collects words from tokens, which are whatever stands between spaces. */
export interface Vocabulary {
  add(token: string, count: number): void
  /** The most frequent first, then by alphabet. */
  all(): readonly CountedWord[]
}

/**
 * Makes an empty vocabulary.
 *
 * Shape   words are letters, with an apostrophe or a hyphen between them; what stands before or behind is no part of
 *         it.
 */
export function createVocabulary(): Vocabulary {
  const counts = new Map<string, number>()
  return {
    add(token, count) {
      const word = wordIn(token)
      if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + count)
    },
    all: () =>
      [...counts]
        .filter(([word, count]) => count > 1 || word.length <= maxRareChars)
        .sort(([one, ofOne], [other, ofOther]) => ofOther - ofOne || (one < other ? -1 : 1)),
  }
}

function wordIn(token: string): string | undefined {
  // Ids have digits, also at their ends.
  if (/\d/.test(token)) return undefined
  const word = token.replace(/^[^\p{L}\p{M}]+|[^\p{L}\p{M}]+$/gu, '')
  const isWord = word.length >= 2 && word.length <= maxChars && /^\p{L}[\p{L}\p{M}]*(?:['-][\p{L}\p{M}]+)*$/u.test(word)
  return isWord ? word : undefined
}

const common = new Set(
  (
    'a about above across after again against all along also an and any are around as at be because been before behind ' +
    'being below between both but by can could did do does down each even every few for from further had has have he ' +
    'her here him his how i if in into is it its just like make many me more most much my near no nor not now of off on ' +
    'once one only onto or other our out over own please same she should so some such than that the their them then ' +
    'there these they this those through to too toward towards two under until up upon us very was we were what when ' +
    'where which while who why will with within without would you your image picture photo style showing featuring der ' +
    'die das und mit ein eine im auf von les des une un le la et avec dans el los las una con de en del il di'
  ).split(' '),
)

/** Whether a word says nothing about a picture. */
export const isCommonWord = (word: string): boolean => common.has(word) || word.length < 3
