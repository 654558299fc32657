import { randomBytes } from 'node:crypto'
import path from 'node:path'
import fs from 'fs-extra'

/** Temporary files: hidden, of fixed length, so that no long name can overflow and no listing shows a half image. */
const temporaryName = /^\.[0-9a-f]{16}\.part$/

/** Whether a file is a leftover of a write that did not finish. */
export const isTemporary = (name: string): boolean => temporaryName.test(name)

/**
 * Writes a file that must not exist yet: whole, or not at all.
 *
 * Shape   a temporary file beside the target, flushed, then linked to its name, then the folder flushed. Linking fails
 *         when the name is taken, so nothing is ever overwritten.
 * Errors  'taken' when the name exists; throws what the file system says otherwise. The temporary file is removed.
 */
export async function writeNew(target: string, bytes: Uint8Array): Promise<'written' | 'taken'> {
  const temporary = await writeTemporary(target, bytes, { isDurable: true })
  try {
    await linkOrRename(temporary, target)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'taken'
    throw error
  } finally {
    await fs.remove(temporary)
  }
  await flushFolder(path.dirname(target))
  return 'written'
}

/**
 * Writes a file or replaces it: readers see the old one or the new one, never a part.
 *
 * `isDurable` waits until the disk has it; halves in `pending/` do without, for they can be had again.
 */
export async function writeOver(target: string, bytes: Uint8Array, { isDurable = true } = {}): Promise<void> {
  const temporary = await writeTemporary(target, bytes, { isDurable })
  try {
    await fs.rename(temporary, target)
  } catch (error) {
    await fs.remove(temporary)
    throw error
  }
  if (isDurable) await flushFolder(path.dirname(target))
}

/** Adds text to the end of a file, which is made if it is missing. */
export async function appendTo(target: string, text: string): Promise<void> {
  await fs.promises.appendFile(target, text, { mode: 0o600 })
}

/** The bytes of a file, or undefined when there is none. */
export async function readIfThere(target: string): Promise<Buffer | undefined> {
  try {
    return await fs.readFile(target)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Names in a folder, hidden leftovers left out; none when there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await fs.readdir(folder)).filter((name) => !isTemporary(name))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** When a file was last written. */
export async function writtenAt(target: string): Promise<Date> {
  return (await fs.stat(target)).mtime
}

/** Removes a file; its absence is no error. */
export async function remove(target: string): Promise<void> {
  await fs.rm(target, { force: true })
}

/** Makes a folder and those above it; `isPrivate` lets only its owner in. */
export async function ensureFolder(folder: string, { isPrivate = false } = {}): Promise<void> {
  await fs.ensureDir(folder, isPrivate ? 0o700 : 0o777)
}

/**
 * Calls `onFile` for every file below a folder, however deep.
 *
 * Shape   the path is relative to `root`, with `/`; names only, no file is opened.
 */
export async function walkFiles(root: string, onFile: (folder: string, name: string) => void): Promise<void> {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(path.join(root, folder))) {
      if (entry.isDirectory()) folders.push(folder === '' ? entry.name : `${folder}/${entry.name}`)
      else if (entry.isFile()) onFile(folder, entry.name)
    }
  }
}

async function entriesOf(folder: string) {
  try {
    return await fs.readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function writeTemporary(target: string, bytes: Uint8Array, { isDurable }: { isDurable: boolean }) {
  const folder = path.dirname(target)
  const temporary = path.join(folder, `.${randomBytes(8).toString('hex')}.part`)
  await fs.ensureDir(folder)
  const handle = await fs.promises.open(temporary, 'wx')
  try {
    await handle.writeFile(bytes)
    if (isDurable) await handle.sync()
    await handle.close()
  } catch (error) {
    await handle.close().catch(() => {})
    await fs.remove(temporary)
    throw error
  }
  return temporary
}

/** Some file systems (exFAT, some shared folders) have no links; there the name is looked at first, then renamed to. */
async function linkOrRename(temporary: string, target: string): Promise<void> {
  try {
    await fs.link(temporary, target)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'].includes(codeOf(error))) throw error
    if (await fs.pathExists(target)) throw Object.assign(new Error(`${target} exists`), { code: 'EEXIST' })
    await fs.rename(temporary, target)
  }
}

/** Makes a rename survive a power cut; Windows has no such call and needs none. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await fs.promises.open(folder, 'r')
  try {
    await handle.sync()
  } catch {
    // Some network file systems refuse to flush a folder; the file itself is flushed already.
  } finally {
    await handle.close()
  }
}

/** The system's code of an error, `ENOENT` and the like; empty when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
