import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { codeOf, reasonOf } from '../../archive/disk-errors.ts'
import { ArchiverError, messageOf } from '../../errors.ts'
import type { ZipEntry } from '../../zip/entry.ts'
import type { RandomAccess } from '../../zip/random-access.ts'
import { isBomb } from '../../zip/unpack.ts'
import { openZip } from '../../zip/zip.ts'
import { fileAccess } from './file-access.ts'
import { createNestedZips } from './nested-zips.ts'
import { safePath, shown } from './safe-path.ts'

/** Zips in a zip that was given, or that lies in a folder: the privacy portal needs one, who packs that again, two. */
export const maxNesting = 2

/** A file of an export, wherever it lies. */
export interface ExportFile {
  /** The input's name, then the names of the zips within, from the outside in. */
  readonly archive: readonly string[]
  /** Inside its innermost zip or folder, with `/`; never absolute, never leading upwards. */
  readonly path: string
  readonly sizeBytes: number
  /** Null for a file in a folder. */
  readonly crc32: number | null
  readonly modifiedAt: Date | null
  /** Its bytes. Errors: as `ZipEntry.open`, or what the file system says. */
  open(): AsyncIterable<Buffer>
}

/** What was refused or cannot be read; `archive` is the chain of what holds it, joined by " › ". */
export interface InputFlaw {
  readonly archive: string
  readonly path: string
  readonly reason: string
}

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

