import { existsSync } from 'node:fs'
import path from 'node:path'
import { format } from 'date-fns/format'
import type { Archive } from '../../archive/archive.ts'
import { codeOf, flushFolder, namesIn, placeNew, readIfThere, remove, sha256Of, writeNew } from '../../archive/files.ts'
import { openJournal } from '../../archive/journal.ts'
import { type ImageExtension, imageTypes } from '../../decode/image-bytes.ts'
import { textAt } from '../../decode/json.ts'
import { ArchiverError } from '../../errors.ts'
import type { DatedFacts, ImageFacts } from '../../sites/facts.ts'
import { mergeFacts } from '../../sites/facts.ts'
import { bareId, type FileId } from '../../sites/ids.ts'
import type { Content, StagedAsset } from '../read/assets.ts'
import { createBackground } from './background.ts'
import type { ArchivedPicture, Confidence, KnownPictures } from './known-pictures.ts'
import { safeName } from './safe-names.ts'

/** Where everything of an import comes to rest; each content is stored once. */
export interface Store {
  /**
   * A generated image, exactly as live capture keeps it. Returns the path of the image relative to the archive; null
   * where a record is there that does not say it.
   */
  keepPicture(facts: DatedFacts, asset: StagedAsset, match: Confidence): Promise<string | null>
  /** Completes the record of a picture that is archived already; its image's path. */
  completePicture(facts: ImageFacts): Promise<string | null>
  keepAttachment(asset: StagedAsset, folder: string, name: string): Promise<string>
  readonly counts: { pictures: number; completed: number; corrected: number; attachments: number }
  /** Resolves when everything is safely on the disk; until then records and the list may still be on their way. */
  drained(): Promise<void>
}

/** The dated folder of a conversation's assets. */
export const attachmentFolder = (date: Date, conversationId: string): string =>
  `attachments/${format(date, 'yyyy/MM/dd')}/${safeName(conversationId)}`

/** Where what nobody refers to lies until somebody does. */
export const orphanFolder = (importId: string): string => `attachments/orphans/${importId}`

/**
 * Opens the store over an archive, and reads the list of attachments.
 *
 * Shape   `attachments/index.ndjson`: `{ sha256, path }` for each stored content, so that later imports find it again.
 * Errors  ArchiverError "disk" when that list is a link.
 */
