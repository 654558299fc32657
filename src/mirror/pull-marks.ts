import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { marksIn, maxMarksBytes } from '../archive/marks.ts'
import { bareIdInRecordName } from '../archive/names.ts'
import { fileIdOfBare } from '../sites/ids.ts'
import type { MarksState } from './layout.ts'
import { hashOf } from './layout.ts'
import type { Mirror } from './mirror.ts'
import { marksAt, marksText, pushMarks } from './push-picture.ts'

/**
 * Takes over the marks that were written last, wherever that was. Marks of this machine that are not up there are sent
 * first, so that none are lost.
 *
 * Errors  an Error for a state that is not what its key says. Resolves with whether marks here were changed.
 */
export async function pullMarks(
  archive: Pick<Archive, 'root' | 'recordOf' | 'mark'>,
  mirror: Mirror,
  state: MarksState & { readonly key: string },
): Promise<boolean> {
  const { store, known } = mirror
  const id = bareIdInRecordName(state.place.name) ?? ''
  const fileId = fileIdOfBare(id)
  const record = fileId === null ? undefined : archive.recordOf(fileId)
  if (record === undefined) return false
  const { dir: folder, base: name } = path.posix.parse(record)
  const here = await marksAt(archive.root, { folder, name })
  const isSame = hashOf(marksText(here)) === state.sha256
  if (!isSame) await pushMarks(mirror, { folder, name })
  const isOlder = (known.marksOf({ folder, name })?.at ?? 0) > state.at
  if (!isSame && !isOlder) {
    const found = await store.get(state.key, maxMarksBytes)
    if (!found || hashOf(found.bytes) !== state.sha256) throw new Error('the mirror has other bytes in its place')
    const { imageDeleted: _, ...said } = marksIn(found.bytes.toString())
    const deleted = here.imageDeleted ? { imageDeleted: true as const } : {}
    await archive.mark(folder, name, { ...said, ...deleted })
  }
  await known.note(state.key, null)
  return !isSame && !isOlder
}
