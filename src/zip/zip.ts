import { findDirectory, readDirectory } from './directory.ts'
import { entryOf, markOverlaps, type ZipEntry } from './entry.ts'
import type { RandomAccess } from './random-access.ts'
import { scan } from './scan.ts'
import { unwrap } from './wrapped.ts'

export interface Zip {
  readonly entries: readonly ZipEntry[]
  /** No usable table of contents was found: the entries are those whose bytes are there. */
  readonly isTruncated: boolean
  readonly flaw: string | null
}

/**
 * Lists what is in a zip, also in a damaged one.
 *
 * Shape   The table of contents at the end, with ZIP64, comments and prepended data. In a zip beyond 4 GiB that was
 *         written without ZIP64, offsets and sizes are modulo 2^32; the true ones are found by the local headers. Of a
 *         deflated entry there, `sizeBytes` is the least that is possible; reading it gives all. Without a usable
 *         table, the local headers are followed from the start: entries that are whole are listed, the one that is cut
 *         off is named in `flaw`; symbolic links look like files there.
 * Units   bytes; `modifiedAt` is the Unix time if there is one, else MS-DOS time, which is local and in steps of 2 s.
 *         Names not flagged as UTF-8 are read as such if they are valid UTF-8 (as macOS writes them), else as CP437.
 * Errors  throws when nothing in it looks like a zip, and what the file system says.
 * Source  PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.4
 */
export async function openZip(source: RandomAccess): Promise<Zip> {
  const directory = await findDirectory(source)
  const listed = directory && (await readDirectory(source, directory))
  if (!directory || !listed) {
    const { found, flaw } = await scan(source)
    return { entries: found.map((entry) => entryOf(source, entry, 0)), isTruncated: true, flaw }
  }
  const resolved = directory.isWrapped ? await unwrap(source, listed.found, directory.start) : listed.found
  const found = markOverlaps(resolved)
  const overlaps = found.filter((entry) => entry.isOverlapping).length
  const flaws = [listed.flaw, overlaps > 0 ? `${overlaps} of its entries overlap others` : null]
  return {
    entries: found.map((entry) => entryOf(source, entry, directory.baseBytes)),
    isTruncated: false,
    flaw: flaws.filter((flaw) => flaw !== null).join('; ') || null,
  }
}
