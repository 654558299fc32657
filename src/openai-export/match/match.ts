import { withoutUser } from '../inputs/export-file.ts'
import { type AssetIndex, indexAssets, type StagedAsset } from '../read/assets.ts'
import { byIdentity } from './by-identity.ts'
import { byNameAndSize, byNameInConversation, byPlaceAndName } from './by-name.ts'
import { byAssignment, sizesOf } from './by-size.ts'
import { decided, type Known, type LiveArchive, type Match, type MissingReason } from './matches.ts'
import type { WantedFile } from './wanted-files.ts'

/**
 * Finds the asset that each wanted file is, or says why there is none.
 *
 * Shape   rules T0 to T7, best first (docs/export/matching.md); what lower ones say is kept as evidence. What is left
 *         of the DALL·E folders is assigned one to one by size and pixels, and only forced pairs are taken.
 * Errors  two files that cannot be told apart are ambiguous with all candidates: a wrong match is worse than none.
 */
export function matchAll(wantedFiles: readonly WantedFile[], known: Known): Map<WantedFile, Match> {
  const index = indexAssets([...known.assets, ...(known.taken ?? [])])
  const matches = new Map<WantedFile, Match>()
  for (const wanted of wantedFiles) {
    const match = wanted.id === null ? byPlaceAndName(wanted, index) : byIdentity(wanted, wanted.id, index, known)
    if (match) matches.set(wanted, match)
  }
  for (const [wanted, match] of byNameInConversation(wantedFiles, matches)) matches.set(wanted, match)
  const open = () => wantedFiles.filter((wanted) => !matches.has(wanted))
  const used = new Set([...matches.values()].map(({ asset }) => asset?.content.sha256))
  const isFree = (asset: StagedAsset) => asset.nameParts.fileId === null && !used.has(asset.content.sha256)
  for (const [wanted, match] of byNameAndSize(open(), known.assets.filter(isFree))) {
    matches.set(wanted, match)
    used.add(match.asset?.content.sha256)
  }
  for (const wanted of open()) {
    const match = byArchive(wanted, known.live)
    if (match) matches.set(wanted, match)
  }
  const proven = new Set(
    [...matches.values()].filter(({ status }) => status === 'exact').map(({ asset }) => asset?.content.sha256),
  )
  const isSure = ({ id }: WantedFile) => id !== null && known.live.isSure(id)
  for (const wanted of open().filter(isSure))
    matches.set(wanted, byEarlierImport(wanted, index, known, proven) ?? archived('probable'))
  for (const [wanted, match] of byAssignment(open(), known.assets.filter(isFree), known)) matches.set(wanted, match)
  const isUndecided = (match: Match | undefined) => match === undefined || match.reason === 'ambiguous'
  for (const wanted of wantedFiles.filter((wanted) => isUndecided(matches.get(wanted)))) {
    const match = byEarlierImport(wanted, index, known, proven)
    if (match) matches.set(wanted, match)
  }
  const isLeft = (asset: StagedAsset) => isFree(asset) && !asset.nameParts.isGenerated
  const bySize = sizesOf(known.assets.filter(isLeft))
  for (const wanted of open()) matches.set(wanted, hinted(missing(wanted, known), wanted, bySize))
  return matches
}

/**
 * What this export leaves open another may have decided: these bytes are archived as this file. What was no
 * more than a guess gives way to proof that they are another's.
 */
function byEarlierImport(
  { id, references }: WantedFile,
  index: AssetIndex,
  { live, sidecars }: Known,
  proven: ReadonlySet<string | undefined>,
): Match | undefined {
  if (id === null || references.some(({ derivative }) => derivative !== null)) return undefined
  const sha256 = live.takenFor(id)
  const assets = sha256 === undefined ? [] : index.bySha256(sha256)
  const isNamedOtherwise = ({ nameParts }: StagedAsset) => {
    const owners = sidecars.uuidOwners.get(nameParts.uuid ?? '')
    return (nameParts.fileId !== null && nameParts.fileId !== id) || (owners !== undefined && !owners.has(id))
  }
  const isOthers = proven.has(sha256) || assets.some(isNamedOtherwise)
  const [asset] = assets
  if (!asset || (isOthers && !live.isSure(id))) return undefined
  return decided('probable', 'T5', asset, 'an earlier import took these bytes for this id')
}

/** A file of the same size elsewhere is shown to the person, and never taken: sizes of uploads repeat. */
function hinted(match: Match, { references }: WantedFile, bySize: ReadonlyMap<number, readonly StagedAsset[]>): Match {
  if (match.status !== 'missing') return match
  const sizes = new Set(references.map(({ sizeBytes }) => sizeBytes))
  const alike = [...sizes].flatMap((size) => (size === null ? [] : (bySize.get(size) ?? [])))
  if (alike.length === 0) return match
  const names = alike.slice(0, 3).map(({ file }) => withoutUser(file.path))
  const detail = `not taken: of the same size, and nothing else: ${names.join(', ')}`
  return { ...match, evidence: [{ rule: 'T8', says: 'agrees', detail }] }
}

/** Not in the export, but archived: what is certain to be another's need not be looked for among what is left. */
function byArchive({ id, references }: WantedFile, live: LiveArchive): Match | undefined {
  const isCertain =
    (id !== null && live.byFileId(id) !== undefined) ||
    references.some(({ genId }) => genId !== null && live.byGenId(genId) !== undefined)
  return isCertain && references.every(({ derivative }) => derivative === null) ? archived('exact') : undefined
}

const archived = (status: 'exact' | 'probable'): Match => ({
  status,
  rule: 'T5',
  asset: null,
  candidates: [],
  evidence: [{ rule: 'T5', says: 'decides', detail: 'not in the export, but archived under this id' }],
  reason: null,
})

/** Why a file is not there. */
function missing({ id, references, library }: WantedFile, { sidecars, exportedAt, live, unread }: Known): Match {
  const isTaken = id !== null && live.takenFor(id) !== undefined
  if (isTaken && references.every(({ derivative }) => derivative === null)) return archived('probable')
  const isExpired = references.some(
    ({ expiresAt }) => expiresAt !== null && exportedAt !== null && expiresAt < exportedAt,
  )
  const reasons: readonly (readonly [boolean | undefined, MissingReason])[] = [
    [references.some(({ isPlaceholder }) => isPlaceholder), 'placeholder'],
    [library?.isDeleted, 'deleted_by_user'],
    [id !== null && unread.fileIds.has(id), 'unreadable'],
    [isExpired, 'expired'],
    [id !== null && (sidecars.names.has(id) || sidecars.promisedIds.has(id)), 'part_missing'],
  ]
  const reason = reasons.find(([isSo]) => isSo)?.[1] ?? 'not_in_export'
  return { status: 'missing', rule: null, asset: null, candidates: [], evidence: [], reason }
}
