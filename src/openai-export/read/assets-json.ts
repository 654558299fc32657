import { pairAt } from './script-pairs.ts'

const word = Buffer.from('assetsJson')

/** What is looked at before and after the word, to tell an assignment from a mention. */
const contextBytes = 128

/** The longest pair; file names are far shorter. */
const maxPairBytes = 64 * 1024

/** The most pairs that are read of one object. */
const maxPairs = 5_000_000

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
  /** The window as Latin-1, made once a look: a hostile text begins an assignment every few bytes. */
  let text: string | undefined
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
    text = undefined
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
    text ??= window.toString('latin1')
    let at = from
    while (isEnd || text.length - at > maxPairBytes) {
      const pair = current.length < maxPairs ? pairAt(text.slice(at, at + maxPairBytes)) : null
      if (!pair) return leaveObject(at)
      if (pair.path !== null) current.push([pair.pointer, pair.path])
      at += pair.end
    }
    keepFrom = at
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
