import { existsSync } from 'node:fs'
import path from 'node:path'
import { format } from 'date-fns/format'
import type { Archive } from '../../archive/archive.ts'
import { confined } from '../../archive/confined.ts'
import type { ImageContent } from '../../archive/content.ts'
import { codeOf } from '../../archive/disk-errors.ts'
import { copyNew, placeNew, remove } from '../../archive/files.ts'
import { flushFolder } from '../../archive/folders.ts'
import { createJournal, readJournal } from '../../archive/journal.ts'
import { namesIn, sha256Of, sizeOf } from '../../archive/read-files.ts'
import { foldedName } from '../../archive/taken-names.ts'
import type { ArchivedPicture, ArchivedPictures } from '../../catalogue/archived-pictures.ts'
import { type ImageExtension, imageTypes } from '../../decode/image-bytes.ts'
import { textAt } from '../../decode/json.ts'
import { ArchiverError } from '../../errors.ts'
import { bareId } from '../../sites/ids.ts'
import type { ExportFile } from '../inputs/export-file.ts'
import type { Content, StagedAsset } from '../read/assets.ts'
import type { Background } from './background.ts'
import { safeName } from './safe-names.ts'

/** What an archive holds besides pictures: each content once. */
export interface Attachments {
  /** Keeps bytes that are no picture, under this name or one like it; where they lie. */
  keep(asset: StagedAsset, folder: string, name: string): Promise<string>
  /** Keeps other bytes of an archived picture – signed later, or another format – beside its image. */
  keepBeside(asset: StagedAsset, image: string, name: string): Promise<string>
  /** An image that is to be stored, from wherever its bytes lie now; undefined when they lie nowhere any more. */
  asImage(asset: StagedAsset): Promise<ImageContent | undefined>
  /** An image that was taken for a picture and is another's: it lies here until somebody is known to own it. */
  putAside(picture: ArchivedPicture): Promise<void>
  /** Resolves when everything kept is in the list. */
  list(): Promise<void>
  readonly count: number
}

/** The dated folder of a conversation's assets. */
export const attachmentFolder = (date: Date, conversationId: string): string =>
  `attachments/${format(date, 'yyyy/MM/dd')}/${safeName(conversationId)}`

/** Where what nobody refers to lies until somebody does. */
export const orphanFolder = (importId: string): string => `attachments/orphans/${importId}`

/** What a killed run has not listed is found by its name. */
const listedAtOnce = 256

/** Folders are flushed in the background, before anything says what is in them. */
const unflushed = { isDurable: false }

export interface AttachmentsOptions {
  readonly archive: Archive
  readonly archived: ArchivedPictures
  readonly background: Background
  /** Writes bytes that were known and therefore not written; where they wait now. */
  again(file: ExportFile, sha256: string): Promise<string | undefined>
}

/**
 * Opens the attachments of an archive, and reads their list.
 *
 * Shape   `attachments/index.ndjson`: `{ sha256, path }` for each stored content, so that later imports find it again.
 * Errors  ArchiverError "disk" when that list is a link.
 */
