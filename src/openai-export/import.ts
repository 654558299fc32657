import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Archive, openArchive } from '../archive/archive.ts'
import { codeOf, ensureFolderIn, realPathOf, reasonOf, removeFolder, writeOver } from '../archive/files.ts'
import { readArchivedPictures } from '../catalogue/archived-pictures.ts'
import { ArchiverError } from '../errors.ts'
import type { ImportEvent } from './events.ts'
import type { InputFlaw } from './inputs/inputs.ts'
import { type Inputs, openInputs } from './inputs/inputs.ts'
import { liveArchiveOf } from './match/live-archive.ts'
import { matchAll } from './match/match.ts'
import type { Unread } from './match/matches.ts'
import { collectDemands } from './match/wanted-files.ts'
import { type Medium, mediumOf } from './read/assets.ts'
import { cluesIn } from './read/name-parts.ts'
import { type Contents, readContents } from './read/read.ts'
import { stageAll } from './read/stage.ts'
import { type Settled, settle } from './store/place-all.ts'
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
  /** Leaves out everything but generated images. */
  readonly onlyGenerated?: boolean
  /** Reads and matches, and writes nothing. */
  readonly isDryRun?: boolean
  readonly now?: () => Date
  readonly onEvent?: (event: ImportEvent) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * The way of exports, in reading order: list what is there, read what is said, read the media, match, store, report.
 *
 * Shape   any mix of zips and folders. Pictures go where live capture puts them; the report goes to `imports/<id>/`, where
 *         the id comes from the exports' contents, so that the same import is the same folder.
 * Errors  ArchiverError for an archive that cannot be used, and for a path that is not there. Whatever else is broken is a
 *         flaw of the summary, and the rest goes on.
 */
export async function importExports(options: ImportOptions): Promise<Summary> {
  const { archivePath, isDryRun = false, now = () => new Date() } = options
  for (const given of options.paths) if (!existsSync(given)) throw notThere(given)
  if (isDryRun) return importInto(undefined, options)
  const archive = await openArchive(archivePath, { now, isLocked: true, readyForMs })
  try {
    await archive.ready('imports')
    await archive.sweep()
    return await importInto(archive, options)
  } catch (error) {
    throw refusalOf(error, archive.root) ?? error
  } finally {
    await archive.close()
  }
}

/** Thousands of files in a row go to the same few folders. */
const readyForMs = 250

/** What the system says of a disk that is full, or that may not be written. What an export refuses is a flaw, and not here. */
const refusalOf = (error: unknown, root: string) =>
  /^E[A-Z0-9]+$/.test(codeOf(error))
    ? new ArchiverError('disk', `The archive ${root} cannot be written: ${reasonOf(error)}.`, {
        hint: 'Make room and run the import again; what is archived stays.',
        cause: error,
      })
    : undefined

/** Told before an archive is made for nothing. */
const notThere = (given: string) =>
  new ArchiverError('usage', `${given} is not there.`, {
    hint: 'Give the zips that OpenAI sent, or the folder they were unpacked to.',
  })

/** Without an archive – in a dry run – nothing is written but to a temporary folder. */
async function importInto(archive: Archive | undefined, options: ImportOptions): Promise<Summary> {
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
  try {
    const contents = await readContents(inputs.files, onFlaw, options)
    const media = inputs.files
      .filter((file) => !contents.isText(file))
      .map((file) => mediumOf(file, contents.accountOf(file)))
    await readMedia(media, archive ? work : null, onFlaw, options)
    return await settleAll(archive, inputs, contents, media, flaws, onFlaw, options)
  } finally {
    await inputs.close()
    // What cannot be removed now hides no other error, and the next import removes it.
    await removeFolder(work).catch(() => {})
  }
}

/** On the archive's own disk, so that what was written there needs only to be given its name. */
async function workFolder(archive: Archive | undefined): Promise<string> {
  if (!archive) return mkdtemp(path.join(tmpdir(), 'dalle-archiver-import-'))
  await removeFolder(path.join(archive.root, 'imports', '.work'))
  await archive.ready('imports/.work')
  return path.join(archive.root, 'imports', '.work')
}

