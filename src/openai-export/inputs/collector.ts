import { stat } from 'node:fs/promises'
import path from 'node:path'
import { codeOf, reasonOf } from '../../archive/disk-errors.ts'
import { ArchiverError, messageOf } from '../../errors.ts'
import type { ZipEntry } from '../../zip/entry.ts'
import type { RandomAccess } from '../../zip/random-access.ts'
import { isBomb } from '../../zip/unpack.ts'
import { openZip, type Zip } from '../../zip/zip.ts'
import { type ExportFile, flawOf, type InputFlaw } from './export-file.ts'
import { createFilePool, fileAccess } from './file-access.ts'
import { createNestedZips } from './nested-zips.ts'
import { safePath, shown } from './safe-path.ts'
import { isClutter, walkFolder } from './walk-folder.ts'

/** Zips in a zip that was given, or that lies in a folder: the privacy portal needs one, who packs that again, two. */
export const maxNesting = 2

export interface CollectorOptions {
  /** Where zips that are packed within a zip are unpacked until `close`; it must be of one's own. */
  readonly workFolder: string
  /** A folder that is none of an export, wherever it lies: the archive itself. */
  readonly own?: string | undefined
  readonly onFlaw: (flaw: InputFlaw) => void
}

/** A zip or folder that was given. */
export interface Given {
  readonly name: string
  /** Without links, so that one file is one place. */
  readonly place: string
  readonly isFolder: boolean
}

/** Where in the nesting a zip lies, and what everything in the file that was given unpacks to, its inner zips too. */
interface Depth {
  readonly level: number
  readonly budget: { readonly packedBytes: number; bytes: number }
}

/** The files of everything that was added. */
export interface Collector {
  readonly files: ExportFile[]
  /** Paths of files that are there and are encrypted. */
  readonly encrypted: string[]
  /** Whether a zip was cut off. */
  isCut(): boolean
  /** Files that were added before are not added again. */
  add(given: Given): Promise<void>
  close(): Promise<void>
}

/** Collects the files of folders and zips, and of the zips in them. */
export function createCollector({ workFolder, own, onFlaw }: CollectorOptions): Collector {
  const files: ExportFile[] = []
  const encrypted: string[] = []
  let isCut = false
  const accesses: RandomAccess[] = []
  const seen = new Set<string>()
  const pool = createFilePool()
  const nested = createNestedZips(workFolder, pool)
  const flaw = (archive: readonly string[], path: string, reason: string) => onFlaw(flawOf(archive, path, reason))
  const isNew = (place: string) => !seen.has(place) && seen.add(place).size > 0

  async function addFolder(root: string, archive: readonly string[]): Promise<void> {
    for await (const name of walkFolder(root, own, (name, reason) => flaw(archive, name, reason)))
      if (isNew(path.join(root, name))) await addFileOf(root, name, archive)
  }

  async function addFileOf(root: string, name: string, archive: readonly string[]): Promise<void> {
    const safe = safePath(name)
    const place = path.join(root, name)
    if (!safe.isSafe) return flaw(archive, name, safe.reason)
    if (isZip(safe.path)) return addZip(() => pool.open(place), archive, safe.path)
    try {
      files.push(await fileAt(place, archive, safe.path))
    } catch (error) {
      flaw(archive, name, `cannot be read: ${messageOf(error)}`)
    }
  }

  /** `outer` is the chain that holds it, `within` how deep in zips that lies; left out for a zip that was given. */
  async function addZip(open: () => Promise<RandomAccess>, outer: readonly string[], name: string, within?: Depth) {
    try {
      const access = await open()
      accesses.push(access)
      const zip = await openZip(access)
      const total = sizeOf(zip)
      const depth = within ?? { level: 0, budget: { packedBytes: access.size, bytes: 0 } }
      const { budget } = depth
      budget.bytes += total
      if (isBomb(total, access.size) || isBomb(budget.bytes, budget.packedBytes)) {
        budget.bytes -= total
        return flaw(outer, name, `would unpack to ${total} bytes: refused`)
      }
      let count = 0
      const repeated = repeatedIn(zip)
      for (const entry of zip.entries)
        if (await addEntry(entry, [...outer, name], depth, repeated.has(entry.name))) count += 1
      const closed = zip.entries.filter((entry) => entry.isEncrypted)
      encrypted.push(...closed.map((entry) => entry.name))
      if (closed.length > 0) flaw(outer, name, `is encrypted: ${counted(closed.length)} in it cannot be read`)
      isCut ||= zip.isTruncated
      if (zip.isTruncated) flaw(outer, name, `is cut off; ${counted(count)} of it could be read (${zip.flaw})`)
      else if (zip.flaw) flaw(outer, name, zip.flaw)
    } catch (error) {
      if (error instanceof ArchiverError) throw error
      flaw(outer, name, whyNotOpened(error))
    }
  }

  /** Whether it is a file that was taken. */
  async function addEntry(
    entry: ZipEntry,
    archive: readonly string[],
    depth: Depth,
    isRepeated: boolean,
  ): Promise<boolean> {
    const safe = safePath(entry.name)
    // What is clutter shows in the path, not in the name: packed on Windows, that may have `\` in it.
    const isPassedOver = isClutter(safe.isSafe ? safe.path : entry.name) || entry.name.endsWith('\\')
    if (entry.isFolder || entry.isEncrypted || isPassedOver) return false
    const reason = safe.isSafe ? refusalOf(entry) : safe.reason
    if (!safe.isSafe || reason) flaw(archive, shown(entry.name), reason ?? '')
    else if (!isZip(safe.path)) files.push(fileIn(entry, archive, safe.path, isRepeated))
    else if (depth.level >= maxNesting) flaw(archive, safe.path, 'is a zip nested too deep')
    else await addZip(() => nested.open(entry), archive, safe.path, { ...depth, level: depth.level + 1 })
    return safe.isSafe && !reason
  }

  return {
    files,
    encrypted,
    isCut: () => isCut,
    async add({ name, place, isFolder }) {
      if (isFolder) await addFolder(place, [name])
      else if (isNew(place)) await addZip(() => pool.open(place), [], name)
    },
    async close() {
      for (const access of accesses.splice(0)) await access.close()
      await nested.close()
    },
  }
}