export async function openAttachments(options: AttachmentsOptions): Promise<Attachments> {
  const { archive, archived, background, again } = options
  const { root } = archive
  const { places, length } = await readList(root)
  const journal = createJournal(listIn(root), () => archive.ready('attachments'), length)
  const taken = createTakenNames(root)
  const unlisted: { sha256: string; path: string }[] = []
  let count = 0

  const note = (sha256: string, place: string) => {
    places.set(sha256, place)
    unlisted.push({ sha256, path: place })
  }

  /** In the order they were stored, and only what is safely there: so the list is always the same. */
  const list = async () => {
    await background.drained()
    await Promise.all(unlisted.splice(0).map((line) => journal.add(line)))
  }

  /** A content that lies where the list says, as far as its length tells. */
  const placeOf = async ({ sha256, bytes }: Content): Promise<string | undefined> => {
    const place = places.get(sha256)
    if (place === undefined) return undefined
    if ((await sizeOf(path.join(root, place))) === bytes) return place
    places.delete(sha256)
    return undefined
  }

  /**
   * Where a content lies for certain: what is taken from the archive's own store is hashed first, for it may have
   * changed.
   */
  const provenPlace = async (content: Content): Promise<string | undefined> => {
    const place = await placeOf(content)
    const file = place === undefined ? undefined : await confined(root, place)
    if (file !== undefined && (await sha256Of(file)) === content.sha256) return place
    places.delete(content.sha256)
    return undefined
  }

  /** Where a content lies as an archived picture, hashed likewise. */
  const pictureOf = async ({ sha256 }: Content): Promise<string | undefined> => {
    const [picture] = archived.bySha256(sha256)
    const file = picture && (await confined(root, picture.image))
    return file !== undefined && (await sha256Of(file)) === sha256 ? file : undefined
  }

  /** Where bytes of this import wait; known ones may turn out to be gone from the archive, and are wanted after all. */
  const staged = async ({ content, file }: StagedAsset): Promise<string | undefined> =>
    content.staged ?? (await again(file, content.sha256))

  /** Under the name, or, if other bytes have it, under the name with a piece of the content's hash. */
  const placeAs = async (asset: StagedAsset, folder: string, name: string): Promise<string> => {
    const { content } = asset
    const { name: stem, ext } = path.parse(name)
    const names = await taken(folder)
    for (const candidate of [name, `${stem}-${content.sha256.slice(0, 12)}${ext}`]) {
      const target = path.join(root, folder, candidate)
      const isFree = !names.has(foldedName(candidate))
      names.add(foldedName(candidate))
      if (isFree && (await placeNew(await bytesOf(asset), target, unflushed)) === 'written')
        return `${folder}/${candidate}`
      // A run that ended before it could note it has left it there.
      if ((await sha256Of(target)) === content.sha256) return `${folder}/${candidate}`
    }
    throw new Error(`no free name for ${name} in ${folder}`)
  }

  const bytesOf = async (asset: StagedAsset): Promise<string> => {
    const place = await staged(asset)
    if (place === undefined) throw new Error(`the bytes of ${asset.file.path} are gone`)
    return place
  }

  const keep = async (asset: StagedAsset, folder: string, name: string) => {
    const { content } = asset
    const there = await placeOf(content)
    if (there !== undefined) return there
    await archive.ready(folder)
    const place = await placeAs(asset, folder, safeName(name))
    note(content.sha256, place)
    count += 1
    await background.add(() => flushFolder(path.join(root, folder)))
    if (unlisted.length >= listedAtOnce) await list()
    return place
  }

  /** Where the bytes of an image come from. */
  const originOf = async (asset: StagedAsset) => {
    const place = await provenPlace(asset.content)
    // An orphan that was a picture after all moves; what conversations refer to by its path stays there, too.
    if (place !== undefined) return { from: path.join(root, place), mayMove: place.startsWith(orphanFolder('')) }
    const picture = asset.content.staged === null ? await pictureOf(asset.content) : undefined
    if (picture !== undefined) return { from: picture, mayMove: false }
    const from = await staged(asset)
    return from === undefined ? undefined : { from, mayMove: true }
  }

  return {
    keep,
    keepBeside: (asset, image, name) =>
      keep(asset, `attachments/renditions/${path.posix.dirname(image).replace(/^images\//, '')}`, name),
    async asImage(asset) {
      const { content } = asset
      // What this import has read can be had; where it comes from matters only when it is put somewhere.
      const isGiven = content.staged !== null || asset.file.place !== undefined
      let found = isGiven ? undefined : await originOf(asset)
      if (!isGiven && !found) return undefined
      const origin = async () => {
        found ??= await originOf(asset)
        if (!found) throw new Error(`the bytes of ${asset.file.path} are gone`)
        return found
      }
      return {
        ...content,
        extension: extensionOf(content),
        mime: imageTypes[extensionOf(content)],
        isFlushed: false,
        async put(target) {
          const { from, mayMove } = await origin()
          return mayMove ? placeNew(from, target, unflushed) : copyNew(from, target)
        },
        async isAt(target) {
          const isSame = (await sha256Of(target)) === content.sha256
          const { from, mayMove } = isSame ? await origin() : { from: target, mayMove: false }
          if (mayMove) await remove(from)
          return isSame
        },
      }
    },
    async putAside({ fileId, sha256, image }) {
      const from = path.join(root, image)
      // Deleted or changed by hand: the person's own affair.
      if ((await sha256Of(from)) !== sha256) return
      const folder = orphanFolder('corrected')
      await archive.ready(folder)
      const place = `${folder}/file-${bareId(fileId)}-${sha256.slice(0, 12)}${path.extname(image)}`
      if ((await placeNew(from, path.join(root, place))) === 'taken') await remove(from)
      note(sha256, place)
    },
    list,
    get count() {
      return count
    },
  }
}

const listIn = (root: string) => path.join(root, 'attachments', 'index.ndjson')

/**
 * Reads the list of stored contents, SHA-256 → path; what is not there any more, and what leads elsewhere, counts for
 * nothing.
 *
 * Errors  ArchiverError "disk" when the list is a link.
 */
export async function readAttachmentList(root: string): Promise<Map<string, string>> {
  return (await readList(root)).places
}

async function readList(root: string) {
  const places = new Map<string, string>()
  const length = await readJournal(listIn(root), (line) => {
    const [sha256, place] = [textAt(line, 'sha256'), textAt(line, 'path')]
    if (sha256 && place && isAttachment(place) && existsSync(path.join(root, place))) places.set(sha256, place)
  }).catch((error: unknown) => {
    if (codeOf(error) !== 'ELOOP') throw error
    const text = `${listIn(root)} is a symbolic link, which we do not follow.`
    throw new ArchiverError('disk', text, { hint: 'Remove it.' })
  })
  return { places, length }
}

/** A person, or whoever made the archive, may have written anything into the list. */
const isAttachment = (place: string) =>
  place.startsWith('attachments/') &&
  place.split('/').every((step) => step !== '' && step !== '.' && step !== '..' && !/[\\\0]/.test(step))

/**
 * The names in a folder, without upper and lower case; each folder is listed once, for some hold many thousand files.
 */
function createTakenNames(root: string): (folder: string) => Promise<Set<string>> {
  const folders = new Map<string, Promise<Set<string>>>()
  return (folder) => {
    const names = folders.get(folder) ?? namesIn(path.join(root, folder)).then((all) => new Set(all.map(foldedName)))
    folders.set(folder, names)
    return names
  }
}

const extensionOf = ({ extension }: Content): ImageExtension => {
  if (extension !== null && extension in imageTypes) return extension as ImageExtension
  throw new Error(`${extension ?? 'unknown bytes'} where an image was expected`)
}
