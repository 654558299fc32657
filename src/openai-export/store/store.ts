import { createPictureStore } from '../../intake/picture-store.ts'
import type { Verdict } from '../../intake/verdict.ts'
import type { DatedFacts, ImageFacts } from '../../sites/facts.ts'
import { toldPlace } from '../inputs/export-file.ts'
import type { StagedAsset } from '../read/assets.ts'
import { type AttachmentsOptions, openAttachments } from './attachments.ts'
import { createBackground } from './background.ts'

/** Whether an id or a hash shows that a file is that picture, or exclusion alone. */
export type Confidence = 'exact' | 'probable'

/** Where everything of an import comes to rest; each content is stored once. */
export interface Store {
  /**
   * A generated image, by the same rules as one that was captured live; the path of the image relative to the archive,
   * null where a record is there that does not tell it.
   */
  keepPicture(facts: DatedFacts, asset: StagedAsset, match: Confidence): Promise<string | null>
  /** Completes the record of a picture that is archived already; its image's path. */
  completePicture(facts: ImageFacts): Promise<string | null>
  keepAttachment(asset: StagedAsset, folder: string, name: string): Promise<string>
  readonly counts: StoredCounts
  /** Resolves when everything is safely on the disk; until then records and the list may still be on their way. */
  drained(): Promise<void>
}

/** What was written, by what became of it. */
export interface StoredCounts {
  readonly pictures: number
  readonly completed: number
  readonly corrected: number
  /** Images that were archived and gone, and are back. */
  readonly restored: number
  readonly attachments: number
}

export const nothingStored: StoredCounts = { pictures: 0, completed: 0, corrected: 0, restored: 0, attachments: 0 }

export interface StoreOptions extends Pick<AttachmentsOptions, 'archive' | 'archived' | 'again'> {
  readonly now: () => Date
}

/** Opens the store over an archive whose pictures are known. Errors: ArchiverError "disk" as `openAttachments`. */
export async function openStore({ archive, archived, again, now }: StoreOptions): Promise<Store> {
  const background = createBackground()
  const attachments = await openAttachments({ archive, archived, again, background })
  const pictures = createPictureStore({
    archive,
    now,
    archived,
    putAside: attachments.putAside,
    later: background.add,
    drained: background.drained,
  })
  const counts = { pictures: 0, completed: 0, corrected: 0, restored: 0 }

  const imageBy = (verdict: Verdict): string | null => {
    if (verdict.kind === 'known') {
      if (verdict.isCompleted) counts.completed += 1
      return verdict.image
    }
    if (verdict.kind !== 'stored') return null
    counts[{ new: 'pictures', corrected: 'corrected', restored: 'restored' }[verdict.was] as keyof typeof counts] += 1
    return verdict.record.image
  }

  return {
    async keepPicture(facts, asset, match) {
      const content = await attachments.asImage(asset)
      if (!content) return null
      const { archive: chain, entry } = toldPlace(asset.file)
      const origin = { origin: 'export', channel: facts.channel, host: null } as const
      const name = `${facts.fileId}.${content.extension}`
      const verdict = await pictures.add({
        facts,
        content,
        source: { ...origin, archive: chain.join(' › '), entry, match },
        keepBeside: (image) => attachments.keepBeside(asset, image, name),
      })
      return imageBy(verdict)
    },
    completePicture: async (facts) => imageBy(await pictures.complete(facts)),
    async keepAttachment(asset, folder, name) {
      const { content } = asset
      return archived.bySha256(content.sha256)[0]?.image ?? attachments.keep(asset, folder, name)
    },
    get counts() {
      return { ...counts, attachments: attachments.count }
    },
    drained: attachments.list,
  }
}
