import path from 'node:path'
import pLimit from 'p-limit'
import { readMarks } from '../archive/mark-files.ts'
import type { Entry } from '../catalogue/entry.ts'
import { imageOf, recordOf } from '../catalogue/pictures.ts'
import type { PictureObject } from '../catalogue/record-fields.ts'
import type { TakenOut } from './contact-sheet.ts'

/** Records read at a time. */
const atOnce = 32

/** Pictures with their marks, as they are on disk now; `file` is the image's path in the archive. */
export async function takenOut(root: string, entries: readonly Entry[]): Promise<TakenOut[]> {
  const read = await pLimit(atOnce).map(entries, async (entry) => {
    const picture = await recordOf(root, entry)
    if (!picture) return undefined
    const marks = await readMarks(path.join(root, 'database'), entry.folder, entry.name)
    return { picture, marks, file: entry.isMissing ? null : (imageOf(entry) ?? null), isAway: entry.isAway }
  })
  return read.filter((one) => one !== undefined)
}

/** What is handed to programs of a picture that was taken out. */
export function objectOf({ picture, marks, file, isAway = false }: TakenOut): PictureObject {
  const { favourite, stars, flag, tags, note } = marks
  return {
    ...picture,
    image: file ?? picture.image,
    isMissing: file === null,
    isAway,
    favourite,
    stars,
    flag,
    tags,
    note,
  }
}
