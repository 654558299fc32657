import { createHash } from 'node:crypto'
import path from 'node:path'
import pLimit from 'p-limit'
import { remove, stage } from '../../archive/files.ts'
import { messageOf } from '../../errors.ts'
import type { Asset, Content, StagedAsset, UnreadAsset } from './assets.ts'
import { fileTypeOf, isWholeImage } from './file-types.ts'

export interface StageOptions {
  /** Where bytes wait for their names; null when nothing is to be written. */
  readonly folder: string | null
  onBytes(count: number): void
  /** Called for each asset once it was read, or could not be. */
  onAsset(asset: StagedAsset | UnreadAsset): void
  readonly signal: AbortSignal | undefined
}

/** All assets, in the order they were listed. */
export interface Staging {
  readonly staged: readonly StagedAsset[]
  readonly unread: readonly UnreadAsset[]
}

/** Enough to read while others are written and flushed. */
const atOnce = 8

/**
 * Reads every asset once: hashes it, finds its type, and writes it where it waits for its name. Equal contents are
 * written once.
 *
 * Errors  an asset that cannot be read is among the `unread`, and the others go on; rejects only when stopped or when
 *         the disk refuses.
 */
export async function stageAll(assets: readonly Asset[], options: StageOptions): Promise<Staging> {
  const contents = new Map<string, Content>()
  let failure: { readonly error: unknown } | undefined
  const one = async (asset: Asset, name: string) => {
    options.signal?.throwIfAborted()
    const read = await readAsset(asset, options, name)
    const outcome = 'flaw' in read ? read : { ...read, content: await dedupe(read.content, contents) }
    options.onAsset(outcome)
    return outcome
  }
  const limit = pLimit(atOnce)
  /** After a failure nothing is begun, and what was begun ends first: the caller closes what is being read. */
  const outcomes = await limit.map(assets, async (asset, at) => {
    if (failure) return undefined
    return one(asset, String(at)).catch((error: unknown) => {
      failure ??= { error }
      return undefined
    })
  })
  if (failure) throw failure.error
  const done = outcomes.filter((outcome) => outcome !== undefined)
  return {
    staged: done.filter((outcome) => 'content' in outcome),
    unread: done.filter((outcome) => 'flaw' in outcome),
  }
}

/** The first of equal contents stays, the others' bytes go. */
async function dedupe(content: Content, contents: Map<string, Content>): Promise<Content> {
  const known = contents.get(content.sha256)
  if (!known) contents.set(content.sha256, content)
  else if (content.staged) await remove(content.staged)
  return known ?? content
}

async function readAsset(asset: Asset, options: StageOptions, name: string): Promise<StagedAsset | UnreadAsset> {
  const summary = createContentSummary()
  const onChunk = (chunk: Uint8Array) => {
    options.signal?.throwIfAborted()
    summary.add(chunk)
    options.onBytes(chunk.length)
  }
  const staged = options.folder === null ? null : path.join(options.folder, name)
  let flaw: string | undefined
  /** What the export cannot give is the asset's flaw; what the disk refuses stops the import. */
  const source = async function* () {
    try {
      yield* asset.file.open()
    } catch (error) {
      flaw = messageOf(error)
      throw error
    }
  }
  try {
    if (staged === null) for await (const chunk of source()) onChunk(chunk)
    else await stage(staged, source(), onChunk)
  } catch (error) {
    if (flaw === undefined) throw error
    return { ...asset, flaw }
  }
  return { ...asset, content: summary.content(staged) }
}

/** The type and the pixels stand near the beginning, behind Content Credentials at most. */
const headBytes = 256 * 1024
/** Where an image's end mark stands; some programs write a few bytes behind it. */
const tailBytes = 1_024

/** Hash, length, beginning and end of bytes that pass by, and what these show. */
function createContentSummary() {
  const hash = createHash('sha256')
  const head: Uint8Array[] = []
  let [bytes, headLength] = [0, 0]
  let tail = Buffer.alloc(0)
  return {
    add(chunk: Uint8Array) {
      hash.update(chunk)
      bytes += chunk.length
      tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes)
      if (headLength >= headBytes) return
      head.push(chunk.subarray(0, headBytes - headLength))
      headLength += chunk.length
    },
    content(staged: string | null): Content {
      const beginning = Buffer.concat(head)
      const isSigned = beginning.includes('c2pa') || beginning.includes('C2PA')
      const type = fileTypeOf(beginning)
      const isWhole = isWholeImage(type.extension, beginning, tail, bytes)
      return { ...type, isWhole, sha256: hash.digest('hex'), bytes, isSigned, staged }
    },
  }
}
