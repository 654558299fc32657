import { messageOf } from '../../errors.ts'
import type { ImportEvent } from '../events.ts'
import type { ExportFile } from '../inputs/export-file.ts'
import { maxValues } from './splitter.ts'

export interface ReadOptions {
  readonly onEvent?: (event: ImportEvent) => void
  readonly signal?: AbortSignal | undefined
}

/** Reads one text after another, and says how far it came. */
export interface TextReader {
  /** Hands a file's bytes to `read`. Errors: what `read` throws is the file's flaw; rejects only when stopped. */
  read(file: ExportFile, read: (chunks: AsyncIterable<Buffer>) => Promise<void>): Promise<void>
}

/** `texts` are all that will be read, and `onFlaw` hears of each that cannot be. */
export function createTextReader(
  texts: readonly ExportFile[],
  onFlaw: (file: ExportFile, reason: string) => void,
  { onEvent = () => {}, signal }: ReadOptions,
): TextReader {
  const all = { files: texts.length, bytes: texts.reduce((sum, file) => sum + file.sizeBytes, 0) }
  const done = { files: 0, bytes: 0 }
  const counted = async function* (file: ExportFile) {
    for await (const chunk of file.open()) {
      signal?.throwIfAborted()
      done.bytes += chunk.length
      onEvent({ kind: 'progress', phase: 'reading', done: { ...done }, all })
      yield chunk
    }
  }
  return {
    async read(file, read) {
      signal?.throwIfAborted()
      await read(counted(file)).catch((error: unknown) => {
        signal?.throwIfAborted()
        onFlaw(file, messageOf(error))
      })
      done.files += 1
    },
  }
}

const [openBrace, openBracket] = [0x7b, 0x5b]

/** Longest sidecar that is read in one piece; the largest seen has some ten thousand rows. */
const maxSidecarBytes = 256 * 1024 * 1024

/** A sidecar's text. Errors: throws for one that is longer than `maxSidecarBytes`, or holds more than `maxValues`. */
export async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  let values = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > maxSidecarBytes) throw new Error(`is longer than ${maxSidecarBytes} bytes`)
    for (const byte of chunk) if (byte === openBrace || byte === openBracket) values += 1
    if (values > maxValues) throw new Error(`holds more than ${maxValues} values`)
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString()
}
