import { findConversations } from './conversation-json.ts'
import { type Findings, nothingFound, odd } from './facts.ts'
import { isObject, maxDepth, parseJson } from './json.ts'
import type { Circumstances, MessageReader } from './messages.ts'

/** Values a shared page may unfold to; a long conversation has some ten thousand. */
const maxValues = 500_000

/**
 * Reads the page of a shared conversation, which carries its data inside a script.
 *
 * Shape   HTML with calls `streamController.enqueue("<text>")`; joined, the text's first line is a flat JSON list
 *         ("turbo-stream" 2): an object is `{ "_<index of key>": <index of value> }`, a list holds indexes, a negative
 *         index is a constant, a list that begins with a letter is a special value that holds no messages.
 * Errors  throws none. HTML without such calls is nothing; calls that cannot be read: oddity "unknown-share-page".
 * Source  docs/wire/conversations.md
 */
export function decodeSharePage(html: string, reader: MessageReader, circumstances: Circumstances): Findings {
  const calls = [...html.matchAll(/streamController\.enqueue\(("(?:[^"\\]|\\.)*")\)/gs)]
  if (calls.length === 0) return nothingFound
  const text = calls.map(([, literal]) => String(parseJson(literal ?? '') ?? '')).join('')
  const table = parseJson(text.split('\n', 1)[0] ?? '')
  if (!Array.isArray(table)) return odd('unknown-share-page', `${calls.length} calls`)
  return findConversations(unfold(table), reader, circumstances)
}

/** Rebuilds the value at index 0; what was seen on the way down is not followed again, so circles end. */
function unfold(table: readonly unknown[]): unknown {
  let left = maxValues
  const at = (index: unknown, above: ReadonlySet<number>): unknown => {
    if (typeof index !== 'number' || index < 0 || above.has(index) || above.size > maxDepth || left-- <= 0) return null
    const value = table[index]
    const below = typeof value === 'object' ? new Set(above).add(index) : above
    if (Array.isArray(value)) return typeof value[0] === 'string' ? null : value.map((inner) => at(inner, below))
    if (!isObject(value)) return value
    const entries = Object.entries(value).map(([key, inner]) => [String(table[Number(key.slice(1))]), at(inner, below)])
    return Object.fromEntries(entries)
  }
  return at(0, new Set())
}
