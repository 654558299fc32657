import path from 'node:path'
import { readConfined } from '../archive/confined.ts'
import { readMarks } from '../archive/mark-files.ts'
import type { Entry } from '../catalogue/entry.ts'
import { imageOf, recordOf } from '../catalogue/pictures.ts'
import { maxImageBytes } from '../catalogue/record.ts'
import type { FetchAway } from '../catalogue/thumbs.ts'
import { type Described, packetOf, sidecarOf } from '../sidecars/xmp.ts'
import { type ZipFile, zipOf } from '../zip/write.ts'
import { contactSheetOf, csvOf, type TakenOut } from './contact-sheet.ts'
import { withXmp } from './embed-xmp.ts'
import type { TakeOutForm } from './forms.ts'

/**
 * A zip of pictures: their images, as they are if no form is named, `pictures.csv` and `contact-sheet.html`.
 *
 * Shape   `images/<name>`; names that would be the same bear the picture's id. Streamed: one image in memory at a time.
 *         An image that has no place for metadata gets a sidecar instead.
 * Errors  a picture that is gone meanwhile is left out; one without image is in the table alone. Ends with an error
 *         where the mirror has an image and does not give it: a zip that lacks one would look whole.
 */
export function takeOut(
  root: string,
  entries: readonly Entry[],
  now: Date,
  fetchAway: FetchAway,
  form?: TakeOutForm,
): AsyncGenerator<Uint8Array> {
  return zipOf(filesOf(root, entries, now, fetchAway, form))
}

async function* filesOf(
  root: string,
  entries: readonly Entry[],
  now: Date,
  fetchAway: FetchAway,
  form: TakeOutForm | undefined,
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
    if (bytes && file !== null) yield* imageFiles(file, bytes, { record: picture, marks }, form)
  }
  yield { name: 'pictures.csv', bytes: Buffer.from(csvOf(taken)), modifiedAt: now }
  yield { name: 'contact-sheet.html', bytes: Buffer.from(contactSheetOf(taken)), modifiedAt: now }
}

/** An image as it is taken out, and its sidecar, if it gets one. */
function* imageFiles(
  name: string,
  bytes: Buffer,
  picture: Described,
  form: TakeOutForm | undefined,
): Generator<ZipFile> {
  const modifiedAt = new Date(picture.record.date * 1000)
  const copy = form === 'embedded' ? withXmp(bytes, packetOf(picture)) : undefined
  yield { name, bytes: copy ?? bytes, modifiedAt }
  if (form && !copy) yield { name: `${name}.xmp`, bytes: Buffer.from(sidecarOf(picture)), modifiedAt }
}

function freeName({ imageName, id }: Entry, names: Set<string>): string {
  const { name: stem, ext } = path.posix.parse(imageName)
  const isFree = (name: string) => !names.has(name.normalize('NFC').toLowerCase())
  const free = isFree(imageName) ? imageName : `${stem}-${id}${ext}`
  names.add(free.normalize('NFC').toLowerCase())
  return `images/${free}`
}
