const word = Buffer.from('assetsJson')

/** What is looked at before and after the word, to tell an assignment from a mention. */
const contextBytes = 128

/** The longest pair; file names are far shorter. */
const maxPairBytes = 64 * 1024

/** The most pairs that are read of one object. */
const maxPairs = 5_000_000

/** How deep a value that is an object may nest. */
const maxDepth = 20

/**
 * Reads which file stands for which pointer from the script in `chat.html`.
 *
 * Shape   `var assetsJson = {"sediment://file_…": "user-…/file_….png", …}`, also as let, const or window.assetsJson;
 *         values are strings, or objects with a `path`, `file` or `src`. Single quotes, bare keys, trailing commas and
 *         quotes escaped as in HTML are understood. A message may quote such an assignment, so the last one that has
 *         pairs counts; of one that breaks off or has another shape, the pairs before that place.
 * Units   reads hundreds of MB on one line in constant memory but for the pairs, which are held until the text ends.
 * Errors  throws none but those of `chunks`; nothing comes out when there is nothing of the kind.
 * Source  docs/export/layouts.md, "The texts beside"
 */
export async function* readAssetsJson(chunks: AsyncIterable<Buffer>): AsyncGenerator<[pointer: string, path: string]> {
  const finder = createFinder()
  for await (const chunk of chunks) finder.push(chunk)
  yield* finder.end()
}

/** Small chunks are gathered until there is this much to look at. */
const batchBytes = 256 * 1024

/** Text is looked into as Latin-1, so that a place in it is a place in the bytes. */
function createFinder() {
  let window: Buffer = Buffer.alloc(0)
  let pending: Buffer[] = []
  let pendingBytes = 0
  let keepFrom = 0
  let isInObject = false
  let last: [string, string][] = []
  let current: [string, string][] = []

  function push(chunk: Buffer): void {
    pending.push(chunk)
    pendingBytes += chunk.length
    if (pendingBytes >= batchBytes) look(false)
  }

  function look(isEnd: boolean): void {
    window = Buffer.concat([window, ...pending])
    pending = []
    pendingBytes = 0
    for (let at: number | null = 0; at !== null; ) at = isInObject ? readPairs(at, isEnd) : findObject(at, isEnd)
    window = window.subarray(keepFrom)
  }

  /** Behind the opening brace of the next assignment; null when more bytes are needed. */
  function findObject(from: number, isEnd: boolean): number | null {
    for (let at = window.indexOf(word, from); at >= 0; at = window.indexOf(word, at + word.length)) {
      keepFrom = Math.max(0, at - contextBytes)
      if (at + contextBytes > window.length && !isEnd) return null
      const before = window.toString('latin1', keepFrom, at)
      const after = window.toString('latin1', at + word.length, at + contextBytes)
      const brace = /^\s*=\s*\{/.exec(after)
      if (!brace || !/(^|[^\w$.])((var|let|const)\s+|window\s*\.\s*)$/.test(before)) continue
      isInObject = true
      current = []
      return at + word.length + brace[0].length
    }
    keepFrom = Math.max(keepFrom, window.length - contextBytes, 0)
    return null
  }

  function readPairs(from: number, isEnd: boolean): number | null {
    const text = window.toString('latin1', from)
    let at = 0
    while (isEnd || text.length - at > maxPairBytes) {
      const pair = current.length < maxPairs ? pairAt(text.slice(at, at + maxPairBytes)) : null
      if (!pair) return leaveObject(from + at)
      if (pair.path !== null) current.push([pair.pointer, pair.path])
      at += pair.end
    }
    keepFrom = from + at
    return null
  }

  function leaveObject(at: number): number {
    isInObject = false
    if (current.length > 0) last = current
    keepFrom = at
    return at
  }

  function end(): [string, string][] {
    look(true)
    return last
  }

  return { push, end }
}

interface Pair {
  readonly pointer: string
  readonly path: string | null
  readonly end: number
}

const spaces = /[\s,]*/y
const colon = /\s*:\s*/y
const bareKey = /[\w$]+/y
const otherValue = /[\w$.+-]+/y
const delimiters = ['"', "'", '&quot;', '&#34;', '&#39;', '&#x27;', '&apos;']

/** The pair at the start of the text, with what stands before it; null at the closing brace, or at another shape. */
function pairAt(text: string): Pair | null {
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
