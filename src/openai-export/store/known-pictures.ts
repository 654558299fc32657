import { existsSync } from 'node:fs'
import path from 'node:path'
import type { PictureRecord } from '../../archive/records.ts'
import { type KnownPicture, picturesIn } from '../../catalogue/known.ts'
import type { FileId } from '../../sites/ids.ts'
import type { LiveArchive } from '../match/matches.ts'
import { namePartsOf } from '../read/name-parts.ts'

/** Whether an id or a hash shows that an asset is that picture, or exclusion alone. */
export type Confidence = NonNullable<PictureRecord['source']['match']>

/** An archived picture, as far as others are compared with it. */
export interface ArchivedPicture {
  readonly fileId: FileId
  readonly sha256: string
  readonly image: string
  /** How sure the import was that took these bytes for this file; undefined for what came in live. */
  readonly match: Confidence | undefined
}

/** The pictures that are archived already, by whatever another may share with them. */
export interface KnownPictures {
  readonly live: LiveArchive
  byFileId(fileId: FileId): ArchivedPicture | undefined
  byGenId(genId: string): ArchivedPicture | undefined
  /** The path of the image with these bytes. */
  imageOf(sha256: string): string | undefined
  note(picture: KnownPicture): void
  /** Takes it back that these bytes are that file; true when no other picture uses the image. */
  withdraw(picture: ArchivedPicture): boolean
}

const noPictures = (): KnownPictures => {
  const byFileId = new Map<string, ArchivedPicture>()
  const byGenId = new Map<string, ArchivedPicture>()
  const bySha256 = new Map<string, ArchivedPicture[]>()
  /** File ids whose bytes are known by more than what an import found fitting. */
  const proven = new Set<FileId>()
  const shaIf = (picture: ArchivedPicture | undefined, isWanted: boolean) =>
    picture && proven.has(picture.fileId) === isWanted ? picture.sha256 : undefined
  return {
    live: {
      byFileId: (id) => shaIf(byFileId.get(bare(id)), true),
      byGenId: (genId) => shaIf(byGenId.get(genId), true),
      takenFor: (id) => shaIf(byFileId.get(bare(id)), false),
      isSure: (id) => byFileId.get(bare(id))?.match === 'exact',
      fileIdsOf: (sha256) =>
        (bySha256.get(sha256) ?? [])
          .filter(({ fileId }) => proven.has(fileId))
          .flatMap(({ fileId }) => [`file-${bare(fileId)}`, `file_${bare(fileId)}`]),
    },
    byFileId: (fileId) => byFileId.get(bare(fileId)),
    byGenId: (genId) => byGenId.get(genId),
    imageOf: (sha256) => bySha256.get(sha256)?.[0]?.image,
    note(picture) {
      const { sha256, image, gen_id: genId } = picture
      const match = picture.source?.match
      const noted = { fileId: `file-${bare(picture.fileId)}` as FileId, sha256, image, match }
      byFileId.set(bare(picture.fileId), noted)
      if (genId) byGenId.set(genId, noted)
      bySha256.set(sha256, [...(bySha256.get(sha256) ?? []), noted])
      if (isProven(picture)) proven.add(noted.fileId)
    },
    withdraw(picture) {
      const others = (bySha256.get(picture.sha256) ?? []).filter((one) => one.fileId !== picture.fileId)
      if (others.length > 0) bySha256.set(picture.sha256, others)
      else bySha256.delete(picture.sha256)
      byFileId.delete(bare(picture.fileId))
      return others.length === 0
    },
  }
}

/** Reads every record of an archive once; nothing is written. */
export async function readKnownPictures(root: string): Promise<KnownPictures> {
  const known = noPictures()
  if (!existsSync(path.join(root, 'database'))) return known
  for await (const picture of picturesIn(root)) known.note(picture)
  return known
}

/**
 * Whether the record itself shows that these bytes are this file: live capture saw both, and a name in an export may
 * bear the id. What else an import found is evidence of that import, and cannot prove itself the next time.
 */
function isProven({ source, fileId, gen_id }: KnownPicture): boolean {
  if (source?.origin !== 'export') return true
  const nameParts = namePartsOf(source.entry ?? '')
  return (
    bare(nameParts.fileId ?? nameParts.labsId ?? '') === bare(fileId) || (gen_id !== null && nameParts.stem === gen_id)
  )
}

const bare = (id: string) => id.replace(/^file[-_]/, '')
