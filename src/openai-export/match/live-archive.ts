import type { ArchivedPicture, ArchivedPictures } from '../../catalogue/archived-pictures.ts'
import { bareId, type FileId } from '../../sites/ids.ts'
import { namePartsOf } from '../read/name-parts.ts'
import type { LiveArchive } from './matches.ts'

/** What an archive knows already, as evidence for matching. */
export function liveArchiveOf(archived: ArchivedPictures): LiveArchive {
  const byId = (id: string) => archived.byFileId(id as FileId)
  const shaIf = (picture: ArchivedPicture | undefined, wanted: boolean) =>
    picture && isProven(picture) === wanted ? picture.sha256 : undefined
  return {
    byFileId: (id) => shaIf(byId(id), true),
    byGenId: (genId) => shaIf(archived.byGenId(genId), true),
    takenFor: (id) => shaIf(byId(id), false),
    isSure: (id) => byId(id)?.match === 'exact',
    fileIdsOf: (sha256) =>
      archived
        .bySha256(sha256)
        .filter(isProven)
        .flatMap(({ fileId }) => [`file-${bareId(fileId)}`, `file_${bareId(fileId)}`]),
  }
}

/**
 * Whether the record itself shows that these bytes are this file: live capture saw both, and a name in an export may
 * bear the id. What else an import found is evidence of that import, and cannot prove itself the next time.
 */
function isProven({ origin, fileId, genId, entry }: ArchivedPicture): boolean {
  if (origin !== 'export') return true
  const parts = namePartsOf(entry ?? '')
  const named = parts.fileId ?? parts.labsId ?? ''
  return named.replace(/^file[-_]/, '') === bareId(fileId) || (genId !== null && parts.stem === genId)
}
