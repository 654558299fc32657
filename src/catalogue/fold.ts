// Pure and without Node, so that the page of a static copy searches just as the server does.

const alike: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  ß: 'ss',
  ς: 'σ',
}

/**
 * Text as it is searched: compatibility forms, upper and lower case, accents and typographic quotes make no difference.
 *
 * Shape   NFKD, lower case, without the combining marks U+0300 to U+036F; those of other scripts carry meaning and
 *         stay.
 */
export function fold(text: string): string {
  // Most text is plain, and this is far faster then.
  if (/^\p{ASCII}*$/u.test(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[‘’“”–—ßς]/g, (letter) => alike[letter] ?? letter)
}

/** Words beyond these say nothing more. */
const maxQueryChars = 500
const maxWords = 20

/** The words of a query as they are looked for: every one must be there, the longest is the rarest and comes first. */
export function wordsOf(query: string): string[] {
  const words = fold(query.slice(0, maxQueryChars)).split(/\s+/)
  return [...new Set(words.filter((word) => word !== ''))]
    .sort((left, right) => right.length - left.length)
    .slice(0, maxWords)
}
