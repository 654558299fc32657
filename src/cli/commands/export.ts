import path from 'node:path'
import { archiveFolder } from '../../archive/confined.ts'
import { writeOver } from '../../archive/files.ts'
import { openCatalogue } from '../../catalogue/catalogue.ts'
import { createCollections } from '../../catalogue/collections.ts'
import type { Entry } from '../../catalogue/entry.ts'
import { parseWhere } from '../../catalogue/where.ts'
import type { MirrorSettings } from '../../config.ts'
import { ArchiverError, exitCodes, messageOf } from '../../errors.ts'
import { openOriginals } from '../../mirror/originals.ts'
import { csvOf } from '../../take-out/contact-sheet.ts'
import { refuseInside, writeCopies } from '../../take-out/copies.ts'
import { objectOf, takenOut } from '../../take-out/records.ts'
import { createOutput, type Io, type Output, type OutputOptions } from '../output.ts'
import { type SettingsOptions, settingsOf } from '../settings.ts'
import { interruptible } from '../signals.ts'
import { countWords, fetchedWords, numberWords } from '../words.ts'

export interface ExportCommandOptions extends OutputOptions, SettingsOptions {
  readonly embed?: string
  readonly csv?: boolean
  readonly output?: string
  readonly where?: string
}

/** Takes pictures or their records out of the archive: copies with metadata inside, a table, or objects. */
export async function exportCommand(options: ExportCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options)
  const { archivePath, mirror } = settingsOf(options)
  checkOptions(options)
  const root = await archiveFolder(archivePath)
  const collections = createCollections(root)
  await collections.refresh()
  const parsed = parseWhere(options.where ?? '', collections)
  if ('flaw' in parsed)
    throw new ArchiverError('usage', `--where is not understood: ${parsed.flaw}.`, {
      hint: `Write it as --where 'favourite and after:2026-01 -tag:draft "red coat"'.`,
    })
  const onFirst = () => output.notice('Stopping; what was copied stays.')
  return interruptible(output, onFirst, async (signal) => {
    const entries = (await entriesOf(root)).filter(parsed.where)
    if (entries.length === 0) output.notice(options.where ? nothingSo : nothing, { event: 'none' })
    if (options.embed !== undefined) return embed(root, entries, options.embed, mirror, signal, output)
    const records = await takenOut(root, entries)
    const lines = () => records.map((one) => `${JSON.stringify(objectOf(one))}\n`).join('')
    await give(root, options.csv ? csvOf(records) : lines(), options, io, output)
    return exitCodes.ok
  })
}

const [nothing, nothingSo] = ['The archive has no pictures yet.', 'No picture is as --where says.']

function checkOptions({ embed, csv, json, output }: ExportCommandOptions): void {
  if (embed === '') throw new ArchiverError('usage', '--embed needs the path of a folder.')
  if (embed === undefined && !csv && !json)
    throw new ArchiverError('usage', 'Nothing says what to export.', { hint: 'Give --embed DIR, --csv or --json.' })
  if ([embed !== undefined, csv, json && embed === undefined].filter(Boolean).length > 1)
    throw new ArchiverError('usage', 'Only one of --embed, --csv and --json can be exported at a time.')
  if (output !== undefined && embed !== undefined)
    throw new ArchiverError('usage', '--output is for --csv and --json; --embed names its folder.')
}

/** Every picture of the archive, newest first. */
async function entriesOf(root: string): Promise<readonly Entry[]> {
  const catalogue = await openCatalogue(root)
  try {
    await catalogue.examined
    return catalogue.entries
  } finally {
    await catalogue.close()
  }
}

async function embed(
  root: string,
  entries: readonly Entry[],
  target: string,
  mirror: MirrorSettings | undefined,
  signal: AbortSignal,
  output: Output,
): Promise<number> {
  output.notice(aboutCredentials)
  const originals = openOriginals(root, mirror, signal)
  const counts = await writeCopies({
    ...{ root, entries, target, originals, signal },
    onProgress: (done, all) => output.status(`Copying · ${numberWords(done)} of ${countWords(all, 'picture')}`),
    onFailed: (image, reason) => output.notice(`${image}: ${reason}`, { event: 'failed', image, reason }),
  })
  output.status('')
  if (originals.fetched > 0) output.notice(fetchedWords(originals.fetched))
  const line = (count: number, words: string) => (count > 0 ? [`${numberWords(count)} ${words}`] : [])
  const words = [
    `${countWords(counts.embedded, 'copy', 'copies')} with metadata inside in ${target}`,
    ...line(counts.brokenCredentials, 'of them with content credentials (C2PA) that no longer fit'),
    ...line(counts.beside, 'copied with a sidecar beside: their type of file has no place for it, or it is too long'),
    ...line(counts.there, 'were there already, and stay as they are'),
    ...line(counts.missing, 'have no image'),
    ...line(counts.failed, 'failed'),
  ]
  output.result(words.join('\n'), { event: 'exported', folder: target, ...counts })
  signal.throwIfAborted()
  return counts.failed > 0 ? exitCodes['some-failed'] : exitCodes.ok
}

const aboutCredentials =
  'Metadata in a copy breaks its content credentials (C2PA); the originals in the archive keep theirs.'

/** To the file that was named, or to standard output. */
async function give(
  root: string,
  text: string,
  { output: file, json }: ExportCommandOptions,
  { stdout }: Io,
  output: Output,
): Promise<void> {
  if (file === undefined) {
    // A terminal gets no control characters of a prompt.
    if (stdout.isTTY && !json) output.result(text.replaceAll('\r\n', '\n').trimEnd(), {})
    else stdout.write(text)
    return
  }
  const place = path.resolve(file)
  refuseInside(root, place)
  await writeOver(place, Buffer.from(text)).catch((error: unknown) => {
    throw new ArchiverError('disk', `${place} cannot be written: ${messageOf(error)}`, { cause: error })
  })
  output.notice(`Written to ${place}`, { event: 'exported', file: place })
}
