import path from 'node:path'
import { readConfined } from '../archive/confined.ts'
import { readMarks } from '../archive/mark-files.ts'
import type { Entry } from '../catalogue/entry.ts'
import { imageOf, recordOf } from '../catalogue/pictures.ts'
import { maxImageBytes } from '../catalogue/record.ts'
import type { FetchAway } from '../catalogue/thumbs.ts'
import { type ZipFile, zipOf } from '../zip/write.ts'
import { contactSheetOf, csvOf, type TakenOut } from './contact-sheet.ts'

/**
 * A zip of pictures: their images as they are, `pictures.csv` and `contact-sheet.html`.
 *
 * Shape   `images/<name>`; names that would be the same bear the picture's id. Streamed: one image in memory at a time.
 * Errors  a picture that is gone meanwhile is left out; one without image is in the table alone. Ends with an error where
 *         the mirror has an image and does not give it: a zip that lacks one would look whole.
 */
export function takeOut(
  root: string,
  entries: readonly Entry[],
  now: Date,
  fetchAway: FetchAway,
): AsyncGenerator<Uint8Array> {
  return zipOf(filesOf(root, entries, now, fetchAway))
}

async function* filesOf(
  root: string,
  entries: readonly Entry[],
  now: Date,
  fetchAway: FetchAway,
): AsyncGenerator<ZipFile> {
  const taken: TakenOut[] = []
  const names = new Set<string>()
  for (const entry of entries) {
    const picture = await recordOf(root, entry)
    if (!picture) continue
    const marks = await readMarks(path.join(root, 'database'), entry.folder, entry.name)
    const image = imageOf(entry)
    const here = image === undefined ? undefined : await readConfined(root, image, maxImageBytes)
    const bytes = image !== undefined && entry.isAway && !here ? await fetchAway(image) : here
    const file = bytes ? freeName(entry, names) : null
    taken.push({ picture, marks, file })
    if (bytes && file !== null) yield { name: file, bytes, modifiedAt: new Date(picture.date * 1000) }
  }
  yield { name: 'pictures.csv', bytes: Buffer.from(csvOf(taken)), modifiedAt: now }
  yield { name: 'contact-sheet.html', bytes: Buffer.from(contactSheetOf(taken)), modifiedAt: now }
}

function freeName({ imageName, id }: Entry, names: Set<string>): string {
  const { name: stem, ext } = path.posix.parse(imageName)
  const isFree = (name: string) => !names.has(name.normalize('NFC').toLowerCase())
  const free = isFree(imageName) ? imageName : `${stem}-${id}${ext}`
  names.add(free.normalize('NFC').toLowerCase())
  return `images/${free}`
}
