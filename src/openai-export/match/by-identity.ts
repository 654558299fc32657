import { compareText } from '../order.ts'
import type { ListedPath } from '../read/asset-paths.ts'
import { type AssetIndex, distinct, isPicture, type StagedAsset } from '../read/assets.ts'
import { isUuid, namePartsOf } from '../read/name-parts.ts'
import type { Reference } from '../read/reference.ts'
import { ambiguous, type Evidence, type Known, type Match, type Rule } from './matches.ts'
import type { WantedFile } from './wanted-files.ts'

interface Finding {
  readonly rule: Rule
  readonly assets: readonly StagedAsset[]
  readonly detail: string
}

/** Tiers T0 to T5: an id, a path, a hash says which file it is. */
export function byIdentity(wanted: WantedFile, id: string, index: AssetIndex, known: Known): Match | undefined {
  const findings = findingsOf(wanted, id, index, known)
    .map(({ rule, assets, detail }) => ({ rule, assets: distinct(assets), detail }))
    .filter(({ assets }) => assets.length > 0)
  const best = findings[0]
  if (!best) return undefined
  const contradiction = best.rule === 'T0' ? contradictionOf(best, id, findings) : undefined
  if (contradiction) return ambiguous([...best.assets, ...contradiction], 'conflict', evidenceOf(findings, undefined))
  const asset = pick(best, wanted)
  if (!asset) return ambiguous(best.assets, 'ambiguous', evidenceOf(findings, undefined))
  const evidence = evidenceOf(findings, asset)
  return { status: 'exact', rule: best.rule, asset, candidates: [], evidence, reason: null }
}

/** What each rule says of a file with an id, best rule first. */
function findingsOf(
  wanted: WantedFile,
  id: string,
  index: AssetIndex,
  { assetPaths, sidecars, live }: Known,
): Finding[] {
  const [first] = wanted.references
  const derivative = first?.derivative ?? null
  const genIds = [...new Set(wanted.references.map(({ genId }) => genId).filter((genId) => genId !== null))]
  const old = derivative === null ? sidecars.names.get(id) : undefined
  const oldUuid = old === undefined ? null : namePartsOf(old).uuid
  const isOwnUuid = isUuid(id) ? index.byUuid(id) : []
  const sha256 = wanted.library?.sha256
  const liveSha = derivative === null ? (live.byFileId(id) ?? genIds.map(live.byGenId).find(Boolean)) : undefined
  const named = old === undefined ? [] : [...(oldUuid ? index.byUuid(oldUuid) : []), ...pathsLike(old, index)]
  return [
    {
      rule: 'T0',
      assets: listedIn(assetPaths.get(`${id} ${derivative ?? ''}`), index),
      detail: 'chat.html lists this path',
    },
    { rule: 'T1', assets: [...index.byId(id, derivative), ...isOwnUuid], detail: 'the name begins with the id' },
    { rule: 'T2', assets: named.filter(fits(wanted)), detail: `the name index calls it ${old}` },
    { rule: 'T3', assets: sha256 ? index.bySha256(sha256) : [], detail: "the library's sha256" },
    { rule: 'T4', assets: genIds.flatMap((genId) => index.byStem(genId)), detail: 'the name is the gen_id' },
    { rule: 'T5', assets: liveSha ? index.bySha256(liveSha) : [], detail: 'the archive has these bytes under this id' },
    { rule: 'T1', assets: derivative === null ? index.byId(id, 'data') : [], detail: 'the folder bears the id' },
  ]
}

const pathsLike = (old: string, index: AssetIndex) => (old.includes('/') ? index.byPath(old) : [])

/** In the same archive; or, for a name that is a UUID and can be no other file's, in another part of the export. */
function listedIn(places: readonly ListedPath[] | undefined = [], index: AssetIndex): readonly StagedAsset[] {
  const isHere = ({ file }: StagedAsset) =>
    places.some(({ archive, path }) => archive === file.archive.join('/') && path === file.path)
  const named = places.flatMap(({ path }) => index.byPath(path))
  const here = named.filter(isHere)
  return here.length > 0 ? here : named.filter(({ nameParts }) => nameParts.uuid !== null)
}

/** A stated size must not speak against a file found in another export. */
const fits = (wanted: WantedFile) => (asset: StagedAsset) => {
  const sizes = wanted.references.map(({ sizeBytes }) => sizeBytes).filter((size) => size !== null)
  return asset.nameParts.fileId === null && (sizes.length === 0 || sizes.includes(asset.content.bytes))
}

/** chat.html names a file that bears another id, or another file than the one that bears this id. */
function contradictionOf(best: Finding, id: string, findings: readonly Finding[]): readonly StagedAsset[] | undefined {
  const own = findings.find(({ rule }) => rule === 'T1')?.assets ?? []
  const isForeign = best.assets.some(({ nameParts }) => nameParts.fileId !== null && nameParts.fileId !== id)
  const hashes = new Set(best.assets.map(({ content }) => content.sha256))
  const differs = own.length > 0 && !own.some(({ content }) => hashes.has(content.sha256))
  return isForeign || differs ? own : undefined
}

/**
 * One of several contents that bear the same id: the one of the stated size, then of the stated pixels. Copies made by
 * the site ("sanitized") give way to the original. By other rules several contents stay undecided.
 */
function pick({ rule, assets: all }: Finding, wanted: WantedFile): StagedAsset | undefined {
  const isMade = wanted.references.some(({ kind }) => kind === 'generated')
  const whole = isMade ? all.filter(isPicture) : []
  const assets = whole.length > 0 ? whole : all
  if (assets.length === 1) return assets[0]
  const only = (some: readonly StagedAsset[]) => (some.length === 1 ? some[0] : undefined)
  const sizes = new Set(wanted.references.map(({ sizeBytes }) => sizeBytes))
  const bySize = only(assets.filter(({ content }) => sizes.has(content.bytes)))
  const byPixels = only(assets.filter((asset) => wanted.references.some((one) => hasPixels(one, asset))))
  if (bySize ?? byPixels) return bySize ?? byPixels
  if (rule !== 'T1' && rule !== 'T4') return undefined
  const originals = assets.filter(({ file }) => !/-sanitized\b/.test(file.path))
  const webps = assets.filter(({ content }) => content.extension === 'webp')
  if (rule === 'T4') return only(webps)
  // Under one path of one zip: nothing says which of them the name means.
  if (assets.some(({ file }) => file.isRepeated)) return undefined
  return [...(originals.length > 0 ? originals : assets)].sort(
    (one, other) => other.content.bytes - one.content.bytes || compareText(one.file.path, other.file.path),
  )[0]
}

const hasPixels = ({ widthPx, heightPx }: Reference, { content }: StagedAsset) =>
  widthPx !== null && heightPx !== null && content.widthPx === widthPx && content.heightPx === heightPx

function evidenceOf(findings: readonly Finding[], chosen: StagedAsset | undefined): Evidence[] {
  return findings.map(({ rule, assets, detail }, at) => {
    const agrees = assets.some(({ content }) => content.sha256 === chosen?.content.sha256)
    return { rule, says: agrees ? (at === 0 ? 'decides' : 'agrees') : 'contradicts', detail }
  })
}
