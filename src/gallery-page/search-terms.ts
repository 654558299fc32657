/** Where the last term of a search begins: a word, `tag:word`, or what stands in quotation marks that may be open. */
export function lastTermAt(q: string): number {
  let at = 0
  let isQuoted = false
  for (let i = 0; i < q.length; i++) {
    if (q[i] === '"') isQuoted = !isQuoted
    else if (!isQuoted && /\s/.test(q[i] ?? '')) at = i + 1
  }
  return at
}

/** A search with its last term replaced, ready for the next one; a key waits for its value. */
export function replaceLast(q: string, text: string): string {
  const term = q.slice(lastTermAt(q))
  // What was to be without stays without.
  const minus = term.startsWith('-') && !text.startsWith('-') ? '-' : ''
  return `${q.slice(0, lastTermAt(q))}${minus}${text}${text.endsWith(':') ? '' : ' '}`
}

/** A search with one more term. */
export const withTerm = (q: string, term: string): string => (q.trim() ? `${q.trim()} ${term}` : term)

/** A search for pictures with just these words in this order, or with the beginning of them. */
export function phraseOf(prompt: string): string {
  const words = prompt.replaceAll('"', ' ').split(/\s+/).filter(Boolean)
  return `"${words.slice(0, 12).join(' ')}"`
}
