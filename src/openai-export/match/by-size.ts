import { distinct, type StagedAsset } from '../read/assets.ts'
import { forcedPairs, type Options } from './assignment.ts'
import { ambiguous, decided, type Known, type Match, type Unread } from './matches.ts'
import type { WantedFile } from './wanted-files.ts'

/** Generated images against what is left of the DALL·E folders, by exact size and pixels, one to one. */
export function byAssignment(
  wantedFiles: readonly WantedFile[],
  assets: readonly StagedAsset[],
  known: Known,
): Map<WantedFile, Match> {
  const bySize = sizesOf(assets.filter(({ nameParts }) => nameParts.isGenerated))
  const options = new Map<WantedFile, Set<StagedAsset>>()
  for (const wanted of wantedFiles) {
    const sizes = new Set(madeIn(wanted, known).map(({ sizeBytes }) => sizeBytes))
    const fitting = [...sizes]
      .flatMap((size) => bySize.get(size ?? -2) ?? [])
      .filter((one) => mayBe(wanted, one, known))
    if (fitting.length > 0) options.set(wanted, new Set(fitting))
  }
  return matchesOf(options, known.unread)
}

/** The references that say of an image how it was made: uploads and attachments of it tell sizes of their own. */
const madeIn = ({ id, references }: WantedFile, { conversations }: Known) => {
  const facts = id === null ? undefined : conversations.facts.get(id)
  return facts ? [facts] : references.filter(({ kind }) => kind === 'generated')
}

function matchesOf(options: Options<WantedFile, StagedAsset>, unread: Unread): Map<WantedFile, Match> {
  const forced = forcedPairs(options)
  const matches = new Map<WantedFile, Match>()
  for (const [wanted, fitting] of options) {
    const asset = forced.get(wanted)
    const match =
      asset && !mayHaveRival(asset, unread)
        ? decided('probable', 'T7', asset, 'size and pixels leave no other pair')
        : ambiguous([...fitting], 'ambiguous', [])
    matches.set(wanted, match)
  }
  return matches
}

/** Where conversations are missing, a pair is forced only if no file of that size is missing as well. */
const mayHaveRival = ({ content }: StagedAsset, { hasAllConversations, sizes, hasOthers }: Unread) =>
  !hasAllConversations && (hasOthers || sizes.has(content.bytes))

/** Nothing known speaks against a pair: pixels, conversation folder, or another id of the bytes or of the name. */
function mayBe(wanted: WantedFile, { nameParts, content, account }: StagedAsset, known: Known): boolean {
  const { live, sidecars } = known
  const { id, references } = wanted
  const isOthers = references.every((one) => one.account !== null && account !== null && one.account !== account)
  const owners = [...live.fileIdsOf(content.sha256), ...(sidecars.uuidOwners.get(nameParts.uuid ?? '') ?? [])]
  if (isOthers || (owners.length > 0 && id !== null && !owners.includes(id))) return false
  const inFolder =
    nameParts.conversationIds.length === 0 ||
    references.some(({ conversationId }) => nameParts.conversationIds.includes(conversationId.toLowerCase()))
  const contradicts = (stated: number | null, found: number | null | undefined) =>
    stated !== null && found !== null && found !== undefined && stated !== found
  return (
    inFolder &&
    !madeIn(wanted, known).some(
      (one) => contradicts(one.widthPx, content.widthPx) || contradicts(one.heightPx, content.heightPx),
    )
  )
}

/** Assets by their length in bytes, each content once. */
export function sizesOf(assets: readonly StagedAsset[]): Map<number, StagedAsset[]> {
  const bySize = new Map<number, StagedAsset[]>()
  for (const asset of distinct(assets)) {
    const some = bySize.get(asset.content.bytes)
    if (some) some.push(asset)
    else bySize.set(asset.content.bytes, [asset])
  }
  return bySize
}
