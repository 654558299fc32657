/** A line longer than this is none that anybody wrote: it is passed over, and what follows it is read. */
const maxLineBytes = 64 * 1024 * 1024
const newline = 10

/** The lines in bytes as they come, without their ends; what stands behind the last end is a line as well. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, void> {
  let begun: Buffer[] = []
  let length = 0
  const take = (end: Buffer): string => {
    const line = length + end.length > maxLineBytes ? '' : Buffer.concat([...begun, end]).toString()
    begun = []
    length = 0
    return line
  }
  for await (const chunk of chunks) {
    let at = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, at)) {
      yield take(chunk.subarray(at, end))
      at = end + 1
    }
    const rest = chunk.subarray(at)
    length += rest.length
    if (length <= maxLineBytes) begun.push(rest)
    else begun = []
  }
  yield take(Buffer.alloc(0))
}
