/** A line longer than this is none that anybody wrote: it is passed over, and what follows it is read. */
const maxLineBytes = 64 * 1024 * 1024
const newline = 10

/** Cuts bytes, as they come, into lines. */
export interface LineCutter {
  /** The lines that this piece brings to their ends, without these; decoded together, which is far quicker. */
  push(chunk: Buffer): string[]
  /** What stands behind the last end is a line as well. */
  end(): string
}

export function createLineCutter(): LineCutter {
  let begun: Buffer[] = []
  let length = 0
  const hold = (piece: Buffer) => {
    length += piece.length
    if (length <= maxLineBytes) begun.push(piece)
    else begun = []
  }
  const end = (): string => {
    const line = length > maxLineBytes ? '' : Buffer.concat(begun).toString()
    begun = []
    length = 0
    return line
  }
  return {
    push(chunk) {
      const [first, last] = [chunk.indexOf(newline), chunk.lastIndexOf(newline)]
      hold(first < 0 ? chunk : chunk.subarray(0, first))
      if (first < 0) return []
      const line = end()
      hold(chunk.subarray(last + 1))
      return first === last ? [line] : [line, ...chunk.toString('utf8', first + 1, last).split('\n')]
    },
    end,
  }
}

/** The lines in bytes as they come, without their ends; what stands behind the last end is a line as well. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, void> {
  const cutter = createLineCutter()
  for await (const chunk of chunks) yield* cutter.push(chunk)
  yield cutter.end()
}
