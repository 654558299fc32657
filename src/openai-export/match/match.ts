import { createShelf, type Medium, type Shelf } from '../read/assets.ts'
import { byIdentity } from './by-identity.ts'
import { byNameAndSize, byNameInConversation, byPlaceAndName } from './by-name.ts'
import { byAssignment, sizesOf } from './by-size.ts'
import { type Demand, decided, type Known, type LiveArchive, type Match, type MissingReason } from './matches.ts'

/**
 * Finds for each demand the file it means, or says why not.
 *
 * Shape   tiers T0 to T7, best first (docs/export/matching.md); what lower tiers say is kept as evidence. What is left
 *         over of the DALL·E folders is assigned one to one by size and pixels, and only pairs that are forced are taken.
 * Errors  two files that cannot be told apart are ambiguous with all candidates: a wrong match is worse than none.
 */
export function matchAll(demands: readonly Demand[], known: Known): Map<Demand, Match> {
  const shelf = createShelf(known.media)
  const matches = new Map<Demand, Match>()
  for (const demand of demands) {
    const match = demand.id === null ? byPlaceAndName(demand, shelf) : byIdentity(demand, demand.id, shelf, known)
    if (match) matches.set(demand, match)
  }
  for (const [demand, match] of byNameInConversation(demands, matches)) matches.set(demand, match)
  const open = () => demands.filter((demand) => !matches.has(demand))
  const used = new Set([...matches.values()].map(({ medium }) => medium?.content?.sha256))
  const isFree = (medium: Medium) => medium.clues.fileId === null && !used.has(medium.content?.sha256 ?? '')
  for (const [demand, match] of byNameAndSize(open(), shelf.all.filter(isFree))) {
    matches.set(demand, match)
    used.add(match.medium?.content?.sha256)
  }
  for (const demand of open()) {
    const match = byArchive(demand, known.live)
    if (match) matches.set(demand, match)
  }
  const proven = new Set(
    [...matches.values()].filter(({ status }) => status === 'exact').map(({ medium }) => medium?.content?.sha256),
  )
  const isSure = ({ id }: Demand) => id !== null && known.live.isSure(id)
  for (const demand of open().filter(isSure))
    matches.set(demand, byEarlierImport(demand, shelf, known, proven) ?? archived('probable'))
  for (const [demand, match] of byAssignment(open(), shelf.all.filter(isFree), known)) matches.set(demand, match)
  const isUndecided = (match: Match | undefined) => match === undefined || match.reason === 'ambiguous'
  for (const demand of demands.filter((demand) => isUndecided(matches.get(demand)))) {
    const match = byEarlierImport(demand, shelf, known, proven)
    if (match) matches.set(demand, match)
  }
  const isLeft = (medium: Medium) => isFree(medium) && !medium.clues.isGenerated
  const bySize = sizesOf(shelf.all.filter(isLeft))
  for (const demand of open()) matches.set(demand, hinted(missing(demand, known), demand, bySize))
  return matches
}

/**
 * What cannot be told from this export may have been told from another: these bytes are archived as this file. What was no
 * more than a guess gives way to proof that they are another's.
 */
function byEarlierImport(
  { id, references }: Demand,
  shelf: Shelf,
  { live, sidecars }: Known,
  proven: ReadonlySet<string | undefined>,
): Match | undefined {
  if (id === null || references.some(({ derivative }) => derivative !== null)) return undefined
  const sha256 = live.takenFor(id)
  const media = sha256 === undefined ? [] : shelf.bySha256(sha256)
  const isNamedOtherwise = ({ clues }: Medium) => {
    const owners = sidecars.uuidOwners.get(clues.uuid ?? '')
    return (clues.fileId !== null && clues.fileId !== id) || (owners !== undefined && !owners.has(id))
  }
  const isOthers = proven.has(sha256) || media.some(isNamedOtherwise)
  const [medium] = media
  if (!medium || (isOthers && !live.isSure(id))) return undefined
  return decided('probable', 'T5', medium, 'an earlier import took these bytes for this id')
}

/** A file of the same size elsewhere is shown to the person, and never taken: sizes of uploads repeat. */
function hinted(match: Match, { references }: Demand, bySize: ReadonlyMap<number, readonly Medium[]>): Match {
  if (match.status !== 'missing') return match
  const sizes = new Set(references.map(({ sizeBytes }) => sizeBytes))
  const alike = [...sizes].flatMap((size) => (size === null ? [] : (bySize.get(size) ?? [])))
  if (alike.length === 0) return match
  const names = alike.slice(0, 3).map(({ file }) => file.path)
  const detail = `not taken: of the same size, and nothing else: ${names.join(', ')}`
  return { ...match, evidence: [{ rule: 'T8', says: 'agrees', detail }] }
}

/** Not in the export, but archived: what is certain to be another's need not be looked for among what is left. */
function byArchive({ id, references }: Demand, live: LiveArchive): Match | undefined {
  const isCertain =
    (id !== null && live.byFileId(id) !== undefined) ||
    references.some(({ genId }) => genId !== null && live.byGenId(genId) !== undefined)
  return isCertain && references.every(({ derivative }) => derivative === null) ? archived('exact') : undefined
}

const archived = (status: 'exact' | 'probable'): Match => ({
  status,
  rule: 'T5',
  medium: null,
  candidates: [],
  evidence: [{ rule: 'T5', says: 'decides', detail: 'not in the export, but archived under this id' }],
  reason: null,
})

/** Why a file is not there. */
function missing({ id, references, library }: Demand, { sidecars, exportedAt, live, unread }: Known): Match {
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
  return { status: 'missing', rule: null, medium: null, candidates: [], evidence: [], reason }
}
