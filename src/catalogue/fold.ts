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

/** The same in one line with single spaces, as texts are searched. */
export function foldedLine(text: string): string {
  const folded = fold(text)
  // Most text is one already.
  return /[^\S ]| {2}|^ | $/.test(folded) ? folded.replace(/\s+/g, ' ').trim() : folded
}
