import path from 'node:path'
import { isPlainFolder } from './confined.ts'
import { remove, writeOverUnlocked } from './files.ts'
import { type Marks, marksIn, marksNameFor, marksText, maxMarksBytes, noMarks } from './marks.ts'
import { readIfThere } from './read-files.ts'
import { createTurns } from './turns.ts'

/** Reads the marks beside a record; a link or a folder in the sidecar's place says nothing. */
export async function readMarks(database: string, folder: string, recordName: string): Promise<Marks> {
  const target = path.join(database, folder, marksNameFor(recordName))
  const bytes = await readIfThere(target).catch(() => undefined)
  return bytes && bytes.length <= maxMarksBytes ? marksIn(bytes.toString()) : noMarks
}

/**
 * Writes the marks beside a record, whole or not at all, and never the record; empty marks remove the sidecar.
 *
 * Errors  throws what the disk says, and for a folder that is a link.
 */
export async function writeMarks(root: string, folder: string, recordName: string, marks: Marks): Promise<void> {
  const place = folder === '' ? 'database' : `database/${folder}`
  if (!(await isPlainFolder(root, place, new Map()))) throw new Error(`${place} is no folder of the archive`)
  const target = path.join(root, place, marksNameFor(recordName))
  const text = marksText(marks)
  if (text === undefined) return remove(target)
  await writeOverUnlocked(target, Buffer.from(text))
}

/** Writes all marks of a picture: `name` is that of its record, which stands in `folder` below `database/`. */
export type WriteMarks = (folder: string, name: string, marks: Marks) => Promise<void>

/** One change of a picture after the other, since a change of one mark writes all of them. */
const inTurn = createTurns()

/** Changes some of a picture's marks, and resolves with how it was marked and how it is. */
export function changeMarks(
  { root, mark }: { readonly root: string; readonly mark: WriteMarks },
  { folder, name }: { readonly folder: string; readonly name: string },
  changes: Partial<Marks> | ((before: Marks) => Partial<Marks>),
): Promise<{ readonly before: Marks; readonly after: Marks }> {
  return inTurn(path.join(root, folder, name), async () => {
    const before = await readMarks(path.join(root, 'database'), folder, name)
    const after = { ...before, ...(typeof changes === 'function' ? changes(before) : changes) }
    await mark(folder, name, after)
    return { before, after }
  })
}
