import { baseName, type InputFlaw, toldPlace, withoutUser } from '../inputs/export-file.ts'
import type { Match } from '../match/matches.ts'
import { sortedBy } from '../order.ts'
import type { Asset, StagedAsset } from '../read/assets.ts'
import type { Conversation, Conversations } from '../read/conversations.ts'
import type { ReferencePlace } from '../read/reference.ts'
import type { Sidecars } from '../read/sidecars.ts'

/** A line of `matches.ndjson`: one reference, and what became of it. */
export interface MatchLine {
  readonly conversation_id: string | null
  readonly message_id: string | null
  readonly pointer: string | null
  readonly kind: string
  readonly status: Match['status']
  readonly rule: string | null
  readonly evidence: readonly { readonly rule: string; readonly says: string; readonly detail: string }[]
  readonly source: {
    readonly archive: readonly string[]
    readonly entry: string
    readonly bytes: number
    readonly sha256: string
  } | null
  /** Path relative to the archive. */
  readonly stored: string | null
  readonly candidates: readonly { readonly entry: string; readonly sha256: string }[]
  readonly reason: string | null
}

export function lineOf(place: ReferencePlace, match: Match, stored: string | null): MatchLine {
  const { asset } = match
  return {
    conversation_id: place.conversationId,
    message_id: place.messageId,
    pointer: place.pointer,
    kind: place.kind,
    status: match.status,
    rule: match.rule,
    evidence: match.evidence,
    source: asset
      ? {
          ...toldPlace(asset.file),
          bytes: asset.content.bytes,
          sha256: asset.content.sha256,
        }
      : null,
    stored,
    candidates: match.candidates.map(candidateOf),
    reason: match.reason,
  }
}

const candidateOf = ({ file, content }: StagedAsset) => ({
  entry: toldPlace(file).entry,
  sha256: content.sha256,
})

/** The same lines in the same order, whatever the order of the inputs. */
export const inOrder = (lines: readonly MatchLine[]): MatchLine[] =>
  sortedBy(lines, (line) => [line.conversation_id, line.message_id, line.pointer, line.kind].join('\n'))

type Counts = Record<string, number>

/** What an import found and did; `summary.json`. */
export interface Summary {
  readonly import_id: string
  readonly inputs: readonly string[]
  readonly exported_at: string | null
  readonly conversations: number
  readonly accounts: number
  readonly references: {
    readonly total: number
    readonly by_kind: Record<string, Counts>
    readonly by_status: Counts
    readonly by_rule: Counts
    readonly by_reason: Counts
  }
  readonly media: { readonly files: number; readonly bytes: number; readonly orphans: number }
  readonly stored: {
    readonly pictures: number
    readonly completed: number
    /** Pictures an earlier import had taken by exclusion, and which are proven to be others now. */
    readonly corrected: number
    /** Images that were archived and gone, and are back. */
    readonly restored: number
    readonly attachments: number
    readonly orphans: number
  }
  /** Files a manifest or the name index promises, and no input holds. */
  readonly missing_parts: readonly string[]
  readonly gizmos: readonly Gizmo[]
  /** Guesses about the format that only real exports can confirm: how often each was tested, and how often it held. */
  readonly hypotheses: Readonly<Record<'stem_is_gen_id' | 'library_generation_is_gen_id' | 'parent_bridge', Tested>>
  readonly flaws: readonly InputFlaw[]
}

export interface Tested {
  tested: number
  held: number
}

/** A custom GPT or a project, with its conversations. */
export interface Gizmo {
  readonly id: string
  readonly kind: 'gpt' | 'project'
  /** The export does not name GPTs and projects; null until one does. */
  readonly name: string | null
  readonly conversations: number
  readonly titles: readonly string[]
}

export function countLines(lines: readonly MatchLine[]): Summary['references'] {
  const byKind: Record<string, Counts> = {}
  for (const { kind, status } of lines) {
    byKind[kind] ??= {}
    add(byKind[kind], status)
  }
  return {
    total: lines.length,
    by_kind: byKind,
    by_status: countsOf(lines.map(({ status }) => status)),
    by_rule: countsOf(lines.map(({ rule }) => rule)),
    by_reason: countsOf(lines.map(({ reason }) => reason)),
  }
}

function countsOf(keys: readonly (string | null)[]): Counts {
  const counts: Counts = {}
  for (const key of keys) if (key !== null) add(counts, key)
  return counts
}

function add(counts: Counts, key: string) {
  counts[key] = (counts[key] ?? 0) + 1
}

export function gizmosOf(conversations: Iterable<Conversation>): Gizmo[] {
  const found = new Map<string, { kind: Gizmo['kind']; titles: string[] }>()
  const note = (id: string | null, kind: Gizmo['kind'], title: string | null) => {
    if (id === null) return
    const known = found.get(id) ?? { kind, titles: [] }
    known.titles.push(title ?? '')
    found.set(id, known)
  }
  for (const { gizmoId, projectId, title } of conversations) {
    note(gizmoId, 'gpt', title)
    note(projectId, 'project', title)
  }
  return [...found]
    .map(([id, { kind, titles }]) => ({ id, kind, name: null, conversations: titles.length, titles: titles.sort() }))
    .sort((one, other) => other.conversations - one.conversations || (one.id < other.id ? -1 : 1))
}

export function hypothesesOf(
  { references, facts, messages, bridges }: Conversations,
  { library }: Sidecars,
  assets: readonly Asset[],
): Summary['hypotheses'] {
  const stem = { tested: 0, held: 0 }
  const generation = { tested: 0, held: 0 }
  const bridge = { tested: 0, held: 0 }
  const genIdsIn = new Map<string, Set<string>>()
  for (const { conversationId, genId } of references.values())
    if (genId) genIdsIn.set(conversationId, (genIdsIn.get(conversationId) ?? new Set()).add(genId))
  for (const { nameParts } of assets) {
    const known = nameParts.conversationIds.map((id) => genIdsIn.get(id)).find(Boolean)
    if (nameParts.stem !== null && known) test(stem, known.has(nameParts.stem))
  }
  for (const { fileId, generationId, messageId } of library.values()) {
    const genId = facts.get(fileId)?.genId
    if (generationId !== null && genId) test(generation, generationId === genId)
    if (messageId !== null && !messages.has(messageId)) test(bridge, bridges.has(messageId))
  }
  return { stem_is_gen_id: stem, library_generation_is_gen_id: generation, parent_bridge: bridge }
}

function test(counter: Tested, isHeld: boolean) {
  counter.tested += 1
  if (isHeld) counter.held += 1
}

/** Paths that were promised and are nowhere, by their last part: exports move their files about. */
export function missingParts({ promised }: Sidecars, paths: Iterable<string>): string[] {
  const there = new Set([...paths].map(baseName))
  return [...promised]
    .filter((path) => !there.has(baseName(path)))
    .map(withoutUser)
    .sort()
}
