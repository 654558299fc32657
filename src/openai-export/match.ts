import { forcedPairs, type Options } from './assignment.ts'
import type { Talk } from './conversations.ts'
import { createShelf, distinct, type Medium, type Shelf } from './media.ts'
import { isUuid } from './names.ts'
import type { Reference } from './references.ts'
import type { LibraryRow, Sidecars } from './sidecars.ts'

export type Rule = 'T0' | 'T1' | 'T2' | 'T3' | 'T4' | 'T5' | 'T6' | 'T7' | 'T8'
export type MissingReason =
  | 'not_in_export'
  | 'part_missing'
  | 'era_omits_generated'
  | 'expired'
  | 'deleted_by_user'
  | 'placeholder'

/** What one rule found, kept also when a better one decided. */
export interface Evidence {
  readonly rule: Rule
  readonly says: 'decides' | 'agrees' | 'contradicts'
  readonly detail: string
}

/** Which file a reference means. */
export interface Match {
  readonly status: 'exact' | 'probable' | 'ambiguous' | 'missing'
  readonly rule: Rule | null
  readonly medium: Medium | null
  readonly candidates: readonly Medium[]
  readonly evidence: readonly Evidence[]
  readonly reason: MissingReason | 'ambiguous' | 'conflict' | null
}

/** All references to one file: twenty references are one demand. */
export interface Demand {
  readonly id: string | null
  readonly references: readonly Reference[]
  readonly library: LibraryRow | undefined
}

/** What an archive of live captures knows already. */
export interface LiveArchive {
  /** SHA-256 of the picture archived under a file id or a generation id, if that is certain. */
  byFileId(id: string): string | undefined
  byGenId(genId: string): string | undefined
  /** SHA-256 of the picture an earlier import took for this file, by evidence that the archive does not hold. */
  takenFor(id: string): string | undefined
  /** The file ids of pictures with these bytes. */
  fileIdsOf(sha256: string): readonly string[]
}

/** Paths that chat.html gives for a pointer. */
type Listed = readonly { readonly archive: string; readonly path: string }[]

export interface Known {
  readonly media: readonly Medium[]
  readonly talk: Talk
  readonly sidecars: Sidecars
  /** chat.html's pointers: id and derivative → archive and path. */
  readonly assets: ReadonlyMap<string, Listed>
  readonly live: LiveArchive
  /** When the exports were made, as far as known: what expired before that is not in them. */
  readonly exportedAt: Date | null
}

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
  for (const [demand, match] of byAssignment(open(), shelf.all.filter(isFree), known)) matches.set(demand, match)
  const isUndecided = (match: Match | undefined) => match === undefined || match.reason === 'ambiguous'
  for (const demand of demands.filter((demand) => isUndecided(matches.get(demand)))) {
    const match = byEarlierImport(demand, shelf, known.live)
    if (match) matches.set(demand, match)
  }
  const isLeft = (medium: Medium) => isFree(medium) && !medium.clues.isGenerated
  const bySize = sizesOf(shelf.all.filter(isLeft))
  for (const demand of open()) matches.set(demand, hinted(missing(demand, known), demand, bySize))
  return matches
}

interface Finding {
  readonly rule: Rule
  readonly media: readonly Medium[]
  readonly detail: string
}

function byIdentity(demand: Demand, id: string, shelf: Shelf, known: Known): Match | undefined {
  const findings = witnesses(demand, id, shelf, known)
    .map(({ rule, media, detail }) => ({ rule, media: distinct(media), detail }))
    .filter(({ media }) => media.length > 0)
  const best = findings[0]
  if (!best) return undefined
  const contradiction = best.rule === 'T0' ? contradictionOf(best, id, findings) : undefined
  if (contradiction) return ambiguous([...best.media, ...contradiction], 'conflict', evidenceOf(findings, undefined))
  const medium = pick(best, demand)
  if (!medium) return ambiguous(best.media, 'ambiguous', evidenceOf(findings, undefined))
  const evidence = evidenceOf(findings, medium)
  return { status: 'exact', rule: best.rule, medium, candidates: [], evidence, reason: null }
}

