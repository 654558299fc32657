import path from 'node:path'
import type { Archive } from '../../archive/archive.ts'
import { writeOver } from '../../archive/files.ts'
import { ensureFolderIn } from '../../archive/folders.ts'
import { evidenceFile } from '../../archive/imports.ts'
import type { ArchivedPictures } from '../../catalogue/archived-pictures.ts'
import type { ImageFacts } from '../../sites/facts.ts'
import { baseName, flawOf, type InputFlaw } from '../inputs/export-file.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { liveArchiveOf } from '../match/live-archive.ts'
import { matchAll } from '../match/match.ts'
import type { Unread } from '../match/matches.ts'
import { collectWantedFiles, wantedEarlier } from '../match/wanted-files.ts'
import type { Asset } from '../read/assets.ts'
import { evidenceOf, readEarlier, withEarlier } from '../read/earlier.ts'
import { namePartsOf } from '../read/name-parts.ts'
import type { Contents } from '../read/read.ts'
import type { Stager, Staging } from '../read/stage.ts'
import { findEarlierAssets } from './earlier-assets.ts'
import { factsOfWanted, labelled } from './given-facts.ts'
import { type Placed, type PlaceOptions, placeAll } from './place-all.ts'
import { countLines, gizmosOf, hypothesesOf, inOrder, type MatchLine, missingParts, type Summary } from './report.ts'
import { nothingStored, openStore } from './store.ts'

/** What was read of the exports, and where it goes. */
export interface Material {
  /** Undefined in a dry run. */
  readonly archive: Archive | undefined
  readonly archived: ArchivedPictures
  readonly inputs: Inputs
  readonly contents: Contents
  /** As listed; `staging` has what became of them. */
  readonly assets: readonly Asset[]
  readonly staging: Staging
  readonly stager: Stager
  /** Files of the archive that were found empty, torn or unreadable so far, and put aside. */
  readonly torn: readonly string[]
  readonly flaws: readonly InputFlaw[]
  readonly onFlaw: (flaw: InputFlaw) => void
  readonly options: PlaceOptions['options'] & { readonly paths: readonly string[]; readonly archivePath: string }
}

/**
 * Matches what was read, stores what is wanted, and writes the report; in a dry run only the summary is made.
 *
 * Errors  whatever the archive's disk says; what is wrong with an export is a flaw of the summary.
 */
export async function matchAndStore(material: Material): Promise<Summary> {
  const { archive, archived, inputs, assets, staging, stager, flaws, onFlaw, options } = material
  const importId = inputs.identity.slice(0, 12)
  const root = archive?.root ?? options.archivePath
  const earlier = await readEarlier(root, importId)
  const { free, taken } = await findEarlierAssets(root, earlier.assets, staging.staged, archived)
  const contents = withEarlier(material.contents, earlier)
  const { conversations, sidecars, assetPaths, exportedAt } = contents
  const store =
    archive && (await openStore({ archive, archived, now: options.now ?? (() => new Date()), again: stager.again }))
  const ownFiles = collectWantedFiles(conversations, sidecars)
  const isMissing = ({ fileId }: ImageFacts) => archived.byFileId(fileId) === undefined
  const wantedFiles = [...ownFiles, ...wantedEarlier(earlier.facts.filter(isMissing), ownFiles)]
  const matches = matchAll(wantedFiles, {
    assets: [...staging.staged, ...free],
    taken,
    ...{ conversations, sidecars, assetPaths, exportedAt },
    live: liveArchiveOf(archived),
    unread: unreadOf(inputs, contents, staging),
  })
  const work = {
    wantedFiles,
    ownFiles: new Set(ownFiles),
    matches,
    assets: staging.staged,
    earlier: free,
    contents,
    importId,
    store,
    onFlaw,
    options,
  }
  const placed = await placeAll(work).finally(() => store?.drained())
  for (const file of material.torn) onFlaw(flawOf([], file, 'was empty, torn or unreadable, and is put aside'))
  const lines = inOrder(placed.lines)
  const summary: Summary = {
    import_id: importId,
    inputs: options.paths.map((input) => path.basename(input)).sort(),
    exported_at: exportedAt?.toISOString() ?? null,
    conversations: conversations.byId.size,
    accounts: contents.accounts,
    references: countLines(lines),
    media: {
      files: assets.length,
      bytes: staging.staged.reduce((sum, { content }) => sum + content.bytes, 0),
      orphans: orphansIn(placed),
    },
    stored: {
      ...(store?.counts ?? nothingStored),
      orphans: placed.storedOrphans,
    },
    missing_parts: missingParts(
      sidecars,
      inputs.files.map((file) => file.path),
    ),
    gizmos: gizmosOf(conversations.byId.values()),
    hypotheses: hypothesesOf(conversations, sidecars, assets),
    flaws,
  }
  const missing = ownFiles.filter((wanted) => ['missing', 'ambiguous'].includes(matches.get(wanted)?.status ?? ''))
  const missingFacts = missing.flatMap((wanted) => factsOfWanted(wanted, contents) ?? [])
  const labelledFacts = missingFacts.map((facts) => labelled(facts, options.profile))
  const evidence = evidenceOf(staging.staged, material.contents.sidecars, labelledFacts)
  if (archive) await writeReport(archive, summary, lines, placed.orphans, evidence)
  return summary
}

/** Contents nobody speaks of; those that several references may mean are spoken of. */
function orphansIn({ orphans, lines }: Placed): number {
  const candidates = new Set(lines.flatMap((line) => line.candidates.map(({ sha256 }) => sha256)))
  return new Set(orphans.map(({ sha256 }) => sha256).filter((sha256) => !candidates.has(sha256))).size
}

/** What is there and could not be read, and what was promised and was not given. */
function unreadOf(inputs: Inputs, { hasAllConversations, sidecars }: Contents, { unread }: Staging): Unread {
  const there = new Set(inputs.files.map(({ path }) => baseName(path)))
  const left = [...sidecars.promisedSizes].filter(([path]) => !there.has(baseName(path)))
  const named = [...unread.map(({ nameParts }) => nameParts), ...inputs.encrypted.map(namePartsOf)]
  return {
    hasAllConversations,
    sizes: new Set([...unread.map(({ file }) => file.sizeBytes), ...left.map(([, sizeBytes]) => sizeBytes)]),
    hasOthers: inputs.isCut || inputs.encrypted.length > 0,
    fileIds: new Set(named.map(({ fileId }) => fileId).filter((id) => id !== null)),
  }
}

async function writeReport(
  archive: Archive,
  summary: Summary,
  lines: readonly MatchLine[],
  orphans: readonly object[],
  evidence: Iterable<object>,
): Promise<void> {
  const folder = `imports/${summary.import_id}`
  await ensureFolderIn(archive.root, folder)
  const write = (name: string, text: string) => writeOver(path.join(archive.root, folder, name), Buffer.from(text))
  await write('matches.ndjson', linesOf(lines))
  await write('orphans.ndjson', linesOf(orphans))
  await write(evidenceFile, linesOf([...evidence]))
  await write('summary.json', `${JSON.stringify(summary, null, 2)}\n`)
}

const linesOf = (objects: readonly object[]) => objects.map((one) => `${JSON.stringify(one)}\n`).join('')