export async function openStore(archive: Archive, known: KnownPictures): Promise<Store> {
  const counts = { pictures: 0, completed: 0, corrected: 0, attachments: 0 }
  const { journal, places: attachments } = await openIndex(archive)
  const taken = createTakenNames(archive.root)
  const background = createBackground()
  const unlisted: { sha256: string; path: string }[] = []

  /** In the order they were stored, and only what is safely there: so the list is always the same. */
  const list = async () => {
    await background.drained()
    await Promise.all(unlisted.splice(0).map((line) => journal.add(line)))
  }

  /** A title may have been changed since: which of two is newer an export does not tell, so the known one stays. */
  const complete = async (fileId: FileId, facts: ImageFacts) => {
    await background.drained()
    const isNews = await archive.complete({ ...facts, fileId })
    if (isNews) counts.completed += 1
  }

  const keepPicture: Store['keepPicture'] = async (facts, asset, match) => {
    const { content } = asset
    const there = known.byFileId(facts.fileId)
    if (archive.has(facts.fileId) || there) {
      await complete(facts.fileId, facts)
      if (there?.match === 'probable' && match === 'exact' && there.sha256 !== content.sha256)
        return correct(facts, asset, there)
      return keepDiffering(facts.fileId, asset)
    }
    const sameGeneration = facts.genId === null ? undefined : known.byGenId(facts.genId)
    if (sameGeneration && sameGeneration.sha256 !== content.sha256) {
      // The same generation under another id and in other bytes: no second picture, but its bytes are not lost.
      await complete(sameGeneration.fileId, { ...facts, fileId: sameGeneration.fileId })
      return keepRendition(sameGeneration.image, asset, facts.fileId)
    }
    // What live capture knows of a picture whose bytes it never got is known of this one.
    const dated = learnDated(archive.pending.facts(facts.fileId), facts)
    const image =
      (await imageThere(content.sha256)) ?? (await archive.storeImage(dated, extensionOf(content), contentFor(content)))
    const stored = storedAs(dated, asset, image, match)
    counts.pictures += 1
    await background.add(async () => {
      // The record is the proof of its image.
      await flushFolder(path.dirname(path.join(archive.root, image)))
      await archive.keepRecord(dated, stored)
    })
    return image
  }

  /** Where these bytes lie as a picture; a correction that was killed may have left a record whose image is another. */
  const imageThere = async (sha256: string): Promise<string | undefined> => {
    const image = known.imageOf(sha256)
    return image !== undefined && (await sha256Of(path.join(archive.root, image))) === sha256 ? image : undefined
  }

  /** What a record tells of the bytes; from now on they are known to be that picture. */
  const storedAs = (facts: DatedFacts, asset: StagedAsset, image: string, match: Confidence) => {
    const { content } = asset
    const { sha256, bytes, widthPx, heightPx } = content
    const archiveName = asset.file.archive.join(' › ')
    const source = { origin: 'export', channel: facts.channel, host: null, archive: archiveName } as const
    const stored = {
      ...{ sha256, bytes, widthPx, heightPx, image },
      mime: imageTypes[extensionOf(content)],
      source: { ...source, entry: asset.file.path, match },
    }
    known.note({ fileId: bareId(facts.fileId), gen_id: facts.genId, sha256, image, source: stored.source })
    return stored
  }

  /** What an earlier import took for this picture by exclusion is proven to be another: replaced, and put aside. */
  const correct = async (facts: DatedFacts, asset: StagedAsset, there: ArchivedPicture): Promise<string> => {
    await background.drained()
    const { content } = asset
    if (known.withdraw(there)) await putAside(there)
    const image =
      (await imageThere(content.sha256)) ??
      (await archive.storeImage(
        (await archive.factsOf(facts.fileId)) ?? facts,
        extensionOf(content),
        contentFor(content),
      ))
    await flushFolder(path.dirname(path.join(archive.root, image)))
    await archive.correct(facts.fileId, storedAs(facts, asset, image, 'exact'))
    counts.corrected += 1
    return image
  }

  /** The same import or a later one may show whose it is; then it moves from here. */
  const putAside = async ({ fileId, sha256, image }: ArchivedPicture) => {
    const from = path.join(archive.root, image)
    // Deleted or changed by hand: the person's own affair.
    if ((await sha256Of(from)) !== sha256) return
    const folder = orphanFolder('corrected')
    await archive.ready(folder)
    const place = `${folder}/${fileId}-${sha256.slice(0, 12)}${path.extname(image)}`
    if ((await placeNew(from, path.join(archive.root, place))) === 'taken') await remove(from)
    attachments.set(sha256, place)
    unlisted.push({ sha256, path: place })
  }

  /** An orphan that was a picture after all moves; what conversations refer to by its path stays there, too. */
  const contentFor = (content: Content) => {
    const before = attachments.get(content.sha256)
    const from = before === undefined ? stagedOf(content) : path.join(archive.root, before)
    const mayMove = before === undefined || before.startsWith(orphanFolder(''))
    return {
      put: async (target: string) =>
        mayMove ? placeNew(from, target, unflushed) : writeNew(target, (await readIfThere(from)) ?? new Uint8Array()),
      isAt: async (target: string) => {
        const isSame = (await sha256Of(target)) === content.sha256
        if (isSame && mayMove) await remove(from)
        return isSame
      },
    }
  }

  /** Other bytes than the archived ones under the same id – signed later, or another format – are kept beside. */
  const keepDiffering = async (fileId: FileId, asset: StagedAsset): Promise<string | null> => {
    const there = known.byFileId(fileId)
    if (there === undefined || there.sha256 === asset.content.sha256) return there?.image ?? null
    return keepRendition(there.image, asset, fileId)
  }

  const keepRendition = async (image: string, asset: StagedAsset, fileId: FileId) => {
    const folder = `attachments/renditions/${path.posix.dirname(image).replace(/^images\//, '')}`
    return keepAttachment(asset, folder, `${fileId}.${asset.content.extension ?? 'bin'}`)
  }

  const keepAttachment: Store['keepAttachment'] = async (asset, folder, name) => {
    const { content } = asset
    const there = known.imageOf(content.sha256) ?? attachments.get(content.sha256)
    if (there !== undefined) return there
    await archive.ready(folder)
    const place = await placeAs(content, folder, safeName(name))
    attachments.set(content.sha256, place)
    counts.attachments += 1
    unlisted.push({ sha256: content.sha256, path: place })
    await background.add(() => flushFolder(path.join(archive.root, folder)))
    if (unlisted.length >= listedAtOnce) await list()
    return place
  }

  /** Under the name, or, if other bytes have it, under the name with a piece of the content's hash. */
  const placeAs = async (content: Content, folder: string, name: string): Promise<string> => {
    const { name: stem, ext } = path.parse(name)
    const names = await taken(folder)
    for (const candidate of [name, `${stem}-${content.sha256.slice(0, 12)}${ext}`]) {
      const target = path.join(archive.root, folder, candidate)
      const isFree = !names.has(folded(candidate))
      names.add(folded(candidate))
      if (isFree && (await placeNew(stagedOf(content), target, unflushed)) === 'written')
        return `${folder}/${candidate}`
      // A run that ended before it could note it has left it there.
      if ((await sha256Of(target)) === content.sha256) return `${folder}/${candidate}`
    }
    throw new Error(`no free name for ${name} in ${folder}`)
  }

  return {
    keepPicture,
    async completePicture(facts) {
      const fileId = archive.has(facts.fileId) ? facts.fileId : known.byGenId(facts.genId ?? '')?.fileId
      if (fileId === undefined) return null
      await complete(fileId, { ...facts, fileId })
      return known.byFileId(fileId)?.image ?? null
    },
    keepAttachment,
    counts,
    drained: list,
  }
}

