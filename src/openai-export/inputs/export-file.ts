import type { PackedPlace } from '../../zip/entry.ts'
import type { DiskPlace } from '../../zip/random-access.ts'

/** Bytes on the disk that a thread of its own can read: an entry of a zip, or a whole file. */
export type BytesPlace = PackedPlace | (DiskPlace & { readonly entry: null })

/** A file of an export, wherever it lies. */
export interface ExportFile {
  /** The input's name, then the names of the zips within, from the outside in. */
  readonly archive: readonly string[]
  /** Inside its innermost zip or folder, with `/`; never absolute, never leading upwards. */
  readonly path: string
  readonly sizeBytes: number
  /** Null for a file in a folder. */
  readonly crc32: number | null
  /** Its zip holds this path more than once, so that the name alone does not say which file is meant. */
  readonly isRepeated: boolean
  readonly modifiedAt: Date | null
  /** Its bytes. Errors: as `ZipEntry.open`, or what the file system says. */
  open(): AsyncIterable<Buffer>
  /** Where these bytes lie; left out where only this thread can read them. */
  place?(): BytesPlace | undefined
}

/** What was refused or cannot be read; `archive` is the chain of what holds it, joined by " › ". */
export interface InputFlaw {
  readonly archive: string
  readonly path: string
  readonly reason: string
}

/** A flaw of what lies in that chain. */
export const flawOf = (archive: readonly string[], path: string, reason: string): InputFlaw => ({
  archive: archive.map(withoutUser).join(' › '),
  path: withoutUser(path),
  reason,
})

/** The last part of a path. */
export const baseName = (path: string): string => path.split('/').at(-1) ?? path

/** The folder of a file, with the archives around it. */
export const folderOf = ({ archive, path }: ExportFile): string =>
  [...archive, ...path.split('/').slice(0, -1)].join('\n')

/**
 * A path as it may be written down and shown: without the id of the account, which people share with an archive else.
 *
 * Shape   a folder `user-<id>` becomes `user`; so does the id of a user wherever it stands.
 */
export const withoutUser = (path: string): string =>
  path.replace(/(^|\/)user-[^/]+(?=\/)/g, '$1user').replace(/\buser-[A-Za-z0-9]{20,}/g, 'user')

/** Where a file lies, as it may be written down. */
export const toldPlace = ({ archive, path }: ExportFile) => ({
  archive: archive.map(withoutUser),
  entry: withoutUser(path),
})
