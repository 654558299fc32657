import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Archive, openArchive } from '../archive/archive.ts'
import { codeOf, reasonOf } from '../archive/disk-errors.ts'
import { removeFolder } from '../archive/folders.ts'
import { realPathOf } from '../archive/read-files.ts'
import { type ArchivedPictures, archivedPictureIn, readArchivedPictures } from '../catalogue/archived-pictures.ts'
import { ArchiverError } from '../errors.ts'
import { type Follower, follow } from '../followers.ts'
import type { ImportEvent } from './events.ts'
import type { InputFlaw } from './inputs/export-file.ts'
import { openInputs } from './inputs/inputs.ts'
import { assetOf } from './read/assets.ts'
import { hashesIn, tableOf } from './read/job.ts'
import { createMediaProgress } from './read/media-progress.ts'
import { isNoText } from './read/name-parts.ts'
import { readContents } from './read/read.ts'
import { areWorthThreads, createReaders, type Readers } from './read/readers.ts'
import { createStager, stagingOf } from './read/stage.ts'
import { readAttachmentList } from './store/attachments.ts'
import { matchAndStore } from './store/match-and-store.ts'
import type { Summary } from './store/report.ts'

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
