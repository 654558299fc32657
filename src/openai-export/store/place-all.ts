import type { ImportEvent } from '../events.ts'
import type { InputFlaw } from '../inputs/inputs.ts'
import type { Demand, Match } from '../match/matches.ts'
import type { Asked } from '../match/wanted-files.ts'
import type { Medium } from '../read/assets.ts'
import { isPicture } from '../read/assets.ts'
import type { Contents } from '../read/read.ts'
import { attachmentFolder, orphanFolder } from './attachments.ts'
import { dateOfDemand, dateOfFile, factsOfDemand, orphanFacts, withDate } from './given-facts.ts'
import { nameOfDemand, nameOfOrphan } from './given-names.ts'
import { lineOf, type MatchLine } from './report.ts'
import type { Store } from './store.ts'

export interface SettleOptions {
  readonly demands: readonly Asked[]
  readonly matches: ReadonlyMap<Demand, Match>
  readonly media: readonly Medium[]
  readonly contents: Contents
  readonly importId: string
  /** Undefined when nothing shall be written. */
  readonly store: Store | undefined
  readonly onFlaw: (flaw: InputFlaw) => void
  readonly options: {
    readonly onlyGenerated?: boolean
    readonly now?: () => Date
    readonly onEvent?: (event: ImportEvent) => void
    readonly signal?: AbortSignal | undefined
  }
}

/** A medium nobody refers to. */
export interface Orphan {
  readonly archive: readonly string[]
  readonly entry: string
  readonly bytes: number
  readonly sha256: string
  readonly stored: string | null
  /** By its folder, or by the Content Credentials it bears. */
  readonly is_generated: boolean
}

/** What settling came to. */
export interface Settled {
  readonly lines: MatchLine[]
  readonly orphans: Orphan[]
  readonly storedOrphans: number
}

/** Puts everything where it belongs, in a stable order, and tells what became of each reference. */
export async function settle(all: SettleOptions): Promise<Settled> {
  const { demands, matches, contents, options } = all
  const lines: MatchLine[] = []
  const used = new Set<string>()
  for (const [at, asked] of inOrder(demands).entries()) {
    options.signal?.throwIfAborted()
    const found = matches.get(asked.demand) ?? nothing
    if (found.medium?.content) used.add(found.medium.content.sha256)
    const stored = await storeMatch(all, asked, found)
    const match = intact(all, asked, found)
    const told = asked.placement ? { ...match, evidence: [...match.evidence, asked.placement.evidence] } : match
    for (const place of asked.places) lines.push(lineOf(place, told, match.reason === 'damaged' ? null : stored))
    const amount = (files: number) => ({ files, bytes: 0 })
    options.onEvent?.({ kind: 'progress', phase: 'storing', done: amount(at + 1), all: amount(demands.length) })
  }
  lines.push(...unansweredLines(contents, lines))
  return { lines, ...(await settleOrphans(all, used)) }
}

/** A generated image whose file is none, or a part of one, is not matched by it; the file is kept beside the others. */
function intact({ contents, onFlaw }: SettleOptions, asked: Asked, match: Match): Match {
  const { medium } = match
  if (!medium || isPicture(medium) || !factsOfDemand(asked, contents)) return match
  const { archive, path } = medium.file
  onFlaw({
    archive: archive.join(' › '),
    path,
    reason: 'should be a generated image, and is none or only a part of one',
  })
  return { ...nothing, evidence: match.evidence, reason: 'damaged' }
}

/** The date of what nothing dates. */
const someDate = ({ contents, options }: SettleOptions) => contents.exportedAt ?? options.now?.() ?? new Date()

