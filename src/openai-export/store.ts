import { existsSync } from 'node:fs'
import path from 'node:path'
import { format } from 'date-fns/format'
import type { Archive } from '../archive/archive.ts'
import { namesIn, placeNew, remove, sha256Of } from '../archive/files.ts'
import { openJournal } from '../archive/journal.ts'
import type { DatedFacts, PictureRecord } from '../archive/records.ts'
import type { FileId, ImageFacts } from '../decode/facts.ts'
import { type ImageExtension, imageTypes } from '../decode/image-bytes.ts'
import { textAt } from '../decode/json.ts'
import { learn } from '../pair/picture.ts'
import type { LiveArchive } from './match.ts'
import type { Content, Medium } from './media.ts'
import { safeName } from './safe-names.ts'

/** Where everything of an import comes to rest; each content is stored once. */
export interface Store {
  readonly live: LiveArchive
  /** A generated image, exactly as live capture keeps it; the path of the image relative to the archive. */
  keepPicture(facts: ImageFacts, medium: Medium, fallbackDate: Date): Promise<string>
  /** Completes the record of a picture that is archived already; its image's path. */
  completePicture(facts: ImageFacts): Promise<string | null>
  keepAttachment(medium: Medium, folder: string, name: string): Promise<string>
  readonly counts: { pictures: number; completed: number; attachments: number }
}

/** The dated folder of a conversation's media. */
export const attachmentFolder = (date: Date, conversationId: string): string =>
  `attachments/${format(date, 'yyyy/MM/dd')}/${safeName(conversationId)}`

/**
 * Opens the store over an archive: reads every record once, and the list of attachments.
 *
 * Shape   `attachments/index.ndjson`: `{ sha256, path }` for each stored content, so that later imports find it again.
 */
