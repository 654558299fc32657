import { maxConversationBytes, splitArray } from './splitter.ts'

/**
 * Reads the conversations that `chat.html` holds as `var jsonData = […]`, up to the first thing behind them that is
 * none; `learn` says whether it was one.
 */
export async function readConversationsInPage(
  chunks: AsyncIterable<Buffer>,
  learn: (text: Buffer) => boolean,
): Promise<void> {
  for await (const element of splitArray(afterMark(chunks, 'jsonData'), maxConversationBytes)) {
    if ('text' in element && !learn(element.text)) return
    if ('isCut' in element) return
  }
}

/** The bytes behind the first assignment to a name. */
async function* afterMark(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const mark = new RegExp(`\\b${name}\\s*=\\s*(?=\\[)`)
  const longest = name.length + 64
  let before: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of chunks) {
    if (before === undefined) {
      yield chunk
      continue
    }
    const window: Buffer = Buffer.concat([before, chunk])
    const found = mark.exec(window.toString('latin1'))
    before = found ? undefined : window.subarray(Math.max(0, window.length - longest))
    if (found) yield window.subarray(found.index + found[0].length)
  }
}