async function fileAt(place: string, archive: readonly string[], path: string): Promise<ExportFile> {
  const { size, mtime } = await stat(place)
  return {
    archive,
    path,
    sizeBytes: size,
    crc32: null,
    isRepeated: false,
    modifiedAt: mtime,
    open: () => bytesOf(place),
    place: () => ({ file: place, start: 0, entry: null }),
  }
}

async function* bytesOf(place: string): AsyncGenerator<Buffer> {
  const access = await fileAccess(place)
  try {
    yield* access.stream(0, access.size)
  } finally {
    await access.close()
  }
}

function fileIn(entry: ZipEntry, archive: readonly string[], path: string, isRepeated: boolean): ExportFile {
  const { sizeBytes, crc32, modifiedAt, open, place } = entry
  return { archive, path, sizeBytes, crc32, isRepeated, modifiedAt, open, place }
}

/** Names that a zip has more than once. */
function repeatedIn({ entries }: Zip): ReadonlySet<string> {
  const [seen, repeated] = [new Set<string>(), new Set<string>()]
  for (const { name } of entries) (seen.has(name) ? repeated : seen).add(name)
  return repeated
}

function refusalOf({ isSymlink, sizeBytes, compressedBytes }: ZipEntry): string | null {
  if (isSymlink) return 'is a symbolic link'
  return isBomb(sizeBytes, compressedBytes) ? `would unpack to ${sizeBytes} bytes: refused` : null
}

/** What a zip unpacks to, without the entries that are refused anyhow. */
const sizeOf = ({ entries }: Zip) =>
  entries.filter((entry) => refusalOf(entry) === null).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** What a file system says of a file, or that this is no zip. */
function whyNotOpened(error: unknown): string {
  const code = codeOf(error)
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read: permission denied'
  if (/^E[A-Z0-9]+$/.test(code)) return `cannot be read: ${reasonOf(error)}`
  const advice = 'Give the zip that OpenAI sent, or the folder it was unpacked to'
  return `is no zip, or a damaged one (${messageOf(error)}). ${advice}`
}

const counted = (count: number) => `${count} ${count === 1 ? 'file' : 'files'}`

/** What people upload keeps its id in front of its name; `._` is what macOS puts beside files. */
const isZip = (path: string) =>
  /\.zip$/i.test(path) && !/(^|\/)(file[-_][0-9a-z]{16,}|\._)[^/]*$/i.test(path) && !/(^|\/)mnt\/data\//.test(path)
