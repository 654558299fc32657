import { createHash } from 'node:crypto'
import path from 'node:path'
import { remove, stage } from '../../archive/files.ts'
import { messageOf } from '../../errors.ts'
import type { Content, Medium } from './assets.ts'
import { fileTypeOf, isWholeImage } from './file-types.ts'

export interface StageOptions {
  /** Where bytes wait for their names; null when nothing is to be written. */
  readonly folder: string | null
  onBytes(count: number): void
  onFile(medium: Medium): void
  readonly signal: AbortSignal | undefined
}

/** Enough to read while others are written and flushed. */
const atOnce = 8
/** The type and the pixels stand near the beginning, behind Content Credentials at most. */
const headBytes = 256 * 1024
/** Where an image's end mark stands; some programs write a few bytes behind it. */
const tailBytes = 1_024

/**
 * Reads every medium once: hashes it, looks what it is, and writes it where it waits for its name. Of equal contents one is
 * written.
 *
 * Errors  a medium that cannot be read has its `flaw` set, and the others go on; rejects only when stopped or when the disk
 *         refuses.
 */
export async function stageAll(media: readonly Medium[], options: StageOptions): Promise<void> {
  const contents = new Map<string, Content>()
  let next = 0
  let failure: { readonly error: unknown } | undefined
  const one = async (medium: Medium, name: string) => {
    options.signal?.throwIfAborted()
    const content = await read(medium, options, name)
    if (content) medium.content = await settle(content, contents)
    options.onFile(medium)
  }
  /** After a failure nothing is begun, and what was begun ends first: the caller closes what is being read. */
  const work = async () => {
    while (!failure) {
      const at = next++
      const medium = media[at]
      if (!medium) return
      await one(medium, String(at)).catch((error: unknown) => {
        failure ??= { error }
      })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  if (failure) throw failure.error
}

/** The first of equal contents stays, the others' bytes go. */
async function settle(content: Content, contents: Map<string, Content>): Promise<Content> {
  const known = contents.get(content.sha256)
  if (!known) contents.set(content.sha256, content)
  else if (content.staged) await remove(content.staged)
  return known ?? content
}

async function read(medium: Medium, options: StageOptions, name: string): Promise<Content | undefined> {
  const hash = createHash('sha256')
  const head: Uint8Array[] = []
  let bytes = 0
  let headLength = 0
  let tail = Buffer.alloc(0)
  const onChunk = (chunk: Uint8Array) => {
    options.signal?.throwIfAborted()
    hash.update(chunk)
    bytes += chunk.length
    options.onBytes(chunk.length)
    tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes)
    if (headLength >= headBytes) return
    head.push(chunk.subarray(0, headBytes - headLength))
    headLength += chunk.length
  }
  const staged = options.folder === null ? null : path.join(options.folder, name)
  let isRead = false
  /** What the export cannot give is the medium's flaw; what the disk refuses is everybody's. */
  const source = async function* () {
    try {
      yield* medium.file.open()
      isRead = true
    } catch (error) {
      medium.flaw = messageOf(error)
      throw error
    }
  }
  try {
    if (staged === null) for await (const chunk of source()) onChunk(chunk)
    else await stage(staged, source(), onChunk)
  } catch (error) {
    if (medium.flaw === null || isRead) throw error
    return undefined
  }
  const beginning = Buffer.concat(head)
  const isSigned = beginning.includes('c2pa') || beginning.includes('C2PA')
  const type = fileTypeOf(beginning)
  const isWhole = isWholeImage(type.extension, beginning, tail, bytes)
  return { ...type, isWhole, sha256: hash.digest('hex'), bytes, isSigned, staged }
}
