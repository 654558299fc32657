import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Origin } from '../archive/origins.ts'
import { readArchive } from '../archive/read-archive.ts'
import type { PictureRecord } from '../archive/records.ts'
import { exitCodes } from '../errors.ts'
import type { PretendPicture } from '../pretend-chatgpt/world.ts'
import { parseFileId } from '../sites/chatgpt/ids.ts'
import { bareId } from '../sites/ids.ts'
import { type Io, type Output, paint } from './output.ts'

/** What a demo came to: pictures of the pretend site, and what was archived, by file id. */
export interface DemoOutcome {
  /** What the page has shown. */
  readonly shown: readonly PretendPicture[]
  /** What no page has shown; so many there are to be. */
  readonly older: readonly PretendPicture[]
  readonly olderDue: number
  readonly archivePath: string
  readonly records: ReadonlyMap<string, PictureRecord>
}

/**
 * Compares what was archived with what the site holds, byte for byte: what the page has shown came in live, and the
 * rest by the backfill. Returns the exit code.
 */
export async function reportDemo(outcome: DemoOutcome, io: Io, output: Output): Promise<number> {
  const { shown, older, olderDue, archivePath } = outcome
  const due = shown.filter((picture) => picture.role === 'generated')
  const live = due.map((picture) => lineOf(picture, 'live', outcome))
  const past = older.map((picture) => lineOf(picture, 'history', outcome))
  const lines = [...live, ...past]
  const { count } = await readArchive(archivePath)
  const unexpected = count - lines.filter(({ image }) => image).length
  for (const line of lines) {
    const mark = line.isSame ? paint('green', '✓', io.stdout) : paint('red', '✗', io.stdout)
    output.result(`${mark} ${line.prompt}\n    ${line.image ?? 'not archived'}`, { event: 'picture', ...line })
  }
  const [good, goodPast] = [live, past].map((some) => some.filter(({ isSame }) => isSame).length)
  const words = [
    `${good} of ${due.length} pictures archived, byte for byte, in ${archivePath}`,
    `and ${goodPast} of ${olderDue} older pictures by a backfill`,
  ]
  output.result(`\n${words.join('\n')}`, {
    event: 'demo-ended',
    archived: good,
    due: due.length,
    older: { archived: goodPast, due: olderDue },
    unexpected,
    archive: archivePath,
  })
  const isWhole = good === due.length && goodPast === olderDue && unexpected === 0
  return isWhole ? exitCodes.ok : exitCodes['some-failed']
}

function lineOf(picture: PretendPicture, origin: Origin, { archivePath, records }: DemoOutcome) {
  const fileId = parseFileId(picture.fileId)
  const record = fileId && records.get(bareId(fileId))
  const isSame = record?.source.origin === origin && sha256Of(path.join(archivePath, record.image)) === picture.sha256
  return { prompt: picture.prompt ?? '', image: record?.image ?? null, isSame, origin }
}

const sha256Of = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