/** What each rule says of a file with an id, best rule first. */
function witnesses(demand: Demand, id: string, shelf: Shelf, { assets, sidecars, live }: Known): Finding[] {
  const [first] = demand.references
  const derivative = first?.derivative ?? null
  const genIds = [...new Set(demand.references.map(({ genId }) => genId).filter((genId) => genId !== null))]
  const old = derivative === null ? sidecars.names.get(id) : undefined
  const oldUuid =
    old
      ?.split('/')
      .at(-1)
      ?.replace(/\.\w+$/, '')
      .toLowerCase() ?? ''
  const isOwnUuid = isUuid(id) ? shelf.byUuid(id) : []
  const sha256 = demand.library?.sha256
  const liveSha = derivative === null ? (live.byFileId(id) ?? genIds.map(live.byGenId).find(Boolean)) : undefined
  const named = old === undefined ? [] : [...(isUuid(oldUuid) ? shelf.byUuid(oldUuid) : []), ...pathsLike(old, shelf)]
  return [
    {
      rule: 'T0',
      media: listedIn(assets.get(`${id} ${derivative ?? ''}`), shelf),
      detail: 'chat.html lists this path',
    },
    { rule: 'T1', media: [...shelf.byId(id, derivative), ...isOwnUuid], detail: 'the name begins with the id' },
    { rule: 'T2', media: named.filter(fits(demand)), detail: `the name index calls it ${old}` },
    { rule: 'T3', media: sha256 ? shelf.bySha256(sha256) : [], detail: "the library's sha256" },
    { rule: 'T4', media: genIds.flatMap((genId) => shelf.byStem(genId)), detail: 'the name is the gen_id' },
    { rule: 'T5', media: liveSha ? shelf.bySha256(liveSha) : [], detail: 'the archive has these bytes under this id' },
    { rule: 'T1', media: derivative === null ? shelf.byId(id, 'data') : [], detail: 'the folder bears the id' },
  ]
}

const pathsLike = (old: string, shelf: Shelf) => (old.includes('/') ? shelf.byPath(old) : [])

/** In the same archive; or, for a name that is a UUID and can be no other file's, in another part of the export. */
function listedIn(places: Listed | undefined = [], shelf: Shelf): readonly Medium[] {
  const isHere = ({ file }: Medium) =>
    places.some(({ archive, path }) => archive === file.archive.join('/') && path === file.path)
  const named = places.flatMap(({ path }) => shelf.byPath(path))
  const here = named.filter(isHere)
  return here.length > 0 ? here : named.filter(({ clues }) => clues.uuid !== null)
}

/** A stated size must not speak against a file found in another export. */
const fits = (demand: Demand) => (medium: Medium) => {
  const sizes = demand.references.map(({ sizeBytes }) => sizeBytes).filter((size) => size !== null)
  return medium.clues.fileId === null && (sizes.length === 0 || sizes.includes(medium.content?.bytes ?? -1))
}

/** chat.html names a file that bears another id, or another file than the one that bears this id. */
function contradictionOf(best: Finding, id: string, findings: readonly Finding[]): readonly Medium[] | undefined {
  const own = findings.find(({ rule }) => rule === 'T1')?.media ?? []
  const isForeign = best.media.some(({ clues }) => clues.fileId !== null && clues.fileId !== id)
  const hashes = new Set(best.media.map(({ content }) => content?.sha256))
  const differs = own.length > 0 && !own.some(({ content }) => hashes.has(content?.sha256))
  return isForeign || differs ? own : undefined
}

/**
 * One of several contents that bear the same id: the one of the stated size, then of the stated pixels. Copies made by
 * the site ("sanitized") give way to the original. By other rules several contents stay undecided.
 */
