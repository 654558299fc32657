import path from 'node:path'
import { evidenceFile } from '../../archive/imports.ts'
import { readJournal } from '../../archive/journal.ts'
import { namesIn } from '../../archive/read-files.ts'
import { countAt, isObject, listAt, momentAt, textAt } from '../../decode/json.ts'
import { type ImageFacts, reviveFacts } from '../../sites/facts.ts'
import { withoutUser } from '../inputs/export-file.ts'
import { assetOf, type StagedAsset } from './assets.ts'
import type { Contents } from './read.ts'
import { noteAssetName, type Sidecars } from './sidecars.ts'

/** What earlier imports into the same archive saw, for an export is rarely the only one. */
export interface Earlier {
  /** Files by the names they had in their export; their bytes lie somewhere in the archive, or are gone. */
  readonly assets: readonly StagedAsset[]
  /** Ids of files → the name each had before. */
  readonly names: ReadonlyMap<string, string>
  /** What is said of generated images that no export held so far. */
  readonly facts: readonly ImageFacts[]
}

/**
 * Reads what all imports but one left behind for those that follow.
 *
 * Shape   `imports/<id>/evidence.ndjson`, a line each: `{ asset }`, `{ id, name }` or `{ facts }`.
 * Errors  lines that are none of ours are passed over, and so is a file that cannot be read.
 */
export async function readEarlier(root: string, importId: string): Promise<Earlier> {
  const earlier = { assets: [] as StagedAsset[], names: new Map<string, string>(), facts: [] as ImageFacts[] }
  const onLine = (line: unknown) => {
    const asset = isObject(line) && isObject(line.asset) ? reviveAsset(line.asset) : undefined
    const facts = isObject(line) && isObject(line.facts) ? reviveFacts(line.facts) : undefined
    const [id, name] = [textAt(line, 'id'), textAt(line, 'name')]
    if (asset) earlier.assets.push(asset)
    if (facts) earlier.facts.push(facts)
    if (id && name) earlier.names.set(id, name)
  }
  const folders = await namesIn(path.join(root, 'imports')).catch(() => [])
  for (const folder of folders.sort())
    if (folder !== importId) await readJournal(path.join(root, 'imports', folder, evidenceFile), onLine).catch(() => 0)
  return earlier
}

/** What this import leaves behind: objects, a line each. */
export function* evidenceOf(
  assets: readonly StagedAsset[],
  { names }: Sidecars,
  missing: readonly ImageFacts[],
): Generator<object> {
  for (const { file, content } of assets) {
    const { staged, ...known } = content
    const [archive, entry] = [file.archive.map(withoutUser), withoutUser(file.path)]
    yield { asset: { archive, entry, modifiedAt: file.modifiedAt, ...known } }
  }
  for (const [id, name] of names) yield { id, name: withoutUser(name) }
  for (const facts of missing) yield { facts }
}

/** Written by us, but a person may have edited it; whether the bytes are still there is another question. */
function reviveAsset(json: Record<string, unknown>): StagedAsset | undefined {
  const [entry, sha256, bytes] = [textAt(json, 'entry'), textAt(json, 'sha256'), countAt(json, 'bytes')]
  if (!entry || !sha256 || !/^[0-9a-f]{64}$/.test(sha256) || bytes === null) return undefined
  const file = {
    archive: listAt(json, 'archive').filter((name) => typeof name === 'string'),
    path: entry,
    sizeBytes: bytes,
    crc32: null,
    isRepeated: false,
    modifiedAt: momentAt(json, 'modifiedAt'),
    open: () => {
      throw new Error(`${entry} was in an earlier import`)
    },
  }
  const content = {
    ...{ sha256, bytes, staged: null },
    extension: textAt(json, 'extension'),
    mime: textAt(json, 'mime') ?? 'application/octet-stream',
    ...{ widthPx: countAt(json, 'widthPx'), heightPx: countAt(json, 'heightPx') },
    ...{ isImage: json.isImage === true, isWhole: json.isWhole === true, isSigned: json.isSigned === true },
  }
  return { ...assetOf(file, null), content }
}

/** What an export says, with the names and the facts that earlier ones said; where both speak, this one counts. */
export function withEarlier(contents: Contents, { names, facts }: Earlier): Contents {
  const { conversations, sidecars } = contents
  const all = { ...sidecars, names: new Map<string, string>(), uuidOwners: new Map<string, Set<string>>() }
  for (const [id, name] of new Map([...names, ...sidecars.names])) noteAssetName(all, id, name)
  const known = new Map<string, ImageFacts>(facts.map((one) => [one.fileId, one]))
  // Whose it is, an export does not say, but a person has said of an earlier one.
  for (const [id, own] of conversations.facts) known.set(id, { ...own, profiles: known.get(id)?.profiles ?? null })
  return { ...contents, sidecars: all, conversations: { ...conversations, facts: known } }
}
