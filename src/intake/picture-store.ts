import path from 'node:path'
import type { Archive } from '../archive/archive.ts'
import { readAway } from '../archive/away.ts'
import type { ImageContent } from '../archive/content.ts'
import { flushFolder } from '../archive/folders.ts'
import { sha256Of, sizeOf } from '../archive/read-files.ts'
import { type PictureRecord, type Source, storedRecord } from '../archive/records.ts'
import { type ArchivedPicture, type ArchivedPictures, archivedPictureOf } from '../catalogue/archived-pictures.ts'
import { type DatedFacts, type ImageFacts, mergeFacts } from '../sites/facts.ts'
import type { Verdict } from './verdict.ts'

/** A picture of which both halves are there. */
export interface Picture {
  readonly facts: DatedFacts
  readonly content: ImageContent
  readonly source: Source
  /** Keeps these bytes beside the image of which they are another form; without it they are not kept. */
  readonly keepBeside?: (image: string) => Promise<string>
  /** What another archive wrote of it: it gets the same names and the same record here. */
  readonly as?: { readonly record: PictureRecord /** Path below `database/`. */; readonly place: string }
}

const known = (image: string, isCompleted: boolean): Verdict => ({ kind: 'known', image, isCompleted })

/** The one place where a picture of any origin comes to rest, by one set of rules. */
export interface PictureStore {
  add(picture: Picture): Promise<Verdict>
  /** Completes the record of a picture whose bytes are archived already. */
  complete(facts: ImageFacts): Promise<Verdict>
}

export interface PictureStoreOptions {
  readonly archive: Archive
  readonly now: () => Date
  /** What is archived already; only an import reads all records for it. */
  readonly archived?: ArchivedPictures
  /** Moves an image aside that was taken for a picture and is proven to be another's. */
  readonly putAside?: (picture: ArchivedPicture) => Promise<void>
  /** Does work in the background, for whoever stores many in a row; else it is done at once. */
  readonly later?: (work: () => Promise<void>) => Promise<void>
  /** Resolves when nothing is in the background any more. */
  readonly drained?: () => Promise<void>
}

/**
 * Makes the store over an archive.
 *
 * Shape   a picture that is archived is completed, never contradicted; a guess gives way to proof; the same generation
 *         under another id and in other bytes is no second picture; everything else is a new one, written image first,
 *         then record.
 * Errors  throws what the disk says.
 */