function pick({ rule, media }: Finding, demand: Demand): Medium | undefined {
  if (media.length === 1) return media[0]
  const only = (some: readonly Medium[]) => (some.length === 1 ? some[0] : undefined)
  const sizes = new Set(demand.references.map(({ sizeBytes }) => sizeBytes))
  const bySize = only(media.filter(({ content }) => sizes.has(content?.bytes ?? null)))
  const byPixels = only(media.filter((medium) => demand.references.some((one) => hasPixels(one, medium))))
  if (bySize ?? byPixels) return bySize ?? byPixels
  if (rule !== 'T1' && rule !== 'T4') return undefined
  const originals = media.filter(({ file }) => !/-sanitized\b/.test(file.path))
  const webps = media.filter(({ content }) => content?.extension === 'webp')
  if (rule === 'T4') return only(webps)
  return [...(originals.length > 0 ? originals : media)].sort(
    (one, other) => (other.content?.bytes ?? 0) - (one.content?.bytes ?? 0) || compare(one.file.path, other.file.path),
  )[0]
}

const hasPixels = ({ widthPx, heightPx }: Reference, { content }: Medium) =>
  widthPx !== null && heightPx !== null && content?.widthPx === widthPx && content.heightPx === heightPx

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

function evidenceOf(findings: readonly Finding[], chosen: Medium | undefined): Evidence[] {
  return findings.map(({ rule, media, detail }, at) => {
    const agrees = media.some(({ content }) => content?.sha256 === chosen?.content?.sha256)
    return { rule, says: agrees ? (at === 0 ? 'decides' : 'agrees') : 'contradicts', detail }
  })
}

