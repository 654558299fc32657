import { createHash, randomBytes } from 'node:crypto'
import path from 'node:path'
import fs from 'fs-extra'
import { ArchiverError, messageOf } from '../errors.ts'

/** Temporary files: hidden, of fixed length, so that no long name can overflow and no listing shows a half image. */
const temporaryName = /^\.[0-9a-f]{16}\.part$/

const temporaryNameFor = () => `.${randomBytes(8).toString('hex')}.part`

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

/** Adds text to the end of a file, which is made if it is missing. */
export async function appendTo(target: string, text: string): Promise<void> {
  const flag = fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_CREAT | noFollow
  // `open` takes the flags of the system as a number, which the types of appendFile do not know.
  const handle = await fs.promises.open(target, flag, 0o600)
  try {
    await handle.writeFile(text)
  } finally {
    await handle.close()
  }
}

/** Windows has no such flag; there, links need a privilege to be made. */
const noFollow = fs.constants.O_NOFOLLOW ?? 0

/**
 * The bytes of a file, or undefined when there is none.
 *
 * Errors  `ELOOP` for a symbolic link: a name in the archive stands for a file of the archive.
 */
export async function readIfThere(target: string): Promise<Buffer | undefined> {
  try {
    return await fs.promises.readFile(target, { flag: fs.constants.O_RDONLY | noFollow })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The bytes of a file in pieces, under the same terms; none when there is no file. */
export async function* chunksOf(target: string): AsyncGenerator<Buffer, void, void> {
  const flags = fs.constants.O_RDONLY | noFollow
  const handle = await fs.promises.open(target, flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (handle) yield* handle.createReadStream({ highWaterMark: 256 * 1024 })
}

/** The same as `readIfThere`, but a folder or a link in the file's place holds nothing for us; nor does a file that was deleted by hand. */
export async function readUnlinked(target: string): Promise<Buffer | undefined> {
  try {
    return await readIfThere(target)
  } catch (error) {
    if (['EISDIR', 'ELOOP'].includes(codeOf(error))) return undefined
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
  const handle = await fs.promises.open(target, 'wx')
  try {
    for await (const chunk of chunks) {
      onChunk(chunk)
      // Not `write`, which may write a part and say so only in its answer.
      await handle.writeFile(chunk)
    }
    await handle.sync()
    await handle.close()
  } catch (error) {
    await handle.close().catch(() => {})
    await remove(target)
    throw error
  }
}

/**
 * Gives a staged file its name, unless that is taken: nothing is ever overwritten.
 *
 * `isDurable` flushes the folder; who does without calls `flushFolder` before anything relies on the name.
 */
export async function placeNew(
  staged: string,
  target: string,
  { isDurable = true } = {},
): Promise<'written' | 'taken'> {
  try {
    await linkOrRename(staged, target)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'taken'
    throw error
  }
  await remove(staged)
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

/** The length of a file in bytes; undefined when there is none. */
export async function sizeOf(target: string): Promise<number | undefined> {
  const found = await fs.promises.lstat(target).catch(() => undefined)
  return found?.isFile() ? found.size : undefined
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

/** The SHA-256 of a file, hexadecimal; undefined when there is none. */
export async function sha256Of(target: string): Promise<string | undefined> {
  // An absent file is undefined, and an empty one has a hash: what is read in pieces cannot tell the two apart.
  if ((await sizeOf(target)) === undefined) return undefined
  const hash = createHash('sha256')
  try {
    for await (const chunk of chunksOf(target)) hash.update(chunk)
    return hash.digest('hex')
  } catch {
    return undefined
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

/** Removes a folder of our own with all it holds. */
export async function removeFolder(folder: string): Promise<void> {
  await fs.rm(folder, { recursive: true, force: true })
}

/** Removes a file; its absence is no error. */
export async function remove(target: string): Promise<void> {
  try {
    await fs.promises.unlink(target)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** Makes a folder and those above it, wherever the person wants it. */
export async function ensureFolder(folder: string): Promise<void> {
  await fs.ensureDir(folder)
}

/**
 * Makes a folder below `root` with those in between; `isPrivate` lets only its owner in.
 *
 * Shape   `relative` with `/`. A new folder is flushed into the one above it, so that a power cut does not take it.
 * Errors  ArchiverError "disk" for a symbolic link on the way: what is written to the archive stays in it.
 */
export async function ensureFolderIn(root: string, relative: string, { isPrivate = false } = {}): Promise<void> {
  let folder = root
  for (const part of relative.split('/')) {
    folder = path.join(folder, part)
    if (await makeFolder(folder, isPrivate)) await flushFolder(path.dirname(folder))
  }
}

/** True when the folder is new. */
async function makeFolder(folder: string, isPrivate: boolean): Promise<boolean> {
  // Mostly it is there: looking is cheaper than an error.
  const known = await fs.promises.lstat(folder).catch(() => undefined)
  if (known?.isDirectory() && !isPrivate) return false
  try {
    await fs.promises.mkdir(folder, { mode: isPrivate ? 0o700 : 0o777 })
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const found = await fs.promises.lstat(folder)
    // Some disks know no rights; there, nothing can be done about it.
    if (found.isDirectory() && isPrivate && (found.mode & 0o077) !== 0)
      await fs.promises.chmod(folder, 0o700).catch(() => {})
    if (found.isDirectory()) return false
    throw new ArchiverError('disk', `${folder} is a link or a file where a folder of the archive should be.`, {
      hint: 'Put a real folder there, or set "archivePath" to where the archive really is.',
      cause: error,
    })
  }
}

/** Where a folder really is, when it was named by a link. */
export const realPathOf = (folder: string): Promise<string> => fs.promises.realpath(folder)

/** The device a folder lies on, to notice that a drive was taken out from under it. */
export async function deviceOf(folder: string): Promise<number> {
  return (await fs.promises.stat(folder)).dev
}

/** Removes a file if it holds just these bytes, also when others try the same; another file is put back in its place. */
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

/**
 * Some file systems have no links: exFAT (EPERM on Linux, EISDIR on Windows), some shared folders (EACCES, EXDEV, ENOTSUP).
 * There the name is looked at first, then renamed to; only a race of two writers could overwrite, and the lock keeps it away.
 */
async function linkOrRename(temporary: string, target: string): Promise<void> {
  try {
    await fs.link(temporary, target)
  } catch (error) {
    if (codeOf(error) === '' || trueRefusals.includes(codeOf(error))) throw error
    if (await fs.pathExists(target)) throw Object.assign(new Error(`${target} exists`), { code: 'EEXIST' })
    await fs.rename(temporary, target)
  }
}

/** Makes new names survive a power cut; Windows has no such call and needs none. Who asks at the same time shares it. */
export const flushFolder: (folder: string) => Promise<void> = shared(async (folder) => {
  if (process.platform === 'win32') return
  const handle = await fs.promises.open(folder, 'r')
  try {
    await handle.sync()
  } catch {
    // Some network file systems refuse to flush a folder; the file itself is flushed already.
  } finally {
    await handle.close()
  }
})

/**
 * Work that many ask for: who asks while it is done for the same key waits for the next time, together with others. So each
 * is answered by work that began after it was asked for.
 */
function shared(work: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()
  const begin = (key: string) => {
    waiting.delete(key)
    const done = work(key).finally(() => {
      if (running.get(key) === done) running.delete(key)
    })
    running.set(key, done)
    return done
  }
  return (key) => {
    const now = running.get(key)
    if (!now) return begin(key)
    const next =
      waiting.get(key) ??
      now.then(
        () => begin(key),
        () => begin(key),
      )
    waiting.set(key, next)
    return next
  }
}

/** Why the disk refused, in one phrase and without the names of temporary files: `ENOSPC: no space left on device`. */
export function reasonOf(error: unknown): string {
  const text = messageOf(error)
  return codeOf(error) !== '' && !(error instanceof ArchiverError) ? text.replace(/, .*$/, '') : text.replace(/\.$/, '')
}

/** The system's code of an error, `ENOENT` and the like; empty when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