export function createPictureStore(options: PictureStoreOptions): PictureStore {
  const { archive, now, archived, putAside, later = (work) => work(), drained = async () => {} } = options

  const completed = async (facts: ImageFacts): Promise<boolean> => {
    // The record may be among those that are still on their way.
    await drained()
    return archive.complete(facts)
  }

  /** Where these bytes lie as a picture; a correction that was killed may have left a record whose image is another. */
  const imageThere = async (sha256: string): Promise<string | undefined> => {
    const image = archived?.bySha256(sha256)[0]?.image
    return image !== undefined && (await sha256Of(path.join(archive.root, image))) === sha256 ? image : undefined
  }

  const place = async (facts: DatedFacts, content: ImageContent, wanted?: string): Promise<string> =>
    (await imageThere(content.sha256)) ?? (await archive.storeImage(facts, content, wanted))

  const flush = async (image: string, { isFlushed }: ImageContent) => {
    // The record is the proof of its image.
    if (!isFlushed) await flushFolder(path.dirname(path.join(archive.root, image)))
  }

  const addNew = async ({ facts, content, source, as }: Picture): Promise<Verdict> => {
    const image = await place(facts, content, as?.record.image)
    const record = as ? { ...as.record, image } : storedRecord(facts, content, image, source, now())
    archived?.note(archivedPictureOf(facts.fileId, record))
    await later(async () => {
      await flush(image, content)
      await archive.addRecord(facts, record, as?.place)
    })
    return { kind: 'stored', record, was: 'new' }
  }

  /** Its id is archived: it is completed, and corrected where what was a guess is proven to be wrong. */
  const addToArchived = async (picture: Picture, there: ArchivedPicture | undefined): Promise<Verdict> => {
    const { facts, content, source, keepBeside } = picture
    const isCompleted = await completed(facts)
    if (!archive.has(facts.fileId)) return addNew(picture)
    if (!there) return { kind: 'known', image: null, isCompleted }
    if (there.sha256 === content.sha256) {
      const isConfirmed = await confirmed(picture, there)
      return (await restored(picture, there)) ?? known(there.image, isCompleted || isConfirmed)
    }
    if (there.match === 'probable' && source.match === 'exact') {
      const corrected = await correct(picture, there)
      if (corrected) return corrected
    }
    return { kind: 'known', image: (await keepBeside?.(there.image)) ?? there.image, isCompleted }
  }

  /** What was a guess is proven to be right, and its record says so. */
  const confirmed = async ({ facts, content, source }: Picture, there: ArchivedPicture): Promise<boolean> => {
    if (there.match !== 'probable' || source.match !== 'exact') return false
    const record = await archive.correct(facts.fileId, { ...content, image: there.image, source })
    if (record) archived?.note(archivedPictureOf(facts.fileId, record))
    return record !== undefined
  }

  const correct = async ({ facts, content, source }: Picture, there: ArchivedPicture): Promise<Verdict | undefined> => {
    if (archived?.withdraw(there)) await putAside?.(there)
    const image = await place((await archive.factsOf(facts.fileId)) ?? facts, content)
    await flush(image, content)
    const record = await archive.correct(facts.fileId, { ...content, image, source })
    if (!record) return undefined
    archived?.note(archivedPictureOf(facts.fileId, record))
    return { kind: 'stored', record, was: 'corrected' }
  }

  /**
   * Puts the bytes of an image back that is gone; one that the person deleted stays so, and so does one that is away.
   */
  const restored = async ({ facts, content }: Picture, { image }: ArchivedPicture): Promise<Verdict | undefined> => {
    if ((await sizeOf(path.join(archive.root, image))) !== undefined) return undefined
    if (await readAway(archive.root, image)) return undefined
    if (await archive.isImageDeleted(facts.fileId)) return { kind: 'known', image: null, isCompleted: false }
    const record = await archive.restoreImage(facts.fileId, image, content)
    return record && { kind: 'stored', record, was: 'restored' }
  }

  /** Different files of one message are different pictures, though the site gives them one gen_id. */
  const isOfSameMessage = async ({ messageId }: DatedFacts, twin: ArchivedPicture): Promise<boolean> => {
    if (messageId === null) return false
    await drained()
    return (await archive.factsOf(twin.fileId))?.messageId === messageId
  }

  /** The same generation under another id and in other bytes: no second picture, but its bytes are not lost. */
  const addToTwin = async ({ facts, keepBeside }: Picture, twin: ArchivedPicture): Promise<Verdict> => {
    const isCompleted = await completed({ ...facts, fileId: twin.fileId })
    return { kind: 'known', image: (await keepBeside?.(twin.image)) ?? twin.image, isCompleted }
  }

  return {
    async add(picture) {
      const { facts, content } = picture
      const there = archived?.byFileId(facts.fileId)
      if (archive.has(facts.fileId) || there) return addToArchived(picture, there)
      const twin = facts.genId === null ? undefined : archived?.byGenId(facts.genId)
      const isTwin = twin && !picture.as && twin.sha256 !== content.sha256 && !(await isOfSameMessage(facts, twin))
      if (isTwin) return addToTwin(picture, twin)
      // What live capture knows of a picture whose bytes it never got is known of this one.
      return addNew({ ...picture, facts: mergeFacts(archive.pending.facts(facts.fileId), facts) })
    },
    async complete(facts) {
      const there = archived?.byFileId(facts.fileId) ?? archived?.byGenId(facts.genId ?? '')
      const fileId = archive.has(facts.fileId) ? facts.fileId : there?.fileId
      if (fileId === undefined) return { kind: 'waiting' }
      const isCompleted = await completed({ ...facts, fileId })
      return { kind: 'known', image: archived?.byFileId(fileId)?.image ?? null, isCompleted }
    },
  }
}
