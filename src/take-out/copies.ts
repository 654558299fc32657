import { mkdir, utimes } from 'node:fs/promises'
import path from 'node:path'
import { statOf } from '../archive/confined.ts'
import { writeNew } from '../archive/files.ts'
import { readMarks } from '../archive/mark-files.ts'
import { realPathOf } from '../archive/read-files.ts'
import type { Entry } from '../catalogue/entry.ts'
import { imageOf, recordOf } from '../catalogue/pictures.ts'
import { hasContentCredentials } from '../decode/content-credentials.ts'
import { ArchiverError, messageOf } from '../errors.ts'
import type { Originals } from '../mirror/originals.ts'
import { packetOf, sidecarOf } from '../sidecars/xmp.ts'
import { withXmp } from './embed-xmp.ts'

/**
 * What became of a picture. "embedded": its copy has the metadata inside. "beside": its copy has a sidecar, since the
 * file has no place for them. "there": a file of this name was there before. "missing": it has no image.
 */
export type Copied = 'embedded' | 'beside' | 'there' | 'missing'

export interface CopiesOptions {
  readonly root: string
  readonly entries: readonly Entry[]
  readonly target: string
  readonly signal?: AbortSignal
  /** Reads originals, also those that are away. */
  readonly originals: Pick<Originals, 'read'>
  onProgress?(done: number, all: number): void
  onFailed?(image: string, reason: string): void
}

export interface CopyCounts extends Record<Copied | 'failed', number> {
  /** Copies whose content credentials no longer fit, since something was added. */
  brokenCredentials: number
}

/**
 * Writes copies of pictures with what is known of them inside. The originals are only read.
 *
 * Shape   dated folders as below `images/`; the time of a copy is that of its picture. Nothing is overwritten.
 * Errors  ArchiverError "usage" for a folder inside the archive, "disk" when it cannot be made, and those of the
 *         mirror. What cannot be written of a picture is told, and the others follow.
 */
export async function writeCopies(options: CopiesOptions): Promise<CopyCounts> {
  const { root, entries, target, signal, onProgress = () => {}, onFailed = () => {} } = options
  await ensureOutside(root, target)
  const counts: CopyCounts = { embedded: 0, beside: 0, there: 0, missing: 0, failed: 0, brokenCredentials: 0 }
  for (const [at, entry] of entries.entries()) {
    if (signal?.aborted) break
    try {
      const { copied, isBroken } = await copyOf(options, entry)
      counts[copied] += 1
      if (isBroken) counts.brokenCredentials += 1
    } catch (error) {
      if (error instanceof ArchiverError) throw error
      counts.failed += 1
      onFailed(imageOf(entry) ?? entry.name, messageOf(error))
    }
    onProgress(at + 1, entries.length)
  }
  return counts
}

async function copyOf(
  { root, target, originals }: CopiesOptions,
  entry: Entry,
): Promise<{ copied: Copied; isBroken?: boolean }> {
  const image = imageOf(entry)
  const record = await recordOf(root, entry)
  const place = path.join(target, ...(image ?? '').replace(/^images\//, '').split('/'))
  if (image !== undefined && (await statOf(place))) return { copied: 'there' }
  const bytes = image === undefined ? undefined : await originals.read(image)
  if (!record || !bytes) return { copied: 'missing' }
  const marks = await readMarks(path.join(root, 'database'), entry.folder, entry.name)
  const picture = { record, marks }
  const copy = withXmp(bytes, packetOf(picture))
  await mkdir(path.dirname(place), { recursive: true })
  // A sidecar goes first, so that no copy is without.
  if (!copy) await writeNew(`${place}.xmp`, Buffer.from(sidecarOf(picture)))
  if ((await writeNew(place, copy ?? bytes)) === 'taken') return { copied: 'there' }
  await utimes(place, record.date, record.date).catch(() => {})
  return { copied: copy ? 'embedded' : 'beside', isBroken: copy !== undefined && hasContentCredentials(bytes) }
}

/**
 * Makes a folder for what is taken out.
 *
 * Errors  ArchiverError "usage" when it lies in the archive, also through a link; "disk" when it cannot be made.
 */
async function ensureOutside(root: string, target: string): Promise<void> {
  refuseInside(root, path.resolve(target))
  try {
    await mkdir(target, { recursive: true })
  } catch (error) {
    throw new ArchiverError('disk', `${target} cannot be made: ${messageOf(error)}`, { cause: error })
  }
  refuseInside(root, await realPathOf(target))
}

/** Errors  ArchiverError "usage" for a place inside the archive. */
export function refuseInside(root: string, place: string): void {
  const inside = path.relative(root, place)
  if (!inside.startsWith('..') && !path.isAbsolute(inside))
    throw new ArchiverError('usage', 'A copy cannot be put into the archive itself.')
}
