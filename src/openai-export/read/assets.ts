import { imageTypes } from '../../decode/image-bytes.ts'
import type { ExportFile } from '../inputs/export-file.ts'
import { type NameParts, namePartsOf } from './name-parts.ts'

/** A file of an export that is no text: a picture, a recording, an upload; as it is listed, its bytes not yet read. */
export interface Asset {
  readonly file: ExportFile
  readonly nameParts: NameParts
  /** Whose export it lies in; null when nobody said. */
  readonly account: string | null
}

/** An asset whose bytes were read, and wait where `content` says. */
export interface StagedAsset extends Asset {
  readonly content: Content
}

/** An asset whose bytes could not be read, and why. */
export interface UnreadAsset extends Asset {
  readonly flaw: string
}

/** What the bytes of an asset are. */
export interface Content {
  readonly sha256: string
  readonly bytes: number
  /** Extension by magic bytes; null for a type we do not know. */
  readonly extension: string | null
  readonly mime: string
  readonly isImage: boolean
  readonly widthPx: number | null
  readonly heightPx: number | null
  /** False for an image that breaks off. */
  readonly isWhole: boolean
  /** It bears Content Credentials, as images made by OpenAI do since 2024. */
  readonly isSigned: boolean
  /** Where its bytes lie now, until they get their name; null when nothing is to be written. */
  readonly staged: string | null
}

/** The assets of all exports, found by what their names and their bytes tell. */
export interface AssetIndex {
  readonly all: readonly StagedAsset[]
  byId(id: string, derivative: string | null): readonly StagedAsset[]
  byUuid(uuid: string): readonly StagedAsset[]
  byStem(stem: string): readonly StagedAsset[]
  byPath(path: string): readonly StagedAsset[]
  byName(name: string): readonly StagedAsset[]
  bySha256(sha256: string): readonly StagedAsset[]
}

/** A file of an export as an asset. */
export const assetOf = (file: ExportFile, account: string | null): Asset => ({
  file,
  nameParts: namePartsOf(file.path),
  account,
})

/** Makes assets findable. */
export function indexAssets(all: readonly StagedAsset[]): AssetIndex {
  const by = (keysOf: (asset: StagedAsset) => readonly (string | null | undefined)[]) => {
    const found = new Map<string, StagedAsset[]>()
    for (const asset of all)
      for (const key of keysOf(asset))
        if (key) {
          const some = found.get(key)
          if (some) some.push(asset)
          else found.set(key, [asset])
        }
    return (key: string): readonly StagedAsset[] => found.get(key) ?? []
  }
  const byId = by(({ nameParts }) => [nameParts.fileId && `${nameParts.fileId} ${nameParts.derivative ?? ''}`])
  return {
    all,
    byId: (id, derivative) => byId(`${id} ${derivative ?? ''}`),
    byUuid: by(({ nameParts }) => [nameParts.uuid]),
    byStem: by(({ nameParts }) => [nameParts.stem]),
    byPath: by(({ file }) => [file.path, withoutTop(file.path)]),
    byName: by(({ file }) => [file.path.split('/').at(-1)?.normalize('NFC')]),
    bySha256: by(({ content }) => [content.sha256]),
  }
}

/** Some exports wrap everything in one folder. */
const withoutTop = (path: string) => (path.includes('/') ? path.slice(path.indexOf('/') + 1) : null)

/** One of each content, in a stable order. */
export function distinct(assets: readonly StagedAsset[]): StagedAsset[] {
  const found = new Map<string, StagedAsset>()
  for (const asset of assets) if (!found.has(asset.content.sha256)) found.set(asset.content.sha256, asset)
  return [...found.values()]
}

/** Whether an asset is a whole picture of a kind the archive keeps. */
export const isPicture = ({ content }: StagedAsset) => content.isWhole && (content.extension ?? '') in imageTypes
