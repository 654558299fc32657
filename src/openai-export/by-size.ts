import { forcedPairs, type Options } from './assignment.ts'
import { ambiguous, type Demand, decided, type Known, type LiveArchive, type Match } from './matches.ts'
import { distinct, type Medium } from './media.ts'

/** Generated images against what is left of the DALL·E folders, by exact size and pixels, one to one. */
export function byAssignment(
  demands: readonly Demand[],
  media: readonly Medium[],
  { live }: Known,
): Map<Demand, Match> {
  const bySize = sizesOf(media.filter(({ clues }) => clues.isGenerated))
  const options = new Map<Demand, Set<Medium>>()
  for (const demand of demands) {
    if (!demand.references.some(({ kind }) => kind === 'generated')) continue
    const sizes = new Set(demand.references.map(({ sizeBytes }) => sizeBytes))
    const fitting = [...sizes].flatMap((size) => bySize.get(size ?? -2) ?? []).filter((one) => mayBe(demand, one, live))
    if (fitting.length > 0) options.set(demand, new Set(fitting))
  }
  return matchesOf(options)
}

function matchesOf(options: Options<Demand, Medium>): Map<Demand, Match> {
  const forced = forcedPairs(options)
  const matches = new Map<Demand, Match>()
  for (const [demand, fitting] of options) {
    const medium = forced.get(demand)
    const match = medium
      ? decided('probable', 'T7', medium, 'size and pixels leave no other pair')
      : ambiguous([...fitting], 'ambiguous', [])
    matches.set(demand, match)
  }
  return matches
}

/** Nothing known speaks against a pair: not the pixels, not the conversation's folder, not another id of these bytes. */
function mayBe({ id, references }: Demand, { clues, content, account }: Medium, live: LiveArchive): boolean {
  const isOthers = references.every((one) => one.account !== null && account !== null && one.account !== account)
  if (isOthers) return false
  const contradicts = (stated: number | null, found: number | null | undefined) =>
    stated !== null && found !== null && found !== undefined && stated !== found
  const others = live.fileIdsOf(content?.sha256 ?? '')
  if (others.length > 0 && id !== null && !others.includes(id)) return false
  const inFolder =
    clues.conversationIds.length === 0 ||
    references.some(({ conversationId }) => clues.conversationIds.includes(conversationId.toLowerCase()))
  return (
    inFolder &&
    !references.some(
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
