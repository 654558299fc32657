import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Archive, openArchive } from '../archive/archive.ts'
import { codeOf, reasonOf } from '../archive/disk-errors.ts'
import { writeOver } from '../archive/files.ts'
import { ensureFolderIn, removeFolder } from '../archive/folders.ts'
import { evidenceFile } from '../archive/imports.ts'
import { realPathOf } from '../archive/read-files.ts'
import { type ArchivedPictures, archivedPictureIn, readArchivedPictures } from '../catalogue/archived-pictures.ts'
import { ArchiverError } from '../errors.ts'
import { type Follower, follow } from '../followers.ts'
import type { ImageFacts } from '../sites/facts.ts'
import type { ImportEvent } from './events.ts'
import { baseName, flawOf, type InputFlaw } from './inputs/export-file.ts'
import { type Inputs, openInputs } from './inputs/inputs.ts'
import { liveArchiveOf } from './match/live-archive.ts'
import { matchAll } from './match/match.ts'
import type { Unread } from './match/matches.ts'
import { collectWantedFiles, wantedEarlier } from './match/wanted-files.ts'
import { type Asset, assetOf } from './read/assets.ts'
import { evidenceOf, readEarlier, withEarlier } from './read/earlier.ts'
import { hashesIn, tableOf } from './read/job.ts'
import { createMediaProgress } from './read/media-progress.ts'
import { isNoText, namePartsOf } from './read/name-parts.ts'
import { type Contents, readContents } from './read/read.ts'
import { areWorthThreads, createReaders, type Readers } from './read/readers.ts'
import { createStager, type Stager, type Staging, stagingOf } from './read/stage.ts'
import { readAttachmentList } from './store/attachments.ts'
import { findEarlierAssets } from './store/earlier-assets.ts'
import { factsOfWanted, labelled } from './store/given-facts.ts'
import { type Placed, placeAll } from './store/place-all.ts'
import {
  countLines,
  gizmosOf,
  hypothesesOf,
  inOrder,
  type MatchLine,
  missingParts,
  type Summary,
} from './store/report.ts'
import { nothingStored, openStore } from './store/store.ts'

export interface ImportOptions {
  readonly paths: readonly string[]
  readonly archivePath: string
  /** The archive, where it is open and locked already: by a watch that goes on meanwhile. */
  readonly archive?: Archive
  /** Leaves out everything but generated images. */
  readonly onlyGenerated?: boolean
  /** Whose account it is, as the person says: the records of its pictures bear this label. */
  readonly profile?: string | undefined
  /** Reads and matches, and writes nothing. */
  readonly isDryRun?: boolean
  readonly now?: () => Date
  readonly onEvent?: (event: ImportEvent) => void
  readonly signal?: AbortSignal | undefined
  /** Who follows the archive meanwhile; nobody if left out. */
  readonly followers?: readonly Follower[]
}

/**
 * Imports exports, in this order: list the files, read the texts, stage the assets, match, store, report.
 *
 * Shape   any mix of zips and folders. Pictures go where live capture puts them; the report goes to `imports/<id>/`.
 *         The id comes from the exports' contents, so that the same import is the same folder.
 * Errors  ArchiverError for an archive that cannot be used, and for a path that is not there. Whatever else is broken
 *         is a flaw of the summary, and the rest goes on.
 */
export async function importExports(options: ImportOptions): Promise<Summary> {
  const { archivePath, isDryRun = false, now = () => new Date() } = options
  for (const given of options.paths) if (!existsSync(given)) throw notThere(given)
  if (isDryRun) return importInto(undefined, options, [])
  if (options.archive) return importIntoOpen(options.archive, options, [])
  const torn: string[] = []
  const archive = await openArchive(archivePath, { now, isLocked: true, readyForMs, onTorn: (file) => torn.push(file) })
  const following = follow(archive, options.followers)
  try {
    await archive.sweep()
    return await importIntoOpen(archive, options, torn)
  } finally {
    await following.close()
    await archive.close()
  }
}