/** A link to a file the code interpreter wrote: in the folder of its own conversation, under its own name. */
function byPlaceAndName({ references }: Demand, shelf: Shelf): Match | undefined {
  const [reference] = references
  if (!reference?.name || !reference.pointer.startsWith('sandbox:')) return undefined
  const conversationId = reference.conversationId.toLowerCase()
  const inFolder = shelf
    .byName(reference.name.normalize('NFC'))
    .filter(({ file, clues }) => clues.conversationIds.includes(conversationId) && /\/mnt\/data\//.test(file.path))
  const media = distinct(inFolder)
  if (media.length > 1) return ambiguous(media, 'ambiguous', [])
  return media[0] && decided('exact', 'T4', media[0], "its name in the conversation's own mnt/data folder")
}

/**
 * A link by name alone to a file that the same conversation names by its id, too: as an attachment, or by a row of the
 * library for the same message.
 */
function byNameInConversation(demands: readonly Demand[], matches: ReadonlyMap<Demand, Match>): Map<Demand, Match> {
  const named = new Map<string, Medium[]>()
  const note = (conversationId: string, name: string | null | undefined, medium: Medium) => {
    const key = `${conversationId}\n${name?.normalize('NFC')}`
    if (name) named.set(key, [...(named.get(key) ?? []), medium])
  }
  for (const [{ references, library }, { medium }] of matches)
    for (const { conversationId, name } of medium ? references : [])
      for (const one of new Set([name, library?.name])) if (medium) note(conversationId, one, medium)
  const found = new Map<Demand, Match>()
  for (const demand of demands) {
    const [link] = demand.references
    if (matches.has(demand) || !link?.pointer.startsWith('sandbox:')) continue
    const media = distinct(named.get(`${link.conversationId}\n${link.name?.normalize('NFC')}`) ?? [])
    if (media.length > 1) found.set(demand, ambiguous(media, 'ambiguous', []))
    else if (media[0]) found.set(demand, decided('probable', 'T6', media[0], 'its name among the conversation’s files'))
  }
  return found
}

const decided = (status: 'exact' | 'probable', rule: Rule, medium: Medium, detail: string): Match => ({
  status,
  rule,
  medium,
  candidates: [],
  evidence: [{ rule, says: 'decides', detail }],
  reason: null,
})

const ambiguous = (
  candidates: readonly Medium[],
  reason: 'ambiguous' | 'conflict',
  evidence: readonly Evidence[],
): Match => ({ status: 'ambiguous', rule: null, medium: null, candidates: distinct(candidates), evidence, reason })

/** Attachments without id in the file's name: name and exact size together, each pair occurring once on either side of an account. */
function byNameAndSize(demands: readonly Demand[], media: readonly Medium[]): Map<Demand, Match> {
  const keysOf = ({ references }: Demand) =>
    new Set(
      references.flatMap(({ name, sizeBytes, account }) =>
        name && sizeBytes ? [`${account} ${name} ${sizeBytes}`] : [],
      ),
    )
  const wanted = countBy(demands.flatMap((demand) => [...keysOf(demand)]))
  const files = new Map<string, Medium[]>()
  for (const medium of distinct(media)) {
    const key = `${medium.account} ${medium.file.path.split('/').at(-1)} ${medium.content?.bytes}`
    files.set(key, [...(files.get(key) ?? []), medium])
  }
  const matches = new Map<Demand, Match>()
  for (const demand of demands)
    for (const key of keysOf(demand)) {
      const found = files.get(key) ?? []
      const isOnly = found.length === 1 && wanted.get(key) === 1
      if (isOnly && found[0]) matches.set(demand, decided('probable', 'T6', found[0], 'name and size, both unique'))
      else if (found.length > 0) matches.set(demand, ambiguous(found, 'ambiguous', []))
    }
  return matches
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** What cannot be told from this export may have been told from another: these bytes are archived as this file. */
function byEarlierImport({ id, references }: Demand, shelf: Shelf, live: LiveArchive): Match | undefined {
  const sha256 = id === null || references.some(({ derivative }) => derivative !== null) ? undefined : live.takenFor(id)
  const [medium] = sha256 === undefined ? [] : shelf.bySha256(sha256)
  return medium && decided('probable', 'T5', medium, 'an earlier import took these bytes for this id')
}

/** Generated images against what is left of the DALL·E folders, by exact size and pixels, one to one. */
function byAssignment(demands: readonly Demand[], media: readonly Medium[], { live }: Known): Map<Demand, Match> {
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

function sizesOf(media: readonly Medium[]): Map<number, Medium[]> {
  const bySize = new Map<number, Medium[]>()
  for (const medium of distinct(media)) {
    const bytes = medium.content?.bytes ?? -1
    const some = bySize.get(bytes)
    if (some) some.push(medium)
    else bySize.set(bytes, [medium])
  }
  return bySize
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

/** Why a file is not there. */
function missing({ id, references, library }: Demand, { sidecars, exportedAt, live }: Known): Match {
  const isCertain =
    (id !== null && live.byFileId(id) !== undefined) ||
    references.some(({ genId }) => genId !== null && live.byGenId(genId) !== undefined)
  const isArchived = isCertain || (id !== null && live.takenFor(id) !== undefined)
  if (isArchived && references.every(({ derivative }) => derivative === null)) {
    const evidence = [{ rule: 'T5', says: 'decides', detail: 'not in the export, but archived under this id' }] as const
    const status = isCertain ? 'exact' : 'probable'
    return { status, rule: 'T5', medium: null, candidates: [], evidence, reason: null }
  }
  const isExpired = references.some(
    ({ expiresAt }) => expiresAt !== null && exportedAt !== null && expiresAt < exportedAt,
  )
  const isPromised = id !== null && (sidecars.names.has(id) || sidecars.promisedIds.has(id))
  const reason: MissingReason = references.some(({ isPlaceholder }) => isPlaceholder)
    ? 'placeholder'
    : library?.isDeleted
      ? 'deleted_by_user'
      : isExpired
        ? 'expired'
        : isPromised
          ? 'part_missing'
          : 'not_in_export'
  return { status: 'missing', rule: null, medium: null, candidates: [], evidence: [], reason }
}
