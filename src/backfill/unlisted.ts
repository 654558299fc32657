import path from 'node:path'
import pLimit from 'p-limit'
import type { ReadArchive } from '../archive/read-archive.ts'
import { readUnlinked } from '../archive/read-files.ts'
import { listAt, objectAt, parseJson, textAt } from '../decode/json.ts'
import { bareId, type FileId, siteOf } from '../sites/ids.ts'
import { sitesWithHistory } from './lists-of-pictures.ts'

/** Pictures that are kept and that no list of the account has ever named. */
export interface Unlisted {
  readonly count: number
  /** Of these, which came from an export. */
  readonly fromExports: number
}

/** Records read at a time. */
const atOnce = 64

/**
 * Counts those of an account; only their records are read, for no name says which way a picture came in, nor whose it
 * is.
 */
export async function countUnlisted(
  archive: ReadArchive,
  profile: string | null,
  listed: readonly string[],
  held: number,
): Promise<Unlisted> {
  if (archive.count === held) return { count: 0, fromExports: 0 }
  const known = new Set(listed.map((fileId) => bareId(fileId as FileId)))
  const places: string[] = []
  for (const [bare, place] of archive.records())
    if (!known.has(bare) && sitesWithHistory.includes(siteOf(bare as FileId))) places.push(place)
  const read = await pLimit(atOnce).map(places, (place) => readAt(path.join(archive.root, 'database', place)))
  const own = read.filter(({ profiles }) => (profile === null ? profiles.length === 0 : profiles.includes(profile)))
  return { count: own.length, fromExports: own.filter(({ origin }) => origin === 'export').length }
}

async function readAt(record: string) {
  const json = parseJson((await readUnlinked(record).catch(() => undefined))?.toString() ?? '')
  return { origin: textAt(objectAt(json, 'source'), 'origin'), profiles: listAt(json, 'profiles') }
}
