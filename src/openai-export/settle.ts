import type { DatedFacts } from '../archive/records.ts'
import { type FileId, type ImageFacts, parseFileId, parseGenerationId } from '../decode/facts.ts'
import { imageTypes } from '../decode/image-bytes.ts'
import { bornAt } from './conversations.ts'
import type { Asked } from './demands.ts'
import type { ImportEvent } from './events.ts'
import type { Demand, Match } from './matches.ts'
import type { Medium } from './media.ts'
import { type Contents, captionKey } from './read.ts'
import { lineOf, type MatchLine } from './report.ts'
import { safeName } from './safe-names.ts'
import { attachmentFolder, orphanFolder, type Store } from './store.ts'
import { isActive, isNameFor } from './types.ts'

export interface SettleOptions {
  readonly demands: readonly Asked[]
  readonly matches: ReadonlyMap<Demand, Match>
  readonly media: readonly Medium[]
  readonly contents: Contents
  readonly importId: string
  /** Undefined when nothing shall be written. */
  readonly store: Store | undefined
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

/** Puts everything where it belongs, in a stable order, and tells what became of each reference. */
export async function settle(all: SettleOptions): Promise<{
  readonly lines: MatchLine[]
  readonly orphans: Orphan[]
  readonly storedOrphans: number
}> {
  const { demands, matches, media, contents, importId, store, options } = all
  const { onlyGenerated = false, now = () => new Date(), onEvent = () => {} } = options
  const someDate = contents.exportedAt ?? now()
  const lines: MatchLine[] = []
  const used = new Set<string>()
  const files = { done: 0, all: demands.length }
  const step = () => {
    options.signal?.throwIfAborted()
    files.done += 1
    const amount = (count: number) => ({ files: count, bytes: 0 })
    onEvent({ kind: 'progress', phase: 'storing', done: amount(files.done), all: amount(files.all) })
  }

  for (const asked of inOrder(demands)) {
    step()
    const match = matches.get(asked.demand) ?? nothing
    if (match.medium?.content) used.add(match.medium.content.sha256)
    const stored = store ? await storeMatch(asked, match, store) : null
    const told = asked.placement ? { ...match, evidence: [...match.evidence, asked.placement.evidence] } : match
    for (const place of asked.places) lines.push(lineOf(place, told, stored))
  }
  lines.push(...unansweredLines(contents, lines))
  const { orphans, storedOrphans } = await settleOrphans()
  return { lines, orphans, storedOrphans }

  async function storeMatch({ demand, placement }: Asked, match: Match, to: Store): Promise<string | null> {
    const [first] = demand.references
    const facts = demand.references.some(({ kind }) => kind === 'generated') ? factsOf(demand, placement) : undefined
    const { medium } = match
    if (facts && !medium) return match.rule === 'T5' ? to.completePicture(facts) : null
    if (!medium || !first) return null
    if (facts && isPicture(medium)) return to.keepPicture(withDate(facts, dateOf(demand)), medium)
    if (onlyGenerated) return null
    const folder = attachmentFolder(dateOf(demand).createdAt, first.conversationId || 'library')
    return to.keepAttachment(medium, folder, nameOf(medium, demand))
  }

  /** What is said of a generated image; of one that only the library knows, what the library says. */
  function factsOf({ id, library }: Demand, placement: Asked['placement']): ImageFacts | undefined {
    const known = id === null ? undefined : contents.talk.facts.get(id)
    if (known) return { ...known, conversationTitle: titleOf(known.conversationId) ?? known.conversationTitle }
    if (!library) return undefined
    const fileId = parseFileId(library.fileId)
    return fileId ? libraryFacts(fileId, library, placement?.spot, contents) : undefined
  }

  /** The newest export's title, whichever was read first. */
  function titleOf(conversationId: string | null): string | null {
    return contents.talk.conversations.get(conversationId ?? '')?.title ?? null
  }

  function dateOf({ references }: Demand): Dated {
    const [first] = references
    if (first?.createdAt) return { createdAt: first.createdAt, dateSource: 'message' }
    const id = first?.conversationId ?? ''
    const createdAt = contents.talk.conversations.get(id)?.createdAt ?? bornAt(id)
    return createdAt ? { createdAt, dateSource: 'conversation' } : { createdAt: someDate, dateSource: 'export' }
  }

  function fileDateOf({ file }: Medium): Dated {
    return { createdAt: file.modifiedAt ?? someDate, dateSource: 'export' }
  }

  function nameOf({ file, clues, content }: Medium, { id, references, library }: Demand): string {
    const indexed = id === null ? undefined : contents.sidecars.names.get(id)?.split('/').at(-1)
    const told = references.find(({ name }) => name !== null)?.name
    const name = told ?? indexed ?? library?.name ?? clues.originalName ?? file.path.split('/').at(-1) ?? 'file'
    return withExtension(name, content?.extension ?? null)
  }

  async function settleOrphans() {
    const orphans: Orphan[] = []
    let storedOrphans = 0
    const seen = new Set<string>()
    for (const medium of inPlaceOrder(media, contents)) {
      const { content, file, clues } = medium
      if (!content || used.has(content.sha256)) continue
      options.signal?.throwIfAborted()
      const stored = store ? await storeOrphan(medium, store) : null
      if (stored && !seen.has(content.sha256)) storedOrphans += 1
      seen.add(content.sha256)
      orphans.push({
        archive: file.archive,
        entry: file.path,
        bytes: content.bytes,
        sha256: content.sha256,
        stored,
        is_generated: clues.isGenerated || content.isSigned,
      })
    }
    return { orphans, storedOrphans }
  }

  async function storeOrphan(medium: Medium, to: Store): Promise<string | null> {
    const facts = orphanFacts(medium, contents)
    if (facts) return to.keepPicture(withDate(facts, fileDateOf(medium)), medium)
    if (onlyGenerated) return null
    const base = medium.clues.originalName ?? medium.file.path.split('/').at(-1) ?? 'file'
    const name = withExtension(base, medium.content?.extension ?? null)
    return to.keepAttachment(medium, orphanFolder(importId), name)
  }
}

const nothing: Match = {
  status: 'missing',
  rule: null,
  medium: null,
  candidates: [],
  evidence: [],
  reason: 'not_in_export',
}

const isPicture = ({ content }: Medium) => content?.isWhole === true && (content.extension ?? '') in imageTypes

/** When a picture was made, with what told so. */
type Dated = Pick<DatedFacts, 'createdAt' | 'dateSource'>

const withDate = (facts: ImageFacts, { createdAt, dateSource }: Dated): DatedFacts => ({
  ...facts,
  createdAt: facts.createdAt ?? createdAt,
  dateSource: facts.dateSource ?? dateSource,
})

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

const unknownFacts = {
  genId: null,
  prompt: null,
  promptSource: null,
  seed: null,
  createdAt: null,
  dateSource: null,
  widthPx: null,
  heightPx: null,
  sizeBytes: null,
  conversationId: null,
  conversationTitle: null,
  messageId: null,
  parentGenId: null,
  editOp: null,
  channel: 'export',
} as const

/** An image of the DALL·E folders that bears its id was generated for certain, also when nothing speaks of it. */
function orphanFacts(medium: Medium, contents: Contents): ImageFacts | undefined {
  if (!isPicture(medium)) return undefined
  const { fileId: id, isGenerated, derivative } = medium.clues
  const fileId = isGenerated && derivative === null ? parseFileId(id ?? '') : null
  return labsFacts(medium, contents) ?? (fileId ? { ...unknownFacts, fileId } : undefined)
}

/** DALL·E Labs had neither conversations nor file ids: the generation's id stands for both of its own. */
function labsFacts({ clues, file }: Medium, { captions }: Contents): ImageFacts | undefined {
  const fileId = clues.labsId === null ? null : parseFileId(`file-${clues.labsId}`)
  if (fileId === null) return undefined
  const prompt = captions.get(captionKey(file)) ?? null
  return {
    ...unknownFacts,
    fileId,
    genId: parseGenerationId(clues.labsId),
    prompt,
    promptSource: prompt === null ? null : 'caption-file',
    createdAt: file.modifiedAt,
    dateSource: file.modifiedAt && 'export',
  }
}

function libraryFacts(
  fileId: FileId,
  { messageId, threadId, hasConflict, createdAt }: NonNullable<Demand['library']>,
  spot: { conversationId: string; prompt: string | null } | undefined,
  { talk }: Contents,
): ImageFacts {
  const conversationId = spot?.conversationId ?? (hasConflict ? null : threadId)
  return {
    ...unknownFacts,
    fileId,
    createdAt,
    dateSource: createdAt && 'library',
    prompt: spot?.prompt ?? null,
    promptSource: spot?.prompt ? 'user-message' : null,
    conversationId,
    conversationTitle: talk.conversations.get(conversationId ?? '')?.title ?? null,
    messageId,
  }
}

/**
 * The name with the extension its bytes deserve, where it had none, only `.dat`, or one of another kind. What a
 * double click might run or render, and whose bytes are of no type we know, gets `.dat` behind it.
 */
export function withExtension(name: string, extension: string | null): string {
  const safe = safeName(name.replace(/\.dat$/i, ''))
  const [, stem = safe, own] = /^(.+)\.([A-Za-z0-9]{1,8})$/su.exec(safe) ?? []
  if (extension === null) return own === undefined || isActive(own) ? `${safe}.dat` : safe
  if (own === undefined) return `${safe}.${extension}`
  return isNameFor(extension, own) ? safe : `${stem}.${extension}`
}

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
