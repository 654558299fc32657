import { baseName } from '../inputs/export-file.ts'
import { addTo } from '../order.ts'
import { type AssetIndex, distinct, type StagedAsset } from '../read/assets.ts'
import { ambiguous, decided, type Match } from './matches.ts'
import type { WantedFile } from './wanted-files.ts'

/** A link to a file the code interpreter wrote: in the folder of its own conversation, under its own name. */
export function byPlaceAndName({ references }: WantedFile, index: AssetIndex): Match | undefined {
  const [reference] = references
  if (!reference?.name || !reference.pointer.startsWith('sandbox:')) return undefined
  const conversationId = reference.conversationId.toLowerCase()
  const inFolder = index
    .byName(reference.name.normalize('NFC'))
    .filter(
      ({ file, nameParts }) => nameParts.conversationIds.includes(conversationId) && /\/mnt\/data\//.test(file.path),
    )
  const assets = distinct(inFolder)
  if (assets.length > 1) return ambiguous(assets, 'ambiguous', [])
  return assets[0] && decided('exact', 'T4', assets[0], "its name in the conversation's own mnt/data folder")
}

/**
 * A link by name alone to a file that the same conversation names by its id, too: as an attachment, or by a row of the
 * library for the same message.
 */
export function byNameInConversation(
  wantedFiles: readonly WantedFile[],
  matches: ReadonlyMap<WantedFile, Match>,
): Map<WantedFile, Match> {
  const named = new Map<string, StagedAsset[]>()
  const note = (conversationId: string, name: string | null | undefined, asset: StagedAsset) => {
    const key = `${conversationId}\n${name?.normalize('NFC')}`
    if (name) addTo(named, key, asset)
  }
  for (const [{ references, library }, { asset }] of matches)
    for (const { conversationId, name } of asset ? references : [])
      for (const one of new Set([name, library?.name])) if (asset) note(conversationId, one, asset)
  const found = new Map<WantedFile, Match>()
  for (const wanted of wantedFiles) {
    const [link] = wanted.references
    if (matches.has(wanted) || !link?.pointer.startsWith('sandbox:')) continue
    const assets = distinct(named.get(`${link.conversationId}\n${link.name?.normalize('NFC')}`) ?? [])
    if (assets.length > 1) found.set(wanted, ambiguous(assets, 'ambiguous', []))
    else if (assets[0])
      found.set(wanted, decided('probable', 'T6', assets[0], 'its name among the conversation’s files'))
  }
  return found
}

/** Attachments whose file bears no id: by name and exact size, if these are unique on both sides of an account. */
export function byNameAndSize(
  wantedFiles: readonly WantedFile[],
  assets: readonly StagedAsset[],
): Map<WantedFile, Match> {
  const keysOf = ({ references }: WantedFile) =>
    new Set(
      references.flatMap(({ name, sizeBytes, account }) =>
        name && sizeBytes ? [`${account} ${name.normalize('NFC')} ${sizeBytes}`] : [],
      ),
    )
  const counts = countBy(wantedFiles.flatMap((wanted) => [...keysOf(wanted)]))
  const files = new Map<string, StagedAsset[]>()
  for (const asset of distinct(assets)) {
    const key = `${asset.account} ${baseName(asset.file.path).normalize('NFC')} ${asset.content.bytes}`
    addTo(files, key, asset)
  }
  const matches = new Map<WantedFile, Match>()
  for (const wanted of wantedFiles)
    for (const key of keysOf(wanted)) {
      const found = files.get(key) ?? []
      const isOnly = found.length === 1 && counts.get(key) === 1
      if (isOnly && found[0]) matches.set(wanted, decided('probable', 'T6', found[0], 'name and size, both unique'))
      else if (found.length > 0) matches.set(wanted, ambiguous(found, 'ambiguous', []))
    }
  return matches
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
