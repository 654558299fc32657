import { distinct, isPicture, type Medium, type Shelf } from '../read/assets.ts'
import { cluesIn, isUuid } from '../read/name-parts.ts'
import type { Reference } from '../read/references.ts'
import { ambiguous, type Demand, type Evidence, type Known, type Listed, type Match, type Rule } from './matches.ts'

interface Finding {
  readonly rule: Rule
  readonly media: readonly Medium[]
  readonly detail: string
}

/** Tiers T0 to T5: an id, a path, a hash says which file it is. */
export function byIdentity(demand: Demand, id: string, shelf: Shelf, known: Known): Match | undefined {
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
  const oldUuid = old === undefined ? null : cluesIn(old).uuid
  const isOwnUuid = isUuid(id) ? shelf.byUuid(id) : []
  const sha256 = demand.library?.sha256
  const liveSha = derivative === null ? (live.byFileId(id) ?? genIds.map(live.byGenId).find(Boolean)) : undefined
  const named = old === undefined ? [] : [...(oldUuid ? shelf.byUuid(oldUuid) : []), ...pathsLike(old, shelf)]
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
function pick({ rule, media: all }: Finding, demand: Demand): Medium | undefined {
  const isMade = demand.references.some(({ kind }) => kind === 'generated')
  const whole = isMade ? all.filter(isPicture) : []
  const media = whole.length > 0 ? whole : all
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
