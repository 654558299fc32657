import type { ImportEvent } from '../events.ts'
import { flawOf, type InputFlaw, toldPlace } from '../inputs/export-file.ts'
import type { Match } from '../match/matches.ts'
import type { WantedFile } from '../match/wanted-files.ts'
import { sortedBy } from '../order.ts'
import type { StagedAsset } from '../read/assets.ts'
import { isPicture } from '../read/assets.ts'
import type { Contents } from '../read/read.ts'
import { attachmentFolder, orphanFolder } from './attachments.ts'
import { dateOfFile, dateOfWanted, factsOfWanted, labelled, orphanFacts, withDate } from './given-facts.ts'
import { nameOfOrphan, nameOfWanted } from './given-names.ts'
import { lineOf, type MatchLine } from './report.ts'
import type { Store } from './store.ts'

export interface PlaceOptions {
  readonly wantedFiles: readonly WantedFile[]
  /** Those that these exports name; the others are of earlier ones. */
  readonly ownFiles: ReadonlySet<WantedFile>
  readonly matches: ReadonlyMap<WantedFile, Match>
  readonly assets: readonly StagedAsset[]
  /** Files of earlier imports that were no pictures then. */
  readonly earlier: readonly StagedAsset[]
  readonly contents: Contents
  readonly importId: string
  /** Undefined when nothing shall be written. */
  readonly store: Store | undefined
  readonly onFlaw: (flaw: InputFlaw) => void
  readonly options: {
    readonly onlyGenerated?: boolean
    /** The label of the account that these exports are of. */
    readonly profile?: string | undefined
    readonly now?: () => Date
    readonly onEvent?: (event: ImportEvent) => void
    readonly signal?: AbortSignal | undefined
  }
}

/** An asset nobody refers to. */
export interface Orphan {
  readonly archive: readonly string[]
  readonly entry: string
  readonly bytes: number
  readonly sha256: string
  readonly stored: string | null
  /** By its folder, or by the Content Credentials it bears. */
  readonly is_generated: boolean
}

/** What became of everything. */
export interface Placed {
  readonly lines: MatchLine[]
  readonly orphans: Orphan[]
  readonly storedOrphans: number
}

/** Stores everything where it belongs, in a stable order, and says what became of each reference. */
export async function placeAll(all: PlaceOptions): Promise<Placed> {
  const { wantedFiles, matches, contents, options } = all
  const lines: MatchLine[] = []
  const used = new Set<string>()
  for (const [at, wanted] of inStoringOrder(wantedFiles).entries()) {
    options.signal?.throwIfAborted()
    const found = matches.get(wanted) ?? noMatch
    if (found.asset) used.add(found.asset.content.sha256)
    const stored = await storeMatch(all, wanted, found)
    const match = intact(all, wanted, found)
    const full = wanted.placement ? { ...match, evidence: [...match.evidence, wanted.placement.evidence] } : match
    for (const place of wanted.places) lines.push(lineOf(place, full, match.reason === 'damaged' ? null : stored))
    const amount = (files: number) => ({ files, bytes: 0 })
    options.onEvent?.({ kind: 'progress', phase: 'storing', done: amount(at + 1), all: amount(wantedFiles.length) })
  }
  lines.push(...unansweredLines(contents, lines))
  await promoteEarlier(all, used)
  return { lines, ...(await placeOrphans(all, used)) }
}

/** What lay among the orphans, and is a picture by what is known now. */
async function promoteEarlier(all: PlaceOptions, used: ReadonlySet<string>): Promise<void> {
  for (const asset of all.earlier) {
    const facts = used.has(asset.content.sha256) ? undefined : orphanFacts(asset, all.contents)
    const date = dateOfFile(asset, someDate(all))
    if (facts) await all.store?.keepPicture(withDate(facts, date), asset, 'exact')
  }
}

/** A generated image whose file is none, or a part of one, is not matched by it; the file is kept beside the others. */
function intact({ contents, onFlaw }: PlaceOptions, wanted: WantedFile, match: Match): Match {
  const { asset } = match
  if (!asset || isPicture(asset) || !factsOfWanted(wanted, contents)) return match
  const { archive, path } = asset.file
  onFlaw(flawOf(archive, path, 'should be a generated image, and is none or only a part of one'))
  return { ...noMatch, evidence: match.evidence, reason: 'damaged' }
}

/** The date of what nothing dates. */
const someDate = ({ contents, options }: PlaceOptions) => contents.exportedAt ?? options.now?.() ?? new Date()