/** The list of stored contents; what is not there any more counts for nothing. */
async function openIndex(archive: Archive) {
  const file = path.join(archive.root, 'attachments', 'index.ndjson')
  const { journal, lines } = await openJournal(file, () => archive.ready('attachments')).catch((error: unknown) => {
    if (codeOf(error) !== 'ELOOP') throw error
    throw new ArchiverError('disk', `${file} is a symbolic link, which we do not follow.`, { hint: 'Remove it.' })
  })
  const places = new Map<string, string>()
  for (const line of lines) {
    const [sha256, place] = [textAt(line, 'sha256'), textAt(line, 'path')]
    if (sha256 && place && existsSync(path.join(archive.root, place))) places.set(sha256, place)
  }
  return { journal, places }
}

/** The names in a folder, case folded; each folder is listed once, since some hold many thousand files. */
function createTakenNames(root: string): (folder: string) => Promise<Set<string>> {
  const folders = new Map<string, Promise<Set<string>>>()
  return (folder) => {
    const names = folders.get(folder) ?? namesIn(path.join(root, folder)).then((all) => new Set(all.map(folded)))
    folders.set(folder, names)
    return names
  }
}

/** What a killed run has not listed is found by its name. */
const listedAtOnce = 256

/** Folders are flushed in the background, before anything says what is in them. */
const unflushed = { isDurable: false }

const folded = (name: string) => name.normalize('NFC').toLowerCase()

/** A date that is there is not unlearned. */
const learnDated = (known: ImageFacts | undefined, facts: DatedFacts): DatedFacts => {
  const learned = mergeFacts(known, facts)
  const { createdAt, dateSource } = facts
  return { ...learned, createdAt: learned.createdAt ?? createdAt, dateSource: learned.dateSource ?? dateSource }
}

function stagedOf({ staged }: Content): string {
  if (staged === null) throw new Error('nothing was staged')
  return staged
}

const extensionOf = ({ extension }: Content): ImageExtension => {
  if (extension !== null && extension in imageTypes) return extension as ImageExtension
  throw new Error(`${extension ?? 'unknown bytes'} where an image was expected`)
}