export interface InputOptions {
  /** Where zips that are packed within a zip are unpacked until `close`; it must be of one's own. */
  readonly workFolder: string
  /** A folder that is none of an export, wherever it lies: the archive itself. */
  readonly own?: string | undefined
  readonly onFlaw: (flaw: InputFlaw) => void
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
export async function openInputs(paths: readonly string[], options: InputOptions): Promise<Inputs> {
  let isFlawed = false
  const onFlaw = (flaw: InputFlaw) => {
    isFlawed = true
    options.onFlaw(flaw)
  }
  const collector = createCollector({ ...options, onFlaw })
  try {
    const all = await distinct(paths)
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

interface Given {
  readonly name: string
  /** Without links, so that one file is one place. */
  readonly place: string
  readonly isFolder: boolean
}

/** All inputs in an order of their own, folders before what lies in them. */
async function distinct(paths: readonly string[]): Promise<Given[]> {
  const given = await Promise.all(paths.map(lookUp))
  return given.sort((a, b) => compare(a.place, b.place) || compare(a.name, b.name))
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

function createCollector({ workFolder, own, onFlaw }: InputOptions) {
  const files: ExportFile[] = []
  const encrypted: string[] = []
  let isCut = false
  const accesses: RandomAccess[] = []
  const seen = new Set<string>()
  const nested = createNestedZips(workFolder)
  const flaw = (archive: readonly string[], path: string, reason: string) =>
    onFlaw({ archive: archive.join(' › '), path, reason })

  async function add({ name, place, isFolder }: Given): Promise<void> {
    if (isFolder) await addFolder(place, [name])
    else if (isNew(place)) await addZip(() => fileAccess(place), [], name)
  }

  const isNew = (place: string) => !seen.has(place) && seen.add(place).size > 0

  async function addFolder(root: string, archive: readonly string[]): Promise<void> {
    const folders = ['']
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const found of await namesIn(root, folder, archive)) {
        const name = folder === '' ? found.name : `${folder}/${found.name}`
        if (found.isDirectory()) {
          if (path.join(root, name) !== own) folders.push(name)
        } else if (isClutter(name)) continue
        else if (found.isSymbolicLink()) flaw(archive, name, 'is a symbolic link')
        else if (!found.isFile()) flaw(archive, name, 'is no file')
        else if (isNew(path.join(root, name))) await addFileOf(root, name, archive)
      }
    }
  }

  async function namesIn(root: string, folder: string, archive: readonly string[]): Promise<Dirent[]> {
    try {
      return await readdir(path.join(root, folder), { withFileTypes: true })
    } catch (error) {
      flaw(archive, folder, `cannot be read: ${messageOf(error)}`)
      return []
    }
  }

  async function addFileOf(root: string, name: string, archive: readonly string[]): Promise<void> {
    const safe = safePath(name)
    const place = path.join(root, name)
    if (!safe.isSafe) return flaw(archive, name, safe.reason)
    if (isZip(safe.path)) return addZip(() => fileAccess(place), archive, safe.path)
    try {
      const { size, mtime } = await stat(place)
      const file = { archive, path: safe.path, sizeBytes: size, crc32: null, modifiedAt: mtime }
      files.push({ ...file, open: () => contentOf(place) })
    } catch (error) {
      flaw(archive, name, `cannot be read: ${messageOf(error)}`)
    }
  }

  /** `outer` is the chain that holds it, `depth` how many zips of that chain are zips in zips. */
  async function addZip(open: () => Promise<RandomAccess>, outer: readonly string[], name: string, depth = 0) {
    try {
      const access = await open()
      accesses.push(access)
      const zip = await openZip(access)
      const archive = [...outer, name]
      const sober = zip.entries.filter((entry) => refusalOf(entry) === null)
      const total = sober.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      if (isBomb(total, access.size)) return flaw(outer, name, `would unpack to ${total} bytes: refused`)
      let count = 0
      for (const entry of zip.entries) if (await addEntry(entry, archive, depth)) count += 1
      const closed = zip.entries.filter((entry) => entry.isEncrypted)
      encrypted.push(...closed.map((entry) => entry.name))
      if (closed.length > 0) flaw(outer, name, `is encrypted: ${counted(closed.length)} in it cannot be read`)
      isCut ||= zip.isTruncated
      if (zip.isTruncated) flaw(outer, name, `is cut off; ${counted(count)} of it could be read (${zip.flaw})`)
      else if (zip.flaw) flaw(outer, name, zip.flaw)
    } catch (error) {
      if (error instanceof ArchiverError) throw error
      flaw(outer, name, unopenable(error))
    }
  }

  /** Whether it is a file that was taken. */
  async function addEntry(entry: ZipEntry, archive: readonly string[], depth: number): Promise<boolean> {
    if (entry.isFolder || entry.isEncrypted || isClutter(entry.name)) return false
    const safe = safePath(entry.name)
    const reason = safe.isSafe ? refusalOf(entry) : safe.reason
    if (!safe.isSafe || reason) flaw(archive, shown(entry.name), reason ?? '')
    else if (!isZip(safe.path)) files.push(fileOf(entry, archive, safe.path))
    else if (depth >= maxNesting) flaw(archive, safe.path, 'is a zip nested too deep')
    else await addZip(() => nested.open(entry), archive, safe.path, depth + 1)
    return safe.isSafe && !reason
  }

  async function close(): Promise<void> {
    for (const access of accesses.splice(0)) await access.close()
    await nested.close()
  }

  return { files, encrypted, isCut: () => isCut, add, close }
}

async function* contentOf(place: string): AsyncGenerator<Buffer> {
  const access = await fileAccess(place)
  try {
    yield* access.stream(0, access.size)
  } finally {
    await access.close()
  }
}

function fileOf(entry: ZipEntry, archive: readonly string[], path: string): ExportFile {
  const { sizeBytes, crc32, modifiedAt } = entry
  return { archive, path, sizeBytes, crc32, modifiedAt, open: () => entry.open() }
}

function refusalOf({ isSymlink, sizeBytes, compressedBytes }: ZipEntry): string | null {
  if (isSymlink) return 'is a symbolic link'
  return isBomb(sizeBytes, compressedBytes) ? `would unpack to ${sizeBytes} bytes: refused` : null
}

/** What a file system says of a file, or that this is no zip. */
function unopenable(error: unknown): string {
  const code = codeOf(error)
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read: permission denied'
  if (/^E[A-Z0-9]+$/.test(code)) return `cannot be read: ${reasonOf(error)}`
  const advice = 'Give the zip that OpenAI sent, or the folder it was unpacked to'
  return `is no zip, or a damaged one (${messageOf(error)}). ${advice}`
}

/** What macOS and Windows put beside files. */
const isClutter = (path: string) => /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/.test(path)

const counted = (count: number) => `${count} ${count === 1 ? 'file' : 'files'}`

/** What people upload keeps its id in front of its name; `._` is what macOS puts beside files. */
const isZip = (path: string) =>
  /\.zip$/i.test(path) && !/(^|\/)(file[-_][0-9a-z]{16,}|\._)[^/]*$/i.test(path) && !/(^|\/)mnt\/data\//.test(path)

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function byPlace(a: ExportFile, b: ExportFile): number {
  for (let level = 0; level < Math.min(a.archive.length, b.archive.length); level++) {
    const order = compare(a.archive[level] ?? '', b.archive[level] ?? '')
    if (order !== 0) return order
  }
  return a.archive.length - b.archive.length || compare(a.path, b.path)
}

function identityOf(files: readonly ExportFile[]): string {
  const lines = files.map(({ path, sizeBytes }) => JSON.stringify([path, sizeBytes]))
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}