/** Keeps what answers a demand, and tells where. */
async function storeMatch(all: SettleOptions, asked: Asked, { medium, rule, status }: Match): Promise<string | null> {
  const { store, contents, options } = all
  const { demand } = asked
  const [first] = demand.references
  if (!store) return null
  const facts = factsOfDemand(asked, contents)
  if (facts && !medium) return rule === 'T5' ? store.completePicture(facts) : null
  if (!medium || !first) return null
  const date = dateOfDemand(demand, contents, someDate(all))
  const sureness = status === 'exact' ? 'exact' : 'probable'
  if (facts && isPicture(medium)) return store.keepPicture(withDate(facts, date), medium, sureness)
  if (options.onlyGenerated) return null
  const folder = attachmentFolder(date.createdAt, first.conversationId || 'library')
  return store.keepAttachment(medium, folder, nameOfDemand(medium, demand, contents))
}

/** Keeps the media whose bytes nobody has asked for. */
async function settleOrphans(all: SettleOptions, used: ReadonlySet<string>): Promise<Omit<Settled, 'lines'>> {
  const orphans: Orphan[] = []
  const seen = new Set<string>()
  let storedOrphans = 0
  for (const medium of inPlaceOrder(all.media, all.contents)) {
    const { content, file, clues } = medium
    if (!content || used.has(content.sha256)) continue
    all.options.signal?.throwIfAborted()
    const stored = await storeOrphan(all, medium)
    if (stored && !seen.has(content.sha256)) storedOrphans += 1
    seen.add(content.sha256)
    const { bytes, sha256, isSigned } = content
    const is_generated = clues.isGenerated || isSigned
    orphans.push({ archive: file.archive, entry: file.path, bytes, sha256, stored, is_generated })
  }
  return { orphans, storedOrphans }
}

async function storeOrphan(all: SettleOptions, medium: Medium): Promise<string | null> {
  const { store, contents, importId, options } = all
  if (!store) return null
  const facts = orphanFacts(medium, contents)
  if (facts) return store.keepPicture(withDate(facts, dateOfFile(medium, someDate(all))), medium, 'exact')
  if (options.onlyGenerated) return null
  return store.keepAttachment(medium, orphanFolder(importId), nameOfOrphan(medium, contents))
}

const nothing: Match = {
  status: 'missing',
  rule: null,
  medium: null,
  candidates: [],
  evidence: [],
  reason: 'not_in_export',
}

function sortedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return items
    .map((item) => [keyOf(item), item] as const)
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([, item]) => item)
}

/**
 * Pictures before what else has the same bytes, which is then found stored. PNG before WebP: of the two renditions of a
 * generation in DALL·E Labs the first is the original.
 */
const inPlaceOrder = (media: readonly Medium[], contents: Contents) =>
  sortedBy(media, (medium) => {
    const { file, content, clues } = medium
    const labs = clues.labsId === null ? '' : `${clues.labsId} ${content?.extension}`
    const rank = orphanFacts(medium, contents) ? 0 : 1
    return [rank, labs, content?.sha256, file.path, ...file.archive].join('\n')
  })

/** Generated images first, then by date and id: names that clash are given out the same way every time. */
const inOrder = (all: readonly Asked[]) =>
  sortedBy(all, ({ demand: { id, references } }) => {
    const [first] = references
    const rank = references.some(({ kind }) => kind === 'generated') ? 0 : 1
    const moment = String(first?.createdAt?.getTime() ?? 0).padStart(15, '0')
    return [rank, moment, id ?? '', first?.conversationId, first?.pointer].join('\n')
  })

/** Requests for an image in exports that leave the images out: the person sees what is not there. */
function unansweredLines({ talk }: Contents, lines: readonly MatchLine[]): MatchLine[] {
  const answered = new Set(lines.filter(({ kind }) => kind === 'generated').map((line) => line.conversation_id))
  const match = { ...nothing, reason: 'era_omits_generated' } as const
  return talk.unanswered
    .filter(({ conversationId }) => !answered.has(conversationId))
    .map(({ conversationId, messageId }) =>
      lineOf({ conversationId, messageId, pointer: null, kind: 'generated' }, match, null),
    )
}