async function importIntoOpen(archive: Archive, options: ImportOptions, torn: readonly string[]): Promise<Summary> {
  try {
    await archive.ready('imports')
    return await importInto(archive, options, torn)
  } catch (error) {
    throw refusalOf(error, archive.root) ?? error
  }
}

/** Thousands of files in a row go to the same few folders. */
const readyForMs = 250

/** An error of the archive's disk: full, or not writable. What cannot be read of an export is a flaw instead. */
const refusalOf = (error: unknown, root: string) =>
  /^E[A-Z0-9]+$/.test(codeOf(error))
    ? new ArchiverError('disk', `The archive ${root} cannot be written: ${reasonOf(error)}.`, {
        hint: 'Make room and run the import again; what is archived stays.',
        cause: error,
      })
    : undefined

/** Thrown before an archive is made for nothing. */
const notThere = (given: string) =>
  new ArchiverError('usage', `${given} is not there.`, {
    hint: 'Give the zips that OpenAI sent, or the folder they were unpacked to.',
  })

/** Without an archive – in a dry run – nothing is written but to a temporary folder. */
async function importInto(
  archive: Archive | undefined,
  options: ImportOptions,
  torn: readonly string[],
): Promise<Summary> {
  const { onEvent = () => {} } = options
  const flaws: InputFlaw[] = []
  const onFlaw = (flaw: InputFlaw) => {
    flaws.push(flaw)
    onEvent({ kind: 'flaw', flaw })
  }
  const work = await workFolder(archive)
  const inputs = await openInputs(options.paths, {
    workFolder: work,
    own: archive?.root ?? (await realPathOf(options.archivePath).catch(() => undefined)),
    onFlaw,
  })
  let readers: Readers | undefined
  let stop = () => {}
  try {
    const archived = await readArchivedPictures(archive?.root ?? options.archivePath)
    stop = archive ? noteNews(archive, archived) : stop
    const known = archive && tableOf(await hashesOf(archive, archived))
    readers = areWorthThreads(inputs.files.filter(isNoText)) ? createReaders(known) : undefined
    const media = createMediaProgress(onFlaw, onEvent)
    const stager = createStager({
      ...{ folder: archive ? work : null, readers, signal: options.signal, ...media },
      isKnown: known && hashesIn(known),
    })
    // What is no text for certain is read by the threads while this one reads the texts.
    const begun = stager.read(inputs.files.filter(isNoText))
    begun.catch(() => {})
    const contents = await readContents(inputs.files, onFlaw, options)
    const files = inputs.files.filter((file) => !contents.isText(file))
    media.begin(files)
    await begun
    await stager.read(files.filter((file) => !isNoText(file)))
    const assets = files.map((file) => assetOf(file, contents.accountOf(file)))
    const staging = stagingOf(assets, stager)
    stop()
    const read = { archived, contents, assets, staging, stager }
    return await matchAndStore({ archive, inputs, ...read, torn, flaws, onFlaw, options })
  } finally {
    stop()
    await readers?.close()
    await inputs.close()
    // What cannot be removed now hides no other error, and the next import removes it.
    await removeFolder(work).catch(() => {})
  }
}

/** Notes what a watch archives meanwhile, until the returned function is called. */
const noteNews = (archive: Archive, archived: ArchivedPictures) =>
  archive.onRecord((record) => {
    const picture = archivedPictureIn(record)
    if (picture) archived.note(picture)
  })

/** All contents that the archive has. */
const hashesOf = async ({ root }: Archive, archived: ArchivedPictures) => [
  ...archived.hashes(),
  ...(await readAttachmentList(root).catch(() => new Map<string, string>())).keys(),
]

/** On the archive's own disk, so that what was written there needs only to be given its name. */
async function workFolder(archive: Archive | undefined): Promise<string> {
  if (!archive) return mkdtemp(path.join(tmpdir(), 'dalle-archiver-import-'))
  await removeFolder(path.join(archive.root, 'imports', '.work'))
  await archive.ready('imports/.work')
  return path.join(archive.root, 'imports', '.work')
}

interface Material {
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
  readonly options: ImportOptions
}

async function matchAndStore(material: Material): Promise<Summary> {
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
