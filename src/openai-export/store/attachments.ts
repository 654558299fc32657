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
import type { Content } from '../read/assets.ts'
import type { Background } from './background.ts'
import { safeName } from './safe-names.ts'

/** What an archive holds besides pictures: each content once. */
export interface Attachments {
  /** Keeps bytes that are no picture, under this name or one like it; where they lie. */
  keep(content: Content, folder: string, name: string): Promise<string>
  /** Keeps other bytes of an archived picture – signed later, or another format – beside its image. */
  keepBeside(content: Content, image: string, name: string): Promise<string>
  /** An image that is to be stored, from wherever its bytes lie now; undefined when they lie nowhere any more. */
  asImage(content: Content): Promise<ImageContent | undefined>
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

/**
 * Opens the attachments of an archive, and reads their list.
 *
 * Shape   `attachments/index.ndjson`: `{ sha256, path }` for each stored content, so that later imports find it again.
 * Errors  ArchiverError "disk" when that list is a link.
 */
export async function openAttachments(
  archive: Archive,
  archived: ArchivedPictures,
  background: Background,
): Promise<Attachments> {
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

  /** Under the name, or, if other bytes have it, under the name with a piece of the content's hash. */
  const placeAs = async (content: Content, folder: string, name: string): Promise<string> => {
    const { name: stem, ext } = path.parse(name)
    const names = await taken(folder)
    for (const candidate of [name, `${stem}-${content.sha256.slice(0, 12)}${ext}`]) {
      const target = path.join(root, folder, candidate)
      const isFree = !names.has(foldedName(candidate))
      names.add(foldedName(candidate))
      if (isFree && (await placeNew(stagedOf(content), target, unflushed)) === 'written')
        return `${folder}/${candidate}`
      // A run that ended before it could note it has left it there.
      if ((await sha256Of(target)) === content.sha256) return `${folder}/${candidate}`
    }
    throw new Error(`no free name for ${name} in ${folder}`)
  }

  const keep = async (content: Content, folder: string, name: string) => {
    const there = await placeOf(content)
    if (there !== undefined) return there
    await archive.ready(folder)
    const place = await placeAs(content, folder, safeName(name))
    note(content.sha256, place)
    count += 1
    await background.add(() => flushFolder(path.join(root, folder)))
    if (unlisted.length >= listedAtOnce) await list()
    return place
  }

  return {
    keep,
    keepBeside: (content, image, name) =>
      keep(content, `attachments/renditions/${path.posix.dirname(image).replace(/^images\//, '')}`, name),
    async asImage(content) {
      const place = await provenPlace(content)
      // An orphan that was a picture after all moves; what conversations refer to by its path stays there, too.
      const mayMove = place === undefined ? content.staged !== null : place.startsWith(orphanFolder(''))
      const from = place === undefined ? (content.staged ?? (await pictureOf(content))) : path.join(root, place)
      if (from === undefined) return undefined
      return {
        ...content,
        extension: extensionOf(content),
        mime: imageTypes[extensionOf(content)],
        isFlushed: false,
        put: (target) => (mayMove ? placeNew(from, target, unflushed) : copyNew(from, target)),
        async isAt(target) {
          const isSame = (await sha256Of(target)) === content.sha256
          if (isSame && mayMove) await remove(from)
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

function stagedOf({ staged }: Content): string {
  if (staged === null) throw new Error('nothing was staged')
  return staged
}

const extensionOf = ({ extension }: Content): ImageExtension => {
  if (extension !== null && extension in imageTypes) return extension as ImageExtension
  throw new Error(`${extension ?? 'unknown bytes'} where an image was expected`)
}
