import path from 'node:path'
import pLimit from 'p-limit'
import { isPlainFolder } from './confined.ts'
import { codeOf } from './disk-errors.ts'
import { remove, writeOver } from './files.ts'
import { type Marks, marksIn, marksNameFor, maxMarksBytes, noMarks } from './marks.ts'
import { readIfThere } from './read-files.ts'

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
  if (!marks.favourite && marks.tags.length === 0 && marks.note === '' && !marks.imageDeleted) return remove(target)
  const bytes = Buffer.from(`${JSON.stringify({ version: 1, ...marks }, null, 2)}\n`)
  try {
    await writeOver(target, bytes)
  } catch (error) {
    // A daemon that starts just now sweeps temporary files away; once more, then.
    if (codeOf(error) !== 'ENOENT') throw error
    await writeOver(target, bytes)
  }
}

/** Writes all marks of a picture: `name` is that of its record, which stands in `folder` below `database/`. */
export type WriteMarks = (folder: string, name: string, marks: Marks) => Promise<void>

/** One change after the other, since a change of one mark writes all of them. */
const marking = pLimit(1)

/** Changes some of a picture's marks, and resolves with all. */
export function changeMarks(
  { root, mark }: { readonly root: string; readonly mark: WriteMarks },
  { folder, name }: { readonly folder: string; readonly name: string },
  changes: Partial<Marks>,
): Promise<Marks> {
  return marking(async () => {
    const before = await readMarks(path.join(root, 'database'), folder, name)
    const after = { ...before, ...changes }
    await mark(folder, name, after)
    return after
  })
}
