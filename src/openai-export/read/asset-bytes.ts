import { createHash } from 'node:crypto'
import { beginStaged, type StagedFile } from '../../archive/staged-file.ts'
import { messageOf } from '../../errors.ts'
import type { Content } from './assets.ts'
import { fileTypeOf, isWholeImage } from './file-types.ts'

/** What is to be done with the bytes of an asset. */
export interface ReadingOptions {
  /** Its length as listed: a chunk of that length is all of it. Infinite where it may be longer. */
  readonly sizeBytes: number
  /** Where they shall wait for their name; null when nothing is to be written. */
  readonly target: string | null
  /** Whether the archive has these bytes already: then they are not written. */
  readonly isKnown?: ((sha256: string) => boolean) | undefined
  onBytes(count: number): void
}

/** What the bytes are, and the file they were written to, if they were, which is still to be finished. */
export interface BytesRead {
  readonly content: Content
  readonly written: StagedFile | undefined
}

/** Why the export cannot give the bytes. */
interface Flawed {
  readonly flaw: string
}

/** The longest chunk: what fits in one is hashed before it is written. */
export const largestPassingBytes = 4 * 1024 * 1024

/**
 * Reads the bytes of an asset: hashes them, finds their type, and writes them where they wait for their name.
 *
 * Shape   a chunk may be overwritten by the next. Where some bytes are known, those that come in several chunks are
 *         read twice, unless they are known: nothing is written in vain.
 * Errors  what the export cannot give is a flaw; what the disk refuses is thrown. Nothing stays written then.
 */
export async function readAssetBytes(
  open: () => AsyncIterable<Uint8Array>,
  options: ReadingOptions,
): Promise<BytesRead | Flawed> {
  const { target, sizeBytes, isKnown } = options
  if (!isKnown || target === null || sizeBytes <= largestPassingBytes) return readOnce(open, options)
  const looked = await readOnce(open, { ...options, target: null })
  if ('flaw' in looked || isKnown(looked.content.sha256)) return looked
  return readOnce(open, { ...options, isKnown: undefined, onBytes() {} })
}

async function readOnce(open: () => AsyncIterable<Uint8Array>, options: ReadingOptions): Promise<BytesRead | Flawed> {
  const { target, sizeBytes, isKnown, onBytes } = options
  const summary = createSummary()
  let written: StagedFile | undefined
  let flaw: string | undefined
  let [isAll, isUnwanted] = [false, target === null]
  const source = async function* () {
    try {
      for await (const chunk of open()) {
        if (isAll) throw new Error('it became longer while it was read')
        yield chunk
      }
    } catch (error) {
      flaw = messageOf(error)
      throw error
    }
  }
  try {
    for await (const chunk of source()) {
      isAll = summary.bytes() === 0 && chunk.length === sizeBytes
      summary.add(chunk, isAll)
      onBytes(chunk.length)
      isUnwanted ||= isAll && isKnown?.(summary.sha256()) === true
      if (isUnwanted || target === null) continue
      written ??= beginStaged(target)
      written.write(chunk)
    }
    // Nothing at all is a file, too.
    if (!isUnwanted && target !== null) written ??= beginStaged(target)
  } catch (error) {
    written?.discard()
    if (flaw === undefined) throw error
    return { flaw }
  }
  return { content: { ...summary.content(), staged: written?.path ?? null }, written }
}

/** The type and the pixels stand near the beginning, behind Content Credentials at most. */
const headBytes = 256 * 1024
/** Where an image's end mark stands; some programs write a few bytes behind it. */
const tailBytes = 1_024

/** Hash, length, beginning and end of bytes that pass by, and what these show. */
function createSummary() {
  const hash = createHash('sha256')
  let [head, tail]: [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()]
  let bytes = 0
  return {
    bytes: () => bytes,
    /** Of what has passed so far. */
    sha256: () => hash.copy().digest('hex'),
    /** What comes after `isAll` is nothing, so that no part of it need be copied. */
    add(chunk: Uint8Array, isAll: boolean) {
      hash.update(chunk)
      bytes += chunk.length
      const [first, last] = [chunk.subarray(0, headBytes - head.length), chunk.subarray(-tailBytes)]
      head = isAll ? first : joined(head, first)
      tail = isAll ? last : joined(tail, last).subarray(-tailBytes)
    },
    content(): Omit<Content, 'staged'> {
      const [beginning, end] = [asBuffer(head), asBuffer(tail)]
      const isSigned = beginning.includes('c2pa') || beginning.includes('C2PA')
      const type = fileTypeOf(beginning)
      const isWhole = isWholeImage(type.extension, beginning, end, bytes)
      return { ...type, isWhole, sha256: hash.digest('hex'), bytes, isSigned }
    },
  }
}

const joined = (one: Uint8Array, other: Uint8Array) => (other.length > 0 ? Buffer.concat([one, other]) : one)
const asBuffer = ({ buffer, byteOffset, length }: Uint8Array) => Buffer.from(buffer, byteOffset, length)
