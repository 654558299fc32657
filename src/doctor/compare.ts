import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Origin } from '../archive/origins.ts'
import { readArchive } from '../archive/read-archive.ts'
import type { PretendPicture } from '../pretend-chatgpt/world.ts'
import { parseFileId } from '../sites/chatgpt/ids.ts'
import { bareId } from '../sites/ids.ts'
import type { Visit } from './visit.ts'

/** A picture of the pretend site, and what became of it. */
export interface ComparedPicture {
  readonly prompt: string
  /** Its path in the archive; null where it is not there. */
  readonly image: string | null
  /** The same bytes, and it came the way it should. */
  readonly isSame: boolean
  readonly origin: Origin
}

/** What was archived beside what the site holds. */
export interface Comparison {
  readonly live: readonly ComparedPicture[]
  readonly past: readonly ComparedPicture[]
  readonly pastDue: number
  /** Records of what the site does not have. */
  readonly unexpected: number
  readonly isWhole: boolean
}

/**
 * Compares what was archived with what the site holds, byte for byte: what the page has shown came in live, and the
 * rest by the backfill.
 */
export async function compareVisit(visit: Visit): Promise<Comparison> {
  const due = visit.shown.filter(({ role }) => role === 'generated')
  const live = due.map((picture) => comparedOf(picture, 'live', visit))
  const past = visit.older.map((picture) => comparedOf(picture, 'history', visit))
  const { count } = await readArchive(visit.archivePath)
  const unexpected = count - [...live, ...past].filter(({ image }) => image).length
  const areSame = [...live, ...past].every(({ isSame }) => isSame)
  const isWhole = areSame && past.length === visit.olderDue && unexpected === 0
  return { live, past, pastDue: visit.olderDue, unexpected, isWhole }
}

function comparedOf(picture: PretendPicture, origin: Origin, { archivePath, records }: Visit): ComparedPicture {
  const fileId = parseFileId(picture.fileId)
  const record = fileId && records.get(bareId(fileId))
  const isSame = record?.source.origin === origin && sha256Of(path.join(archivePath, record.image)) === picture.sha256
  return { prompt: picture.prompt ?? '', image: record?.image ?? null, isSame, origin }
}

const sha256Of = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