async function readMedia(
  media: readonly Medium[],
  folder: string | null,
  onFlaw: (flaw: InputFlaw) => void,
  { onEvent = () => {}, signal }: ImportOptions,
): Promise<void> {
  const all = { files: media.length, bytes: media.reduce((sum, { file }) => sum + file.sizeBytes, 0) }
  const done = { files: 0, bytes: 0 }
  const tell = () => onEvent({ kind: 'progress', phase: 'media', done: { ...done }, all })
  await stageAll(media, {
    folder,
    signal,
    onBytes(count) {
      done.bytes += count
      tell()
    },
    onFile({ file, flaw }) {
      done.files += 1
      if (flaw) onFlaw({ archive: file.archive.join(' › '), path: file.path, reason: flaw })
      tell()
    },
  })
}

async function settleAll(
  archive: Archive | undefined,
  inputs: Inputs,
  contents: Contents,
  media: readonly Medium[],
  flaws: readonly InputFlaw[],
  onFlaw: (flaw: InputFlaw) => void,
  options: ImportOptions,
): Promise<Summary> {
  const { talk, sidecars, assets, exportedAt } = contents
  const importId = inputs.identity.slice(0, 12)
  const archived = await readArchivedPictures(archive?.root ?? options.archivePath)
  const store = archive && (await openStore(archive, archived, options.now ?? (() => new Date())))
  const demands = collectDemands(talk, sidecars)
  const matches = matchAll(
    demands.map(({ demand }) => demand),
    {
      media,
      talk,
      sidecars,
      assets,
      live: liveArchiveOf(archived),
      exportedAt,
      unread: unreadOf(inputs, contents, media),
    },
  )
  const settled = await settle({ demands, matches, media, contents, importId, store, onFlaw, options }).finally(() =>
    store?.drained(),
  )
  const lines = inOrder(settled.lines)
  const summary: Summary = {
    import_id: importId,
    inputs: options.paths.map((input) => path.basename(input)).sort(),
    exported_at: exportedAt?.toISOString() ?? null,
    conversations: talk.conversations.size,
    accounts: contents.accounts,
    references: countLines(lines),
    media: {
      files: media.length,
      bytes: media.reduce((sum, { content }) => sum + (content?.bytes ?? 0), 0),
      orphans: orphansIn(settled),
    },
    stored: {
      ...(store?.counts ?? nothingStored),
      orphans: settled.storedOrphans,
    },
    missing_parts: missingParts(
      sidecars,
      inputs.files.map((file) => file.path),
    ),
    gizmos: gizmosOf(talk.conversations.values()),
    hypotheses: hypothesesOf(talk, sidecars, media),
    flaws,
  }
  if (archive) await writeReport(archive, summary, lines, settled.orphans)
  return summary
}

/** Contents nobody speaks of; those that several references may mean are spoken of. */
function orphansIn({ orphans, lines }: Settled): number {
  const candidates = new Set(lines.flatMap((line) => line.candidates.map(({ sha256 }) => sha256)))
  return new Set(orphans.map(({ sha256 }) => sha256).filter((sha256) => !candidates.has(sha256))).size
}

/** What is there and could not be read, and what was promised and was not given. */
function unreadOf(inputs: Inputs, { isTalkWhole, sidecars }: Contents, media: readonly Medium[]): Unread {
  const flawed = media.filter(({ content }) => content === null)
  const there = new Set(inputs.files.map(({ path }) => path.split('/').at(-1)))
  const left = [...sidecars.promisedSizes].filter(([path]) => !there.has(path.split('/').at(-1)))
  const ids = [...flawed.map(({ clues }) => clues.fileId), ...inputs.encrypted.map((path) => cluesIn(path).fileId)]
  return {
    isTalkWhole,
    sizes: new Set([...flawed.map(({ file }) => file.sizeBytes), ...left.map(([, sizeBytes]) => sizeBytes)]),
    hasOthers: inputs.isCut || inputs.encrypted.length > 0,
    fileIds: new Set(ids.filter((id) => id !== null)),
  }
}

async function writeReport(
  archive: Archive,
  summary: Summary,
  lines: readonly MatchLine[],
  orphans: readonly object[],
): Promise<void> {
  const folder = `imports/${summary.import_id}`
  await ensureFolderIn(archive.root, folder)
  const write = (name: string, text: string) => writeOver(path.join(archive.root, folder, name), Buffer.from(text))
  await write('matches.ndjson', linesOf(lines))
  await write('orphans.ndjson', linesOf(orphans))
  await write('summary.json', `${JSON.stringify(summary, null, 2)}\n`)
}

const linesOf = (objects: readonly object[]) => objects.map((one) => `${JSON.stringify(one)}\n`).join('')
