import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type FakeEntry, makeZip } from '../../fakes/zip.ts'

/** A file of an export, or a zip inside the zip. `linkTo` makes it a symbolic link. */
export type Entry =
  | {
      readonly path: string
      readonly bytes: Uint8Array
      /** What the zip says of it; a folder says nothing. */
      readonly packedAs?: Pick<FakeEntry, 'claimedCrc' | 'claimedSize' | 'isEncrypted'>
      readonly linkTo?: undefined
      readonly entries?: undefined
    }
  | { readonly path: string; readonly entries: readonly Entry[]; readonly bytes?: undefined }
  | { readonly path: string; readonly linkTo: string; readonly bytes?: undefined; readonly entries?: undefined }

/** What a person hands to the importer. */
export interface Pack {
  /** Name of the zip or folder. */
  readonly name: string
  readonly form: 'zip' | 'folder'
  readonly entries: readonly Entry[]
  /** So many bytes at the end are lost, as in a broken download. */
  readonly lostBytes?: number
}

/** Of every entry, be it in a zip or in a folder. */
const packedAt = new Date(2025, 2, 4, 5, 6, 8)

/** Writes packs below a folder; returns their paths. */
export function writePacks(folder: string, packs: readonly Pack[]): string[] {
  return packs.map((pack) => {
    const target = path.join(folder, pack.name)
    if (pack.form === 'zip') {
      const bytes = zipOf(pack.entries)
      mkdirSync(path.dirname(target), { recursive: true })
      writeFileSync(target, bytes.subarray(0, bytes.length - (pack.lostBytes ?? 0)))
    } else {
      mkdirSync(target, { recursive: true })
      for (const entry of pack.entries) writeEntry(target, entry)
    }
    return target
  })
}

function writeEntry(folder: string, entry: Entry): void {
  const target = path.join(folder, entry.path)
  mkdirSync(path.dirname(target), { recursive: true })
  if ('linkTo' in entry && entry.linkTo !== undefined) symlinkSync(entry.linkTo, target)
  else {
    writeFileSync(target, bytesOf(entry))
    utimesSync(target, packedAt, packedAt)
  }
}

function bytesOf(entry: Entry): Uint8Array {
  if (entry.bytes) return entry.bytes
  if (entry.entries) return zipOf(entry.entries)
  return Buffer.from('linkTo' in entry ? (entry.linkTo ?? '') : '')
}

/** A zip: JSON deflated, all else stored. Names are written as they are, hostile ones too. */
export function zipOf(entries: readonly Entry[]): Buffer {
  return makeZip(
    entries.map((entry) => ({
      name: entry.path,
      data: bytesOf(entry),
      modifiedAt: packedAt,
      method: /\.(json|html)$/.test(entry.path) ? 8 : 0,
      isSymlink: 'linkTo' in entry && entry.linkTo !== undefined,
      ...('packedAs' in entry && entry.packedAs),
    })),
  )
}

/** Whether a pack says of a file what only a zip can say. */
export const isOnlyForZips = (entries: readonly Entry[]): boolean =>
  entries.some((entry) => ('packedAs' in entry && entry.packedAs !== undefined) || isOnlyForZips(entry.entries ?? []))

/** Every file of a pack with the zips around it, outermost first. */
export function filesOf(
  entries: readonly Entry[],
  around: readonly string[] = [],
): { path: string; bytes: Uint8Array }[] {
  return entries.flatMap((entry) => {
    if (entry.entries) return filesOf(entry.entries, [...around, entry.path])
    return entry.bytes ? [{ path: [...around, entry.path].join('!'), bytes: entry.bytes }] : []
  })
}
