import { createHash } from 'node:crypto'
import path from 'node:path'
import { setImmediate as othersTurn } from 'node:timers/promises'
import fs from 'fs-extra'
import { codeOf } from './disk-errors.ts'
import { isTemporary } from './temporary-names.ts'

/** Windows has no such flag; there, links need a privilege to be made. */
export const noFollow = fs.constants.O_NOFOLLOW ?? 0

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

/**
 * The same as `readIfThere`, but a folder or a link in the file's place holds nothing for us; nor does
 * a file that was deleted by hand.
 */
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

/** How long a file is, and when it was written; undefined when there is none, or a link or folder in its place. */
export async function fileAt(target: string): Promise<{ lengthBytes: number; writtenAt: Date } | undefined> {
  const found = await fs.promises.lstat(target).catch(() => undefined)
  return found?.isFile() ? { lengthBytes: found.size, writtenAt: found.mtime } : undefined
}

/**
 * What tells a file from any other that ever had its name, and from itself before it was written last; undefined when
 * there is none.
 */
export async function identityOf(target: string): Promise<string | undefined> {
  const found = await fs.promises.lstat(target, { bigint: true }).catch(() => undefined)
  return found && [found.dev, found.ino, found.birthtimeNs, found.mtimeNs, found.size].join(' ')
}

/** What tells a folder from any other; undefined when there is none, or a link or file in its place. */
export async function folderIdentityOf(target: string): Promise<string | undefined> {
  const found = await fs.promises.lstat(target).catch(() => undefined)
  return found?.isDirectory() ? `${found.dev} ${found.ino}` : undefined
}

/** The length of a file in bytes; undefined when there is none. */
export const sizeOf = async (target: string): Promise<number | undefined> => (await fileAt(target))?.lengthBytes

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

/**
 * Calls `onFile` for every file below a folder, however deep.
 *
 * Shape   the path is relative to `root`, with `/`; names only, no file is opened.
 */
export async function walkFiles(root: string, onFile: (folder: string, name: string) => void): Promise<void> {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    visit(folder, await entriesOf(path.join(root, folder)), folders, onFile)
}

/** So long nobody else gets a turn. */
const turnMs = 20

/**
 * For work that reads in this thread and that nothing waits for: returns a function to be awaited now and then, which
 * lets everybody else have a turn. Several loops may share it, and are together no longer without one than each alone.
 */
export function createTurns(): () => Promise<void> | undefined {
  let began = performance.now()
  let othersHave: Promise<void> | undefined
  const resume = () => {
    began = performance.now()
    othersHave = undefined
  }
  return () => {
    if (performance.now() - began >= turnMs) othersHave ??= othersTurn().then(resume)
    return othersHave
  }
}

/** A pipe in a file's place is not waited for. */
const atOnceFlags = fs.constants.O_RDONLY | noFollow | (fs.constants.O_NONBLOCK ?? 0)

/**
 * The bytes of a small file, read in this thread: five trips through the pool of threads cost four times as much where
 * the file's folder was just listed. Undefined for what is no plain file, is longer, or cannot be read.
 */
export function readAtOnce(target: string, maxBytes: number): Buffer | undefined {
  let file: number | undefined
  try {
    file = fs.openSync(target, atOnceFlags)
    const found = fs.fstatSync(file)
    return found.isFile() && found.size <= maxBytes ? fs.readFileSync(file) : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}

/**
 * The same for whoever waits for nothing else: it reads in this thread, and lets others have a turn in between. To go
 * through the thread pool costs twice the time of a folder whose names the system has at hand.
 */
export async function walkFilesInTurns(root: string, onFile: (folder: string, name: string) => void): Promise<void> {
  const folders = ['']
  const turn = createTurns()
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    visit(folder, entriesAtOnce(path.join(root, folder)), folders, onFile)
    await turn()
  }
}

/** Hands over the files of a folder, and adds those below it to the folders to be visited. */
function visit(
  folder: string,
  entries: readonly fs.Dirent[],
  folders: string[],
  onFile: (folder: string, name: string) => void,
): void {
  for (const entry of entries) {
    if (entry.isDirectory()) folders.push(folder === '' ? entry.name : `${folder}/${entry.name}`)
    else if (entry.isFile()) onFile(folder, entry.name)
  }
}

async function entriesOf(folder: string): Promise<fs.Dirent[]> {
  try {
    return await fs.readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

function entriesAtOnce(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Where a folder really is, when it was named by a link. */
export const realPathOf = (folder: string): Promise<string> => fs.promises.realpath(folder)

/** The device a folder lies on, to notice that a drive was taken out from under it. */
export async function deviceOf(folder: string): Promise<number> {
  return (await fs.promises.stat(folder)).dev
}
