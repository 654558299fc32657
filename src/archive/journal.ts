import { parseJson } from '../decode/json.ts'
import { appendTo, readIfThere, remove, writeOver } from './files.ts'

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
 * Opens a journal and reads its lines, oldest first.
 *
 * Shape   `ready` is awaited before each write.
 * Errors  a line that is no JSON – the last one, when a run was killed while it wrote – is passed over. Adding rejects with
 *         what the file system says.
 */
export async function openJournal(
  file: string,
  ready: () => Promise<void> = async () => {},
): Promise<{ journal: Journal; lines: unknown[] }> {
  const text = (await readIfThere(file))?.toString() ?? ''
  const lines = text
    .split('\n')
    .map(parseJson)
    .filter((line) => line !== undefined)
  let length = lines.length
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

  const journal: Journal = {
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
        await writeOver(file, Buffer.from(`${all.map((line) => JSON.stringify(line)).join('\n')}\n`), {
          isDurable: false,
        })
      })
    },
    get length() {
      return length
    },
  }
  return { journal, lines }
}
