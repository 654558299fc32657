import path from 'node:path'
import pLimit from 'p-limit'
import { remove } from '../../archive/files.ts'
import type { BytesPlace, ExportFile } from '../inputs/export-file.ts'
import { type ReadingOptions, readAssetBytes } from './asset-bytes.ts'
import type { Asset, Content, StagedAsset, UnreadAsset } from './assets.ts'
import type { Job, Outcome } from './job.ts'
import type { Readers } from './readers.ts'

export interface StageOptions {
  /** Where bytes wait for their names; null when nothing is to be written. */
  readonly folder: string | null
  /** Threads for what lies on the disk; left out, everything is read by this one. */
  readonly readers?: Readers | undefined
  /** As in `ReadingOptions`; threads have a table of their own. */
  readonly isKnown?: ReadingOptions['isKnown']
  onBytes(count: number): void
  /** Called for each file once it was read, or could not be. */
  onAsset(asset: { readonly file: ExportFile } & Read): void
  readonly signal: AbortSignal | undefined
}

/** What became of a file: what its bytes are, or why they cannot be read. */
export type Read = { readonly content: Content } | { readonly flaw: string }

/** Reads files into a folder, each once. */
export interface Stager {
  /**
   * Reads files: hashes them, finds their types, and writes them where they wait for their names. Equal contents are
   * written once, however often this is called.
   *
   * Errors  one that cannot be read has a flaw, and the others go on; rejects only when stopped or when the disk
   *         refuses.
   */
  read(files: readonly ExportFile[]): Promise<void>
  /** What became of a file that was read. */
  of(file: ExportFile): Read | undefined
  /** Writes bytes that were known and therefore not written; where they wait now, or undefined if they changed. */
  again(file: ExportFile, sha256: string): Promise<string | undefined>
}

/** All assets, in the order they were listed. */
export interface Staging {
  readonly staged: readonly StagedAsset[]
  readonly unread: readonly UnreadAsset[]
}

/** Of those that this thread reads: enough to read while others are written and flushed. */
const atOnce = 8

const isOnDisk = ({ place }: ExportFile): boolean => place?.() !== undefined

/** Of an entry that may be longer than is said, no chunk is known to be all. */
const lengthOf = ({ place, sizeBytes }: ExportFile) =>
  place?.()?.entry?.mayBeLarger ? Number.POSITIVE_INFINITY : sizeBytes

/** State   an outcome for each file, until the import ends. */
export function createStager(options: StageOptions): Stager {
  const { folder, readers, isKnown, signal, onBytes, onAsset } = options
  const outcomes = new Map<ExportFile, Read>()
  const contents = new Map<string, Content>()
  /** Copies of what was there that are being removed. */
  const removing = new Set<Promise<void>>()
  let count = 0

  /** The first of equal contents stays, the others' bytes go. */
  const first = (content: Content): Content => {
    const known = contents.get(content.sha256)
    if (!known) contents.set(content.sha256, content)
    else if (content.staged) {
      // What stays goes with the folder.
      const gone = remove(content.staged)
        .catch(() => {})
        .finally(() => removing.delete(gone))
      removing.add(gone)
    }
    return known ?? content
  }

  const note = (file: ExportFile, outcome: Outcome): void => {
    if ('refused' in outcome) throw Object.assign(new Error(outcome.refused), { code: outcome.code })
    const read = 'flaw' in outcome ? { flaw: outcome.flaw } : { content: first(outcome.content) }
    outcomes.set(file, read)
    onAsset({ file, ...read })
  }

  const targetOf = (number: number) => (folder === null ? null : path.join(folder, String(number)))

  async function byThreads(files: readonly ExportFile[], { read }: Readers): Promise<void> {
    const begin = count
    count += files.length
    const jobAt = (at: number): Job => {
      const file = files[at] as ExportFile
      return { at, place: file.place?.() as BytesPlace, sizeBytes: lengthOf(file), target: targetOf(begin + at) }
    }
    const onOutcome = (outcome: Outcome) => note(files[outcome.at] as ExportFile, outcome)
    await read({ count: files.length, jobAt, onOutcome, onBytes, signal })
  }

  async function byThisThread(files: readonly ExportFile[]): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    const one = async (file: ExportFile) => {
      signal?.throwIfAborted()
      const target = targetOf(count++)
      const tell = (bytes: number) => {
        signal?.throwIfAborted()
        onBytes(bytes)
      }
      const read = await readAssetBytes(() => file.open(), {
        ...{ sizeBytes: lengthOf(file), target, isKnown, onBytes: tell },
      })
      if (!('flaw' in read)) await read.written?.finish()
      note(file, { at: 0, ...read })
    }
    /** After a failure nothing is begun, and what was begun ends first: the caller closes what is being read. */
    await pLimit(atOnce).map(files, async (file) => {
      if (!failure)
        await one(file).catch((error: unknown) => {
          failure ??= { error }
        })
    })
    if (failure) throw failure.error
  }

  return {
    async read(files) {
      signal?.throwIfAborted()
      if (readers) await byThreads(files.filter(isOnDisk), readers)
      await byThisThread(readers ? files.filter((file) => !isOnDisk(file)) : files)
      await Promise.all(removing)
    },
    of: (file) => outcomes.get(file),
    async again(file, sha256) {
      const target = targetOf(count++)
      const read = await readAssetBytes(() => file.open(), { sizeBytes: lengthOf(file), target, onBytes() {} })
      if ('flaw' in read) return undefined
      await read.written?.finish()
      return read.content.sha256 === sha256 ? read.written?.path : undefined
    },
  }
}

/** What became of assets that were all read. */
export function stagingOf(assets: readonly Asset[], { of }: Stager): Staging {
  const staged: StagedAsset[] = []
  const unread: UnreadAsset[] = []
  for (const asset of assets) {
    const read = of(asset.file)
    if (read && 'content' in read) staged.push({ ...asset, content: read.content })
    else if (read) unread.push({ ...asset, flaw: read.flaw })
  }
  return { staged, unread }
}

/** Reads every asset once. */
export async function stageAll(assets: readonly Asset[], options: StageOptions): Promise<Staging> {
  const stager = createStager(options)
  await stager.read(assets.map(({ file }) => file))
  return stagingOf(assets, stager)
}
