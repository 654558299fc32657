import { distinct, type Medium } from '../read/assets.ts'
import { forcedPairs, type Options } from './assignment.ts'
import { ambiguous, type Demand, decided, type Known, type Match, type Unread } from './matches.ts'

/** Generated images against what is left of the DALL·E folders, by exact size and pixels, one to one. */
export function byAssignment(demands: readonly Demand[], media: readonly Medium[], known: Known): Map<Demand, Match> {
  const bySize = sizesOf(media.filter(({ clues }) => clues.isGenerated))
  const options = new Map<Demand, Set<Medium>>()
  for (const demand of demands) {
    const sizes = new Set(madeIn(demand, known).map(({ sizeBytes }) => sizeBytes))
    const fitting = [...sizes]
      .flatMap((size) => bySize.get(size ?? -2) ?? [])
      .filter((one) => mayBe(demand, one, known))
    if (fitting.length > 0) options.set(demand, new Set(fitting))
  }
  return matchesOf(options, known.unread)
}

/** The references that say of an image how it was made: uploads and attachments of it tell sizes of their own. */
const madeIn = ({ id, references }: Demand, { talk }: Known) => {
  const facts = id === null ? undefined : talk.facts.get(id)
  return facts ? [facts] : references.filter(({ kind }) => kind === 'generated')
}

function matchesOf(options: Options<Demand, Medium>, unread: Unread): Map<Demand, Match> {
  const forced = forcedPairs(options)
  const matches = new Map<Demand, Match>()
  for (const [demand, fitting] of options) {
    const medium = forced.get(demand)
    const match =
      medium && !mayHaveRival(medium, unread)
        ? decided('probable', 'T7', medium, 'size and pixels leave no other pair')
        : ambiguous([...fitting], 'ambiguous', [])
    matches.set(demand, match)
  }
  return matches
}

/** Where conversations are missing, a pair is forced only if no file of that size is missing as well. */
const mayHaveRival = ({ content }: Medium, { isTalkWhole, sizes, hasOthers }: Unread) =>
  !isTalkWhole && (hasOthers || sizes.has(content?.bytes ?? -1))

/** Nothing known speaks against a pair: pixels, conversation folder, or another id of the bytes or of the name. */
function mayBe(demand: Demand, { clues, content, account }: Medium, known: Known): boolean {
  const { live, sidecars } = known
  const { id, references } = demand
  const isOthers = references.every((one) => one.account !== null && account !== null && one.account !== account)
  const owners = [...live.fileIdsOf(content?.sha256 ?? ''), ...(sidecars.uuidOwners.get(clues.uuid ?? '') ?? [])]
  if (isOthers || (owners.length > 0 && id !== null && !owners.includes(id))) return false
  const inFolder =
    clues.conversationIds.length === 0 ||
    references.some(({ conversationId }) => clues.conversationIds.includes(conversationId.toLowerCase()))
  const contradicts = (stated: number | null, found: number | null | undefined) =>
    stated !== null && found !== null && found !== undefined && stated !== found
  return (
    inFolder &&
    !madeIn(demand, known).some(
      (one) => contradicts(one.widthPx, content?.widthPx) || contradicts(one.heightPx, content?.heightPx),
    )
  )
}

/** Media by their length in bytes, each content once. */
export function sizesOf(media: readonly Medium[]): Map<number, Medium[]> {
  const bySize = new Map<number, Medium[]>()
  for (const medium of distinct(media)) {
    const bytes = medium.content?.bytes ?? -1
    const some = bySize.get(bytes)
    if (some) some.push(medium)
    else bySize.set(bytes, [medium])
  }
  return bySize
}
