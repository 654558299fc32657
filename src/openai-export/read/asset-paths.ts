import type { ExportFile } from '../inputs/export-file.ts'
import { addTo } from '../order.ts'
import { readAssetsJson } from './assets-json.ts'
import { pointedAt } from './pointers.ts'

/** A path that chat.html gives for a pointer, in the archive it lies in. */
export interface ListedPath {
  readonly archive: string
  readonly path: string
}

/** Pointer (id and derivative) → the paths chat.html gives for it. */
export type AssetPaths = Map<string, ListedPath[]>

/** Adds the paths of one chat.html, which are relative to its folder. */
export async function readAssetPaths(
  chunks: AsyncIterable<Buffer>,
  { archive, path }: ExportFile,
  assetPaths: AssetPaths,
): Promise<void> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : ''
  for await (const [pointer, target] of readAssetsJson(chunks)) {
    const named = pointedAt(pointer)
    if (!named) continue
    const key = `${named.id} ${named.derivative ?? ''}`
    addTo(assetPaths, key, { archive: archive.join('/'), path: folder + target })
  }
}
