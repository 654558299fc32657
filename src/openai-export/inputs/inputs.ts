import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { ArchiverError, messageOf } from '../../errors.ts'
import { compareText } from '../order.ts'
import { type CollectorOptions, createCollector, type Given } from './collector.ts'
import type { ExportFile, InputFlaw } from './export-file.ts'

export interface Inputs {
  /** Sorted by archive, then path, in code units; the order in which inputs were given does not matter. */
  readonly files: readonly ExportFile[]
  /**
   * SHA-256 in hex over path and size of all files: the same for the same export, however it is spread over zips and
   * folders, and whatever these are called.
   */
  readonly identity: string
  /** Paths of files that are there and are encrypted. */
  readonly encrypted: readonly string[]
  /** A zip was cut off: nobody knows what else was in it. */
  readonly isCut: boolean
  /** Closes every zip and removes what was unpacked on the way. */
  close(): Promise<void>
}

/**
 * Lists the files of an export that was given as zips and folders, in any mix.
 *
 * Shape   Zips may lie in folders and in zips (`maxNesting`). One that lies unpacked in another is read in place,
 *         others are unpacked to `workFolder` first. An uploaded zip ("file-….zip", or below "mnt/data/") is a file of
 *         the export and is not opened. An input given twice, or also found in a folder that was given, counts once.
 * Errors  ArchiverError "usage" for a path that does not exist, "disk" when `workFolder` cannot be written. What is
 *         refused goes to `onFlaw`: names that lead elsewhere, links, encrypted entries, zips that are damaged or
 *         nested too deep. Of a zip that is cut off, what is whole is listed, and `onFlaw` says so.
 */
export async function openInputs(paths: readonly string[], options: CollectorOptions): Promise<Inputs> {
  let isFlawed = false
  const onFlaw = (flaw: InputFlaw) => {
    isFlawed = true
    options.onFlaw(flaw)
  }
  const collector = createCollector({ ...options, onFlaw })
  try {
    const all = await lookUpAll(paths)
    for (const given of all) await collector.add(given)
    if (collector.files.length === 0 && !isFlawed)
      for (const { name } of all) onFlaw({ archive: '', path: name, reason: empty })
    const files = collector.files.sort(byPlace)
    const { encrypted, close } = collector
    return { files, identity: identityOf(files), encrypted, isCut: collector.isCut(), close }
  } catch (error) {
    await collector.close()
    throw error
  }
}

const empty = 'holds nothing. Give the zip that OpenAI sent, or the folder it was unpacked to'

/** All inputs in an order of their own, folders before what lies in them. */
async function lookUpAll(paths: readonly string[]): Promise<Given[]> {
  const given = await Promise.all(paths.map(lookUp))
  return given.sort((a, b) => compareText(a.place, b.place) || compareText(a.name, b.name))
}

async function lookUp(given: string): Promise<Given> {
  const hint = 'Give the zips that OpenAI sent, or the folder they were unpacked to.'
  try {
    const [place, stats] = [await realpath(given), await stat(given)]
    if (stats.isDirectory() || stats.isFile()) {
      return { name: path.basename(path.resolve(given)), place, isFolder: stats.isDirectory() }
    }
  } catch (error) {
    throw new ArchiverError('usage', `${given} cannot be found: ${messageOf(error)}.`, { hint, cause: error })
  }
  throw new ArchiverError('usage', `${given} is neither a file nor a folder.`, { hint })
}

function byPlace(a: ExportFile, b: ExportFile): number {
  for (let level = 0; level < Math.min(a.archive.length, b.archive.length); level++) {
    const order = compareText(a.archive[level] ?? '', b.archive[level] ?? '')
    if (order !== 0) return order
  }
  return a.archive.length - b.archive.length || compareText(a.path, b.path)
}

function identityOf(files: readonly ExportFile[]): string {
  const lines = files.map(({ path, sizeBytes }) => JSON.stringify([path, sizeBytes]))
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}
