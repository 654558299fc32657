import { format } from 'date-fns/format'
import type { ImageExtension } from '../decode/image-bytes.ts'
import { bareId, type FileId, firstSite, type GenerationId, siteOf } from '../sites/ids.ts'

/** Longest file name, in bytes of UTF-8: every common file system takes 255. */
export const maxNameBytes = 200

/** What encrypted file systems take, eCryptfs 143 bytes and others about as many, with room for the `.xmp` of a sidecar. */
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
  return format(createdAt, 'yyyy/MM/dd')
}

/** The record's name: `<gen_id>-<fileId>.json`. A gen_id may hold dashes, a file id never does. */
export function recordNameFor({ fileId, genId }: Pick<Nameable, 'fileId' | 'genId'>): string {
  return `${recordBeginningFor({ genId })}${bareId(fileId)}.json`
}

/**
 * The file id a record's name carries, without its prefix, that of another site with the site's name; undefined when
 * the name is no record's.
 */
export function bareIdInRecordName(name: string): string | undefined {
  return /^.+-((?:[a-z0-9]+~)?[A-Za-z0-9_]+)\.json$/.exec(name)?.[1]
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
  let kept = ''
  let left = roomBytes - byteLength(ellipsis)
  // A grapheme has no upper length, but none that fits is longer than the room.
  for (const { segment } of graphemes.segment(words.slice(0, roomBytes))) {
    left -= byteLength(segment)
    if (left < 0) break
    kept += segment
  }
  return kept.replace(/-+$/, '') + ellipsis
}