/** Stores the file that was found, and returns where. */
async function storeMatch(
  all: PlaceOptions,
  wanted: WantedFile,
  { asset, rule, status }: Match,
): Promise<string | null> {
  const { store, contents, options } = all
  const [first] = wanted.references
  if (!store) return null
  const known = factsOfWanted(wanted, contents)
  // What an earlier export has named, and its file, may be another account's.
  const isOwn = all.ownFiles.has(wanted) || (asset !== null && !all.earlier.includes(asset))
  const facts = known && labelled(known, isOwn ? options.profile : undefined)
  if (facts && !asset) return rule === 'T5' ? store.completePicture(facts) : null
  if (!asset || !first) return null
  const date = dateOfWanted(wanted, contents, someDate(all))
  const confidence = status === 'exact' ? 'exact' : 'probable'
  if (facts && isPicture(asset)) return store.keepPicture(withDate(facts, date), asset, confidence)
  if (options.onlyGenerated) return null
  const folder = attachmentFolder(date.createdAt, first.conversationId || 'library')
  return store.keepAttachment(asset, folder, nameOfWanted(asset, wanted, contents))
}

/** Stores the assets that no wanted file is. */
async function placeOrphans(all: PlaceOptions, used: ReadonlySet<string>): Promise<Omit<Placed, 'lines'>> {
  const orphans: Orphan[] = []
  const seen = new Set<string>()
  let storedOrphans = 0
  for (const asset of inOrphanOrder(all.assets, all.contents)) {
    const { content, file, nameParts } = asset
    if (used.has(content.sha256)) continue
    all.options.signal?.throwIfAborted()
    const stored = await storeOrphan(all, asset)
    if (stored && !seen.has(content.sha256)) storedOrphans += 1
    seen.add(content.sha256)
    const { bytes, sha256, isSigned } = content
    const is_generated = nameParts.isGenerated || isSigned
    orphans.push({ ...toldPlace(file), bytes, sha256, stored, is_generated })
  }
  return { orphans, storedOrphans }
}

async function storeOrphan(all: PlaceOptions, asset: StagedAsset): Promise<string | null> {
  const { store, contents, importId, options } = all
  if (!store) return null
  const known = orphanFacts(asset, contents)
  const facts = known && labelled(withDate(known, dateOfFile(asset, someDate(all))), options.profile)
  if (facts) return store.keepPicture(facts, asset, 'exact')
  if (options.onlyGenerated) return null
  return store.keepAttachment(asset, orphanFolder(importId), nameOfOrphan(asset, contents))
}

const noMatch: Match = {
  status: 'missing',
  rule: null,
  asset: null,
  candidates: [],
  evidence: [],
  reason: 'not_in_export',
}

/**
 * Pictures before what else has the same bytes, which is then found stored. PNG before WebP: of the two renditions of a
 * generation in DALL·E Labs the first is the original.
 */
const inOrphanOrder = (assets: readonly StagedAsset[], contents: Contents) =>
  sortedBy(assets, (asset) => {
    const { file, content, nameParts } = asset
    const labs = nameParts.labsId === null ? '' : `${nameParts.labsId} ${content.extension}`
    const rank = orphanFacts(asset, contents) ? 0 : 1
    return [rank, labs, content.sha256, file.path, ...file.archive].join('\n')
  })

/** Generated images first, then by date and id: names that clash are given out the same way every time. */
const inStoringOrder = (all: readonly WantedFile[]) =>
  sortedBy(all, ({ id, references }) => {
    const [first] = references
    const rank = references.some(({ kind }) => kind === 'generated') ? 0 : 1
    const moment = String(first?.createdAt?.getTime() ?? 0).padStart(15, '0')
    return [rank, moment, id ?? '', first?.conversationId, first?.pointer].join('\n')
  })

/** Requests for an image in exports that leave the images out: the person sees what is not there. */
function unansweredLines({ conversations }: Contents, lines: readonly MatchLine[]): MatchLine[] {
  const answered = new Set(lines.filter(({ kind }) => kind === 'generated').map((line) => line.conversation_id))
  const match = { ...noMatch, reason: 'era_omits_generated' } as const
  return conversations.unanswered
    .filter(({ conversationId }) => !answered.has(conversationId))
    .map(({ conversationId, messageId }) =>
      lineOf({ conversationId, messageId, pointer: null, kind: 'generated' }, match, null),
    )
}
