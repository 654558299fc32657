import type { ImageExtension } from '../decode/image-bytes.ts'
import { bareId, type FileId, firstSite, type GenerationId, siteOf } from '../sites/ids.ts'

/** Longest file name, in bytes of UTF-8: every common file system takes 255. */
export const maxNameBytes = 200

/** What encrypted file systems take, eCryptfs 143 bytes and others about as many, less the `.xmp` of a sidecar. */
export const shortNameBytes = 138

/** Stands in names for a gen_id that was never told; the record itself says null. */
export const unknownGenId = 'unknown'

/** What a name is made of. */
export interface Nameable {
  readonly fileId: FileId
  readonly genId: GenerationId | null
  readonly prompt: string | null
  readonly createdAt: Date
}

/** The dated folder of a picture, local time: `2023/10/29`. */
export function folderFor(createdAt: Date): string {
  const parts = [createdAt.getFullYear(), createdAt.getMonth() + 1, createdAt.getDate()]
  return parts.map((part, at) => String(part).padStart(at === 0 ? 4 : 2, '0')).join('/')
}

const recordEnding = '.json'

/** The record's name: `<gen_id>-<fileId>.json`. A gen_id may hold dashes, a file id never does. */
export function recordNameFor({ fileId, genId }: Pick<Nameable, 'fileId' | 'genId'>): string {
  return `${recordBeginningFor({ genId })}${bareId(fileId)}${recordEnding}`
}

/**
 * The file id a record's name carries, without its prefix, that of another site with the site's name; undefined when
 * the name is no record's.
 */
export function bareIdInRecordName(name: string): string | undefined {
  // By hand: one expression for all of it tries each dash, and there may be a hundred thousand names.
  const at = name.lastIndexOf('-')
  if (at < 1 || !name.endsWith(recordEnding)) return undefined
  const id = name.slice(at + 1, -recordEnding.length)
  return /^(?:[a-z0-9]+~)?[A-Za-z0-9_]+$/.test(id) ? id : undefined
}

/** How the names of all records of one generation begin. */
export function recordBeginningFor({ genId }: Pick<Nameable, 'genId'>): string {
  return `${genId ?? unknownGenId}-`
}

/** How the names of all images of one generation begin: `unix_time-gen_id`, with the site where it is not ChatGPT. */
export function imageBeginningFor({ createdAt, fileId, genId }: Omit<Nameable, 'prompt'>): string {
  const site = siteOf(fileId) === firstSite ? '' : `${siteOf(fileId)}~`
  return `${Math.floor(createdAt.getTime() / 1000)}-${site}${genId ?? unknownGenId}`
}

/**
 * The image's name: `unix_time-gen_id-beginning_of_prompt.ext`.
 *
 * Shape   letters, marks and digits of every script are kept, each run of anything else becomes one `-`. A prompt that
 *         does not fit is cut between graphemes and ends in `…`. `suffix` goes before the extension.
 * Units   at most `maxBytes` bytes of UTF-8, suffix and extension included.
 */
export function imageNameFor(
  picture: Nameable,
  extension: ImageExtension,
  suffix = '',
  maxBytes = maxNameBytes,
): string {
  const head = imageBeginningFor(picture)
  const tail = `${suffix}.${extension}`
  const words = wordsOf(picture.prompt ?? '')
  if (words === '') return head + tail
  return `${head}-${cut(words, maxBytes - byteLength(`${head}-${tail}`))}${tail}`
}

/** A prompt as part of a file name; what cannot fit is not looked at, for a prompt may have millions of characters. */
function wordsOf(prompt: string): string {
  return prompt
    .slice(0, 8 * maxNameBytes)
    .normalize('NFC')
    .replace(/(?:[^\p{L}\p{M}\p{N}]\p{M}*)+/gu, '-')
    .replace(/^[-\p{M}]+|-+$/gu, '')
}

const ellipsis = '…'
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const byteLength = (text: string) => Buffer.byteLength(text)

function cut(words: string, roomBytes: number): string {
  if (byteLength(words) <= roomBytes) return words
  // No more fits, for each unit takes a byte at least.
  const near = words.slice(0, Math.max(0, roomBytes))
  let left = roomBytes - byteLength(ellipsis)
  let at = 0
  for (const point of near) {
    left -= byteLength(point)
    if (left < 0) break
    at += point.length
  }
  // What does not fit any more takes the rest of its grapheme with it.
  const end = graphemes.segment(near).containing(at)?.index ?? at
  return near.slice(0, end).replace(/-+$/, '') + ellipsis
}
