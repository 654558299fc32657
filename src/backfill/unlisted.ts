import path from 'node:path'
import pLimit from 'p-limit'
import type { ReadArchive } from '../archive/read-archive.ts'
import { readUnlinked } from '../archive/read-files.ts'
import { objectAt, parseJson, textAt } from '../decode/json.ts'
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

/** Counts them; only their records are read, for no name says which way a picture came in. */
export async function countUnlisted(archive: ReadArchive, listed: readonly string[], held: number): Promise<Unlisted> {
  if (archive.count === held) return { count: 0, fromExports: 0 }
  const known = new Set(listed.map((fileId) => bareId(fileId as FileId)))
  const places: string[] = []
  for (const [bare, place] of archive.records())
    if (!known.has(bare) && sitesWithHistory.includes(siteOf(bare as FileId))) places.push(place)
  const origins = await pLimit(atOnce).map(places, (place) => originOf(path.join(archive.root, 'database', place)))
  return { count: places.length, fromExports: origins.filter((origin) => origin === 'export').length }
}

async function originOf(record: string): Promise<string | null> {
  const json = parseJson((await readUnlinked(record).catch(() => undefined))?.toString() ?? '')
  return textAt(objectAt(json, 'source'), 'origin')
}
