import { parseJson } from '../decode/json.ts'
import { appendTo, remove, writeOver } from './files.ts'
import { createLineCutter } from './lines.ts'
import { chunksOf } from './read-files.ts'

/** A file of JSON lines that only grows, until it is written anew. */
export interface Journal {
  /** Adds a line; those of one moment are written together. Resolves when it is in the file. */
  add(line: unknown): Promise<void>
  /** Replaces all lines, or removes the file when there are none. */
  rewrite(lines: readonly unknown[]): Promise<void>
  /** Lines in the file. */
  readonly length: number
}

/**
 * Reads the lines of a journal, oldest first, one at a time: it may be far larger than a string may be. Writes nothing.
 *
 * Errors  a line that is no JSON – the last one, when a run was killed while it wrote – is passed over, and so is a
 *         journal that is not there; `ELOOP` for one that is a link. Resolves with the number of lines.
 */
export async function readJournal(file: string, onLine: (line: unknown, chars: number) => void): Promise<number> {
  let length = 0
  const read = (text: string) => {
    const line = text === '' ? undefined : parseJson(text)
    if (line === undefined) return
    length += 1
    onLine(line, text.length)
  }
  const cutter = createLineCutter()
  // Nothing is awaited for a line: a journal may have a hundred thousand.
  for await (const chunk of chunksOf(file)) for (const text of cutter.push(chunk)) read(text)
  read(cutter.end())
  return length
}

/**
 * Makes the writer of a journal that holds so many lines; `ready` is awaited before each write.
 *
 * Errors  adding rejects with what the file system says.
 */
export function createJournal(file: string, ready: () => Promise<void>, lengthBefore: number): Journal {
  let length = lengthBefore
  let waiting: string[] = []
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined

  const inOrder = (work: () => Promise<void>): Promise<void> => {
    last = last.catch(() => {}).then(work)
    return last
  }

  const writeWaiting = async () => {
    next = undefined
    const batch = waiting
    waiting = []
    await ready()
    // A line end before as well as behind: what a killed run left unfinished must not swallow the first line.
    await appendTo(file, `\n${batch.join('\n')}\n`)
  }

  return {
    add(line) {
      waiting.push(JSON.stringify(line))
      length += 1
      next ??= inOrder(writeWaiting)
      return next
    },
    rewrite(all) {
      return inOrder(async () => {
        await ready()
        length = all.length
        if (all.length === 0) return remove(file)
        // Line by line: together they may be longer than a string may be.
        const bytes = Buffer.concat(all.map((line) => Buffer.from(`${JSON.stringify(line)}\n`)))
        await writeOver(file, bytes, { isDurable: false })
      })
    },
    get length() {
      return length
    },
  }
}
