import path from 'node:path'
import fs from 'fs-extra'
import { codeOf } from './disk-errors.ts'
import { flushFolder } from './folders.ts'
import { chunksOf, noFollow, readIfThere, walkFiles } from './read-files.ts'
import { beginStaged } from './staged-file.ts'
import { isTemporary, temporaryNameFor } from './temporary-names.ts'

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
    await remove(temporary)
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
    await remove(temporary)
    throw error
  }
  if (isDurable) await flushFolder(path.dirname(target))
}

/** The same for who has no lock: a daemon that starts just now sweeps temporary files away; once more, then. */
export async function writeOverUnlocked(target: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeOver(target, bytes)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    await writeOver(target, bytes)
  }
}

/** Adds text or bytes to the end of a file, which is made if it is missing. */
export async function appendTo(target: string, added: string | Uint8Array): Promise<void> {
  const flag = fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_CREAT | noFollow
  // `open` takes the flags of the system as a number, which the types of appendFile do not know.
  const handle = await fs.promises.open(target, flag, 0o600)
  try {
    await handle.writeFile(added)
  } finally {
    await handle.close()
  }
}

/** Removes what writes that did not finish have left below a folder; returns how many files. */
export async function sweepTemporary(root: string): Promise<number> {
  const leftovers: string[] = []
  await walkFiles(root, (folder, name) => {
    if (isTemporary(name)) leftovers.push(path.join(root, folder, name))
  })
  for (const leftover of leftovers) await remove(leftover)
  return leftovers.length
}

/**
 * Writes what comes into a new file, not yet under the name it shall have; `placeNew` gives it that.
 *
 * Shape   `onChunk` sees each piece as it passes. The file is flushed, so that its later name never stands for nothing.
 * Errors  throws what the source or the disk says; the file is removed then.
 */
export async function stage(
  target: string,
  chunks: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const staged = beginStaged(target)
  try {
    for await (const chunk of chunks) {
      onChunk(chunk)
      staged.write(chunk)
    }
  } catch (error) {
    staged.discard()
    throw error
  }
  await staged.finish()
}

/**
 * Gives a staged file its name, unless that is taken: nothing is ever overwritten. Names are given at once, for in the
 * pool of threads they would wait behind what is being flushed.
 *
 * `isDurable` flushes the folder; who does without calls `flushFolder` before anything relies on the name.
 */
export async function placeNew(
  staged: string,
  target: string,
  { isDurable = true } = {},
): Promise<'written' | 'taken'> {
  try {
    if (!linkedAtOnce(staged, target)) await linkOrRename(staged, target)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'taken'
    throw error
  }
  removeAtOnce(staged)
  if (isDurable) await flushFolder(path.dirname(target))
  return 'written'
}

/** Copies a file to a name that must not exist yet: whole, or not at all. The folder is not flushed. */
export async function copyNew(from: string, target: string): Promise<'written' | 'taken'> {
  const temporary = path.join(path.dirname(target), temporaryNameFor())
  await stage(temporary, chunksOf(from), () => {})
  try {
    return await placeNew(temporary, target, { isDurable: false })
  } finally {
    await remove(temporary)
  }
}

/** Gives a staged file its name; what had it before is replaced at once. For what can be made again. */
export async function placeOver(staged: string, target: string): Promise<void> {
  try {
    await fs.rename(staged, target)
  } catch (error) {
    await remove(staged)
    throw error
  }
}

/** Gives a file that is no good another ending, a number with it where that is taken: nothing is thrown away. */
export async function moveAside(target: string, ending: string): Promise<void> {
  for (let number = 0; ; number++) {
    const aside = `${target}${ending}${number === 0 ? '' : number}`
    try {
      await linkOrRename(target, aside)
      return await remove(target)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
}

/** Removes a file; its absence is no error. */
export async function remove(target: string): Promise<void> {
  try {
    await fs.promises.unlink(target)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/**
 * Removes a file if it holds just these bytes, also when others try the same; another file is put back in its place.
 */
export async function removeIfSame(target: string, bytes: Uint8Array): Promise<void> {
  if (!(await readIfThere(target))?.equals(bytes)) return
  const aside = path.join(path.dirname(target), temporaryNameFor())
  try {
    await fs.rename(target, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const found = await readIfThere(aside)
  if (found && !found.equals(bytes)) await linkOrRename(aside, target).catch(() => {})
  await remove(aside)
}

/** Writes the same bytes again if they are what the file holds: only the time of its last change is news. */
export async function touchIfSame(target: string, bytes: Buffer): Promise<void> {
  const handle = await fs.promises.open(target, fs.constants.O_RDWR | noFollow)
  try {
    const found = await handle.readFile()
    if (found.equals(bytes)) await handle.write(bytes, 0, bytes.length, 0)
  } finally {
    await handle.close()
  }
}

async function writeTemporary(target: string, bytes: Uint8Array, { isDurable }: { isDurable: boolean }) {
  const temporary = path.join(path.dirname(target), temporaryNameFor())
  const handle = await fs.promises.open(temporary, 'wx')
  try {
    await handle.writeFile(bytes)
    if (isDurable) await handle.sync()
    await handle.close()
  } catch (error) {
    await handle.close().catch(() => {})
    await remove(temporary)
    throw error
  }
  return temporary
}

/** What a disk that knows links says; anything else comes from one that has none. */
const trueRefusals = ['EEXIST', 'ENOENT', 'ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ENAMETOOLONG', 'ENOTDIR', 'ELOOP']

function removeAtOnce(target: string): void {
  try {
    fs.unlinkSync(target)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** False on a disk that has no links. */
function linkedAtOnce(staged: string, target: string): boolean {
  try {
    fs.linkSync(staged, target)
    return true
  } catch (error) {
    if (isTrueRefusal(error)) throw error
    return false
  }
}

const isTrueRefusal = (error: unknown) => codeOf(error) === '' || trueRefusals.includes(codeOf(error))

/**
 * Some file systems have no links: exFAT (EPERM on Linux, EISDIR on Windows), some shared folders (EACCES, EXDEV,
 * ENOTSUP). There the name is looked at first, then renamed to; only a race of two writers could overwrite, and the
 * lock keeps it away.
 */
async function linkOrRename(temporary: string, target: string): Promise<void> {
  try {
    await fs.link(temporary, target)
  } catch (error) {
    if (isTrueRefusal(error)) throw error
    if (await fs.pathExists(target)) throw Object.assign(new Error(`${target} exists`), { code: 'EEXIST' })
    await fs.rename(temporary, target)
  }
}
