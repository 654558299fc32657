import { existsSync } from 'node:fs'
import path from 'node:path'
import type { PictureRecord } from '../../archive/records.ts'
import { type KnownPicture, picturesIn } from '../../catalogue/known.ts'
import type { FileId } from '../../sites/ids.ts'
import type { LiveArchive } from '../match/matches.ts'
import { cluesIn } from '../read/name-parts.ts'

/** Whether an id or a hash shows that a medium is that picture, or exclusion alone. */
export type Sureness = NonNullable<PictureRecord['source']['match']>

/** An archived picture, as others may be told to be the same. */
export interface Twin {
  readonly fileId: FileId
  readonly sha256: string
  readonly image: string
  /** How sure the import was that took these bytes for this file; undefined for what came in live. */
  readonly match: Sureness | undefined
}

/** The pictures that are archived already, by whatever another may share with them. */
export interface KnownPictures {
  readonly live: LiveArchive
  byFileId(fileId: FileId): Twin | undefined
  byGenId(genId: string): Twin | undefined
  /** The path of the image with these bytes. */
  imageOf(sha256: string): string | undefined
  note(picture: KnownPicture): void
  /** Takes it back that these bytes are that file; true when no other picture uses the image. */
  withdraw(twin: Twin): boolean
}

const noPictures = (): KnownPictures => {
  const byFileId = new Map<string, Twin>()
  const byGenId = new Map<string, Twin>()
  const bySha256 = new Map<string, Twin[]>()
  /** File ids whose bytes are known by more than what an import found fitting. */
  const proven = new Set<FileId>()
  const shaIf = (twin: Twin | undefined, isWanted: boolean) =>
    twin && proven.has(twin.fileId) === isWanted ? twin.sha256 : undefined
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
      const twin = { fileId: `file-${bare(picture.fileId)}` as FileId, sha256, image, match }
      byFileId.set(bare(picture.fileId), twin)
      if (genId) byGenId.set(genId, twin)
      bySha256.set(sha256, [...(bySha256.get(sha256) ?? []), twin])
      if (isProven(picture)) proven.add(twin.fileId)
    },
    withdraw(twin) {
      const others = (bySha256.get(twin.sha256) ?? []).filter((one) => one.fileId !== twin.fileId)
      if (others.length > 0) bySha256.set(twin.sha256, others)
      else bySha256.delete(twin.sha256)
      byFileId.delete(bare(twin.fileId))
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
 * Whether the record itself shows that these bytes are this file: live capture saw both, and a name in an export may bear
 * the id. What else an import found is evidence of that import, and cannot prove itself the next time.
 */
function isProven({ source, fileId, gen_id }: KnownPicture): boolean {
  if (source?.origin !== 'export') return true
  const clues = cluesIn(source.entry ?? '')
  return bare(clues.fileId ?? clues.labsId ?? '') === bare(fileId) || (gen_id !== null && clues.stem === gen_id)
}

const bare = (id: string) => id.replace(/^file[-_]/, '')
