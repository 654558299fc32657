import { isObject, parseJson } from '../../decode/json.ts'
import { maxAnswerChars, maxDepth, maxSharedValues, overLimit } from '../../decode/limits.ts'
import type { Oddity } from '../../decode/oddity.ts'
import { type Findings, mergeFindings, nothingFound, odd, oddly } from '../findings.ts'
import { findConversations } from './conversation-json.ts'
import type { Circumstances } from './found-message.ts'
import type { MessageReader } from './messages.ts'

/**
 * Reads the page of a shared conversation, which carries its data inside a script.
 *
 * Shape   HTML with calls `streamController.enqueue("<text>")`; joined, the text's first line is a flat JSON list
 *         ("turbo-stream" 2): an object is `{ "_<index of key>": <index of value> }`, a list holds indexes, a negative
 *         index is a constant, a list that begins with a letter is a special value that holds no messages.
 * Errors  throws none. HTML without such calls is nothing; calls that cannot be read: oddity "unknown-share-page".
 *         A page or its data beyond a limit: oddity "over-limit", and what lies within is still read.
 * Source  docs/wire/conversations.md
 */
export function decodeSharePage(html: string, reader: MessageReader, circumstances: Circumstances): Findings {
  if (html.length > maxAnswerChars)
    return oddly([overLimit('characters of a shared page', html.length, maxAnswerChars)])
  const pieces = enqueuedIn(html)
  if (pieces.length === 0) return nothingFound
  const table = parseJson(pieces.join('').split('\n', 1)[0] ?? '')
  if (!Array.isArray(table)) return odd('unknown-share-page', `${pieces.length} calls`)
  const { value, oddities } = unfold(table)
  return mergeFindings([findConversations(value, reader, circumstances), oddly(oddities)])
}

const call = 'streamController.enqueue('

/** The texts that are enqueued; looked for step by step, since a pattern for long literals overflows the stack. */
function enqueuedIn(html: string): string[] {
  const pieces: string[] = []
  for (let at = html.indexOf(call); at >= 0; at = html.indexOf(call, at + call.length)) {
    const start = at + call.length
    if (html[start] !== '"') continue
    const end = endOfLiteral(html, start)
    if (end < 0) break
    if (html[end] === ')') pieces.push(String(parseJson(html.slice(start, end)) ?? ''))
    at = end
  }
  return pieces
}

/** The place behind the quote that ends the literal which begins at `start`, or -1. */
function endOfLiteral(html: string, start: number): number {
  const mark = /["\\]/g
  mark.lastIndex = start + 1
  for (let found = mark.exec(html); found; found = mark.exec(html)) {
    if (found[0] === '"') return mark.lastIndex
    mark.lastIndex += 1
  }
  return -1
}

/** Rebuilds the value at index 0; what was seen on the way down is not followed again, so circles end. */
function unfold(table: readonly unknown[]): { value: unknown; oddities: Oddity[] } {
  let count = 0
  let isTooDeep = false
  const at = (index: unknown, above: ReadonlySet<number>): unknown => {
    count += 1
    if (typeof index !== 'number' || index < 0 || above.has(index) || count > maxSharedValues) return null
    if (above.size > maxDepth) {
      isTooDeep = true
      return null
    }
    const value = table[index]
    const below = typeof value === 'object' ? new Set(above).add(index) : above
    if (Array.isArray(value)) return typeof value[0] === 'string' ? null : value.map((inner) => at(inner, below))
    if (!isObject(value)) return value
    const entries = Object.entries(value).map(([key, inner]) => [nameAt(key), at(inner, below)])
    return Object.fromEntries(entries)
  }
  const nameAt = (key: string) => {
    const name = table[Number(key.slice(1))]
    return typeof name === 'string' ? name : key
  }
  const value = at(0, new Set())
  const oddities = [
    ...(isTooDeep ? [overLimit('levels of a shared page', maxDepth + 1, maxDepth)] : []),
    ...(count > maxSharedValues ? [overLimit('values of a shared page', count, maxSharedValues)] : []),
  ]
  return { value, oddities }
}