export async function openStore(archive: Archive): Promise<Store> {
  const bySha256 = new Map<string, { image: string; fileIds: string[] }>()
  const shaByFileId = new Map<string, string>()
  const byGenId = new Map<string, { sha256: string; fileId: FileId; image: string }>()
  const counts = { pictures: 0, completed: 0, attachments: 0 }

  const note = (record: PictureRecord) => {
    const known = bySha256.get(record.sha256)
    if (known) known.fileIds.push(record.fileId)
    else bySha256.set(record.sha256, { image: record.image, fileIds: [record.fileId] })
    shaByFileId.set(record.fileId, record.sha256)
    const fileId = fileIdOf(record)
    if (record.gen_id) byGenId.set(record.gen_id, { sha256: record.sha256, fileId, image: record.image })
  }
  for await (const record of archive.records()) note(record)

  const { journal, lines } = await openJournal(path.join(archive.root, 'attachments', 'index.ndjson'), () =>
    archive.ready('attachments'),
  )
  const attachments = new Map<string, string>()
  for (const line of lines) {
    const [sha256, place] = [textAt(line, 'sha256'), textAt(line, 'path')]
    if (sha256 && place && existsSync(path.join(archive.root, place))) attachments.set(sha256, place)
  }

  const complete = async (fileId: FileId, facts: ImageFacts) => {
    if (await archive.complete(fileId, (known) => learn(known, { ...facts, sizeBytes: known.sizeBytes })))
      counts.completed += 1
  }

  const keepPicture: Store['keepPicture'] = async (facts, medium, fallbackDate) => {
    const content = contentOf(medium)
    if (archive.has(facts.fileId)) {
      await complete(facts.fileId, facts)
      return keepDiffering(facts.fileId, medium)
    }
    const twin = facts.genId === null ? undefined : byGenId.get(facts.genId)
    if (twin && twin.sha256 !== content.sha256) {
      // The same generation under another id and in other bytes: no second picture, but its bytes are not lost.
      await complete(twin.fileId, { ...facts, fileId: twin.fileId })
      return keepRendition(twin.image, medium, facts)
    }
    const dated = withDate(facts, fallbackDate)
    const same = bySha256.get(content.sha256)
    const image = same?.image ?? (await archive.storeImage(dated, extensionOf(content), placing(content)))
    const record = await archive.keepRecord(dated, {
      sha256: content.sha256,
      bytes: content.bytes,
      mime: imageTypes[extensionOf(content)],
      widthPx: content.widthPx,
      heightPx: content.heightPx,
      image,
      source: {
        spring: 'export',
        channel: facts.channel,
        host: null,
        archive: medium.file.archive.join(' › '),
        entry: medium.file.path,
      },
    })
    note(record)
    counts.pictures += 1
    return image
  }

  /** Other bytes than the archived ones under the same id – signed later, or another format – are kept beside. */
  const keepDiffering = async (fileId: FileId, medium: Medium): Promise<string> => {
    const sha256 = shaByFileId.get(bare(fileId))
    const image = sha256 === undefined ? undefined : bySha256.get(sha256)?.image
    if (image === undefined || sha256 === contentOf(medium).sha256) return image ?? `database`
    return keepRendition(image, medium, { fileId })
  }

  const keepRendition = async (image: string, medium: Medium, { fileId }: { fileId: FileId }) => {
    const folder = `attachments/renditions/${path.posix.dirname(image).replace(/^images\//, '')}`
    await keepAttachment(medium, folder, `${fileId}.${contentOf(medium).extension ?? 'bin'}`)
    return image
  }

  const keepAttachment: Store['keepAttachment'] = async (medium, folder, name) => {
    const content = contentOf(medium)
    const there = bySha256.get(content.sha256)?.image ?? attachments.get(content.sha256)
    if (there !== undefined) return there
    await archive.ready(folder)
    const place = await placeAs(content, folder, safeName(name))
    attachments.set(content.sha256, place)
    await journal.add({ sha256: content.sha256, path: place })
    counts.attachments += 1
    return place
  }

  /** Under the name, or, if other bytes have it, under the name with a piece of the content's hash. */
  const placeAs = async (content: Content, folder: string, name: string): Promise<string> => {
    const { base, ext } = path.parse(name)
    const stem = ext === '' ? base : base.slice(0, -ext.length)
    for (const candidate of [name, `${stem}-${content.sha256.slice(0, 12)}${ext}`]) {
      const target = path.join(archive.root, folder, candidate)
      const isTaken = (await namesIn(path.dirname(target))).some((other) => folded(other) === folded(candidate))
      if (!isTaken && (await placeNew(stagedOf(content), target)) === 'written') return `${folder}/${candidate}`
      if ((await sha256Of(target)) === content.sha256) return `${folder}/${candidate}`
    }
    throw new Error(`no free name for ${name} in ${folder}`)
  }

  return {
    live: {
      byFileId: (id) => shaByFileId.get(bare(id)),
      byGenId: (genId) => byGenId.get(genId)?.sha256,
      fileIdsOf: (sha256) => (bySha256.get(sha256)?.fileIds ?? []).flatMap((id) => [`file-${id}`, `file_${id}`]),
    },
    keepPicture,
    async completePicture(facts) {
      const twin = facts.genId === null ? undefined : byGenId.get(facts.genId)
      const fileId = archive.has(facts.fileId) ? facts.fileId : twin?.fileId
      if (fileId === undefined) return null
      await complete(fileId, { ...facts, fileId })
      return bySha256.get(shaByFileId.get(bare(fileId)) ?? '')?.image ?? null
    },
    keepAttachment,
    counts,
  }
}

const bare = (fileId: string) => fileId.replace(/^file[-_]/, '')
const fileIdOf = ({ fileId }: PictureRecord) => `file-${fileId}` as FileId
const folded = (name: string) => name.normalize('NFC').toLowerCase()

function contentOf({ content, file }: Medium): Content {
  if (!content) throw new Error(`${file.path} was not read`)
  return content
}

function stagedOf({ staged }: Content): string {
  if (staged === null) throw new Error('nothing was staged')
  return staged
}

const extensionOf = ({ extension }: Content): ImageExtension => {
  if (extension !== null && extension in imageTypes) return extension as ImageExtension
  throw new Error(`${extension ?? 'unknown bytes'} where an image was expected`)
}

const placing = (content: Content) => ({
  put: (target: string) => placeNew(stagedOf(content), target),
  isAt: async (target: string) => {
    const isSame = (await sha256Of(target)) === content.sha256
    if (isSame) await remove(stagedOf(content))
    return isSame
  },
})

const withDate = (facts: ImageFacts, fallback: Date): DatedFacts => ({
  ...facts,
  createdAt: facts.createdAt ?? fallback,
  dateSource: facts.dateSource ?? 'conversation',
})
