import path from 'node:path'
import { namesIn, readIfThere, sha256Of, walkFiles } from '../archive/files.ts'
import { imageBeginningFor } from '../archive/names.ts'
import { type PictureRecord, recordSchema } from '../archive/records.ts'
import { countAt, parseJson, textAt } from '../decode/json.ts'
import { type FileId, parseGenerationId } from '../sites/ids.ts'

/** What of an archived picture tells whether another is the same. */
export type KnownPicture = Pick<PictureRecord, 'fileId' | 'gen_id' | 'sha256' | 'image'> & {
  /** Null for pictures of the 2023 tool, which came in live. */
  readonly source: PictureRecord['source'] | null
}

/** Records read at a time. */
const batch = 64

/**
 * Every picture of an archive, by its record; the archive need not be opened, and nothing is written.
 *
 * Shape   a record of the 2023 tool names neither image nor hash: its image is the one in the same dated folder whose name
 *         begins with its date and gen_id, and is read for its hash. Records changed by hand, and those whose image is not
 *         found, are passed over.
 */
export async function* picturesIn(root: string): AsyncGenerator<KnownPicture> {
  const records: { folder: string; name: string }[] = []
  await walkFiles(path.join(root, 'database'), (folder, name) => void records.push({ folder, name }))
  for (let at = 0; at < records.length; at += batch) {
    const some = await Promise.all(records.slice(at, at + batch).map((record) => pictureOf(root, record)))
    for (const picture of some) if (picture) yield picture
  }
}

async function pictureOf(root: string, { folder, name }: { folder: string; name: string }) {
  // A link, or a file that went away meanwhile, is no record.
  const bytes = await readIfThere(path.join(root, 'database', folder, name)).catch(() => undefined)
  const json = parseJson(bytes?.toString() ?? '')
  const parsed = recordSchema.safeParse(json)
  return parsed.success ? parsed.data : forerunnerPicture(root, folder, json)
}

async function forerunnerPicture(root: string, folder: string, json: unknown): Promise<KnownPicture | undefined> {
  const [fileId, genId, date] = [textAt(json, 'fileId'), textAt(json, 'gen_id'), countAt(json, 'date')]
  if (fileId === null || date === null) return undefined
  const beginning = imageBeginningFor({
    createdAt: new Date(date * 1000),
    fileId: `file-${fileId}` as FileId,
    genId: parseGenerationId(genId),
  })
  const isIts = (name: string) => name.startsWith(beginning) && /^[-.]/.test(name.slice(beginning.length))
  const [image, ...others] = (await namesIn(path.join(root, 'images', folder))).filter(isIts)
  if (image === undefined || others.length > 0) return undefined
  const sha256 = await sha256Of(path.join(root, 'images', folder, image))
  return sha256 === undefined
    ? undefined
    : { fileId, gen_id: genId, sha256, image: `images/${folder}/${image}`, source: null }
}
