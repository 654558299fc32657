import { constants, lstatSync, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import path from 'node:path'
import { ArchiverError } from '../errors.ts'

/** A file of the archive, opened; whoever asked closes it. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly sizeBytes: number
  readonly modifiedMs: number
  readonly place: string
}

/** Windows has neither flag. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Opens a file below `root` for reading.
 *
 * Shape   `relative` with `/`, no step of it empty, "." or "..".
 * Errors  undefined when it is not there, is no plain file, or any step on the way is a symbolic link.
 */
export async function openConfined(root: string, relative: string): Promise<OpenFile | undefined> {
  const place = await confined(root, relative)
  if (place === undefined) return undefined
  const handle = await open(place, flags).catch(() => undefined)
  if (!handle) return undefined
  const found = await handle.stat().catch(() => undefined)
  if (found?.isFile()) return { handle, sizeBytes: found.size, modifiedMs: found.mtimeMs, place }
  await handle.close()
  return undefined
}

/** The absolute path of a plain file below `root`, under the same terms. */
export async function confined(root: string, relative: string): Promise<string | undefined> {
  const steps = relative.split('/')
  if (!steps.every(isStep)) return undefined
  let place = root
  for (const [at, step] of steps.entries()) {
    place = path.join(place, step)
    const found = await statOf(place)
    const isRight = at === steps.length - 1 ? found?.isFile() : found?.isDirectory()
    if (!isRight) return undefined
  }
  return place
}

const isStep = (step: string) => step !== '' && step !== '.' && step !== '..' && !/[\\/\0]/.test(step)

/** Whether a folder below `root` and all above it are plain folders; `known` remembers the answers of one pass. */
export async function isPlainFolder(root: string, relative: string, known: Map<string, boolean>): Promise<boolean> {
  if (relative === '') return true
  const remembered = known.get(relative)
  if (remembered !== undefined) return remembered
  const above = relative.includes('/') ? relative.slice(0, relative.lastIndexOf('/')) : ''
  const isPlain =
    relative.split('/').every(isStep) &&
    (await isPlainFolder(root, above, known)) &&
    ((await statOf(path.join(root, relative)))?.isDirectory() ?? false)
  known.set(relative, isPlain)
  return isPlain
}

/** What the disk says of a name itself, links not followed; undefined when there is none. */
export const statOf = (place: string): Promise<Stats | undefined> => lstat(place).catch(() => undefined)

/** The same in this thread, for whoever asks of very many and lets others have turns. */
export function statAtOnce(place: string): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** A whole file below `root`, or undefined when it is not there or longer than `maxBytes`. */
export async function readConfined(root: string, relative: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await openConfined(root, relative)
  if (!file) return undefined
  try {
    return file.sizeBytes > maxBytes ? undefined : await file.handle.readFile()
  } catch {
    return undefined
  } finally {
    await file.handle.close()
  }
}

/** Where a folder really is; the archive itself may be a link. Undefined when there is none. */
export async function realFolder(given: string): Promise<string | undefined> {
  const place = await realpath(given).catch(() => undefined)
  return place !== undefined && (await statOf(place))?.isDirectory() ? place : undefined
}

/**
 * Where an archive that is there really is.
 *
 * Errors  ArchiverError "disk" when there is no such folder.
 */
export async function archiveFolder(given: string): Promise<string> {
  const root = await realFolder(given)
  if (root !== undefined) return root
  throw new ArchiverError('disk', `There is no archive at ${given}.`, {
    hint: 'Archive something first, or say where the archive is: --archive DIR, or --config FILE.',
  })
}
