import path from 'node:path'
import { confined } from '../../archive/confined.ts'
import { sha256Of, sizeOf } from '../../archive/read-files.ts'
import type { ArchivedPictures } from '../../catalogue/archived-pictures.ts'
import type { StagedAsset } from '../read/assets.ts'
import { readAttachmentList } from './attachments.ts'

/** Assets of earlier imports whose bytes are still in the archive. */
export interface EarlierAssets {
  /** Those that are no picture so far: this import may find what they are by whatever it knows. */
  readonly free: readonly StagedAsset[]
  /** Those archived as a picture: nothing but an id or a name shows that they are another one. */
  readonly taken: readonly StagedAsset[]
}

/**
 * Finds the bytes of earlier assets, hashing what is no picture: the archive's own store may have changed.
 *
 * Shape   of one content under one name, and of what is given again, there is one.
 */
export async function findEarlierAssets(
  root: string,
  assets: readonly StagedAsset[],
  given: readonly StagedAsset[],
  archived: ArchivedPictures,
): Promise<EarlierAssets> {
  const places = await readAttachmentList(root).catch(() => new Map<string, string>())
  const seen = new Set(given.map(keyOf))
  const proven = new Map<string, boolean>()
  const [free, taken]: [StagedAsset[], StagedAsset[]] = [[], []]
  const isThere = async ({ content: { sha256, bytes } }: StagedAsset) => {
    const place = places.get(sha256)
    const file = place === undefined ? undefined : await confined(root, place)
    return file !== undefined && (await sizeOf(file)) === bytes && (await sha256Of(file)) === sha256
  }
  for (const asset of assets) {
    const { sha256 } = asset.content
    if (seen.has(keyOf(asset))) continue
    seen.add(keyOf(asset))
    const [picture] = archived.bySha256(sha256)
    const isWhole = picture && (await sizeOf(path.join(root, picture.image))) === asset.content.bytes
    if (isWhole) taken.push(asset)
    else if (proven.get(sha256) ?? proven.set(sha256, await isThere(asset)).get(sha256)) free.push(asset)
  }
  return { free, taken }
}

const keyOf = ({ content, file }: StagedAsset) => `${content.sha256} ${file.path}`
