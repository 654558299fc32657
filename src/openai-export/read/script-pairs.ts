/** A pair of an object in a script. */
export interface Pair {
  readonly pointer: string
  /** Null where the value is, or holds, no path. */
  readonly path: string | null
  /** Where the text goes on behind it. */
  readonly end: number
}

const spaces = /[\s,]*/y
const colon = /\s*:\s*/y
const bareKey = /[\w$]+/y
const otherValue = /[\w$.+-]+/y
const delimiters = ['"', "'", '&quot;', '&#34;', '&#39;', '&#x27;', '&apos;']

/** How deep a value that is an object may nest. */
const maxDepth = 20

/** The pair at the start of the text, with what stands before it; null at the closing brace, or at another shape. */
export function pairAt(text: string): Pair | null {
  const start = skip(spaces, text, 0) ?? 0
  const key = stringAt(text, start) ?? wordAt(bareKey, text, start)
  const from = key && skip(colon, text, key.end)
  if (!key || !from) return null
  const value = valueAt(text, from, 0)
  return value && { pointer: key.value, path: value.path, end: value.end }
}

function valueAt(text: string, at: number, depth: number): { path: string | null; end: number } | null {
  const string = stringAt(text, at)
  if (string) return { path: string.value, end: string.end }
  if (text[at] === '{' && depth < maxDepth) return objectAt(text, at + 1, depth + 1)
  if (text[at] === '[' && depth < maxDepth) return listAt(text, at + 1, depth + 1)
  const other = wordAt(otherValue, text, at)
  return other && { path: null, end: other.end }
}

function objectAt(text: string, from: number, depth: number): { path: string | null; end: number } | null {
  const fields = new Map<string, string>()
  for (let at = from; ; ) {
    at = skip(spaces, text, at) ?? at
    if (text[at] === '}') {
      return { path: fields.get('path') ?? fields.get('file') ?? fields.get('src') ?? null, end: at + 1 }
    }
    const key = stringAt(text, at) ?? wordAt(bareKey, text, at)
    const start = key && skip(colon, text, key.end)
    const value = start ? valueAt(text, start, depth) : null
    if (!key || !value) return null
    if (value.path !== null) fields.set(key.value, value.path)
    at = value.end
  }
}

function listAt(text: string, from: number, depth: number): { path: null; end: number } | null {
  for (let at = from; ; ) {
    at = skip(spaces, text, at) ?? at
    if (text[at] === ']') return { path: null, end: at + 1 }
    const value = valueAt(text, at, depth)
    if (!value) return null
    at = value.end
  }
}

/** Where a pattern that begins here ends. */
function skip(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : null
}

function wordAt(pattern: RegExp, text: string, at: number) {
  const end = skip(pattern, text, at)
  return end === null ? null : { value: text.slice(at, end), end }
}

function stringAt(text: string, at: number): { value: string; end: number } | null {
  const delimiter = delimiters.find((candidate) => text.startsWith(candidate, at))
  if (delimiter === undefined) return null
  const start = at + delimiter.length
  let end = text.indexOf(delimiter, start)
  while (end >= 0 && isEscaped(text, start, end)) end = text.indexOf(delimiter, end + delimiter.length)
  if (end < 0) return null
  return { value: plainText(text.slice(start, end), delimiter.length > 1), end: end + delimiter.length }
}

function isEscaped(text: string, start: number, at: number): boolean {
  let count = 0
  while (at - count > start && text[at - count - 1] === '\\') count += 1
  return count % 2 === 1
}

const entities: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }
const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** Back from Latin-1 to UTF-8, then from HTML if it was escaped for that, then from JavaScript. */
function plainText(raw: string, isHtml: boolean): string {
  const text = Buffer.from(raw, 'latin1').toString('utf8')
  const script = isHtml ? text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, unescapeEntity) : text
  if (!script.includes('\\')) return script
  return script.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g, (_, wide, narrow, one) =>
    one === undefined ? String.fromCharCode(Number.parseInt(wide ?? narrow, 16)) : (escapes[one] ?? one),
  )
}

function unescapeEntity(whole: string, decimal?: string, hex?: string, name?: string): string {
  const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : null
  if (code !== null) return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  return entities[name ?? ''] ?? whole
}
