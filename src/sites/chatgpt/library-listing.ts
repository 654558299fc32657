import { countAt, isObject, type Json, listAt, momentAt, numberAt, shapeOf, textAt } from '../../decode/json.ts'
import { type Oddity, oddity } from '../../decode/oddity.ts'
import { type ImageFacts, type PromptSource, unsaidFacts } from '../facts.ts'
import { type Findings, nothingFound } from '../findings.ts'
import { type FileId, parseGenerationId } from '../ids.ts'
import { parsePointer } from './ids.ts'

/** Whether a value is a page of the image library: items that are generations, or files of the Library of 2026. */
export function isLibraryListing(value: unknown): value is Json {
  const isOurs = (item: Json) =>
    'generation_id' in item || 'asset_pointer' in item || 'generation_type' in item || isLibraryFile(item)
  return listAt(value, 'items').filter(isObject).some(isOurs)
}

/** A file of the Library, which holds uploads and all else beside generated pictures. */
const isLibraryFile = (item: Json) => 'file_id' in item && 'library_file_category' in item

/**
 * Reads a page of the image library.
 *
 * Shape   `{ items: [{ asset_pointer?, url, width, height, recreation_prompt?, caption?, title?, conversation_id,
 *         message_id, created_at }], cursor }`. An item without a pointer is named by the `id` in its url. Its
 *         `generation_id` (`s_…`) is an id of the library and not known to be the picture's gen_id.
 *         A file of the Library of 2026 is `{ id: "libfile_…", file_id, library_file_category,
 *         image_gen_generation_id?, origination_thread_id, origination_message_id, file_size_bytes, created_at or
 *         record_creation_time }`: with a generation's id it is a generated picture, without one nothing is known of
 *         it.
 * Units   created_at is in Unix seconds, or as ISO text.
 * Errors  throws none. An item that names no file: oddity "image-without-pointer"; the others are still listed. Images
 *         that the Library does not say to be generated, and nobody else did: oddity "library-image-of-unknown-origin".
 * Source  docs/wire/library.md; recording recent-image-gen-sanitized-2026-05.json
 */
export function decodeLibraryListing(listing: Json, isGenerated: (fileId: FileId) => boolean): Findings {
  const facts: ImageFacts[] = []
  const oddities: Oddity[] = []
  const items = listAt(listing, 'items').filter(isObject)
  const isUnexplained = (item: Json) => {
    const fileId = parsePointer(textAt(item, 'file_id') ?? '')?.fileId
    return isLibraryFile(item) && isMadeImage(item) && fileId !== undefined && !isGenerated(fileId)
  }
  const unexplained = items.filter(isUnexplained).length
  if (unexplained > 0) oddities.push(oddity('library-image-of-unknown-origin', openTheirConversations(unexplained)))
  for (const item of items) {
    if (item.output_blocked === true || !isGeneration(item)) continue
    const fact = factsOf(item)
    if (fact) facts.push(fact)
    else oddities.push(oddity('image-without-pointer', `library item, keys ${shapeOf(item)}`))
  }
  return { ...nothingFound, facts, oddities }
}

const openTheirConversations = (count: number) =>
  `${count} ${count === 1 ? 'image does' : 'images do'} not say whether they were generated; open their conversations`

/** An image that a message of a conversation made, but the Library does not say how. */
const isMadeImage = (item: Json) =>
  textAt(item, 'image_gen_generation_id') === null &&
  item.library_file_category === 'image' &&
  (item.library_artifact_type === 'image' || textAt(item, 'origination_message_id') !== null)

/** Listings of the library also show uploads and files of connected drives, which are none of ours. */
export function isGeneration(item: Json): boolean {
  if (isLibraryFile(item)) return textAt(item, 'image_gen_generation_id') !== null
  const type = textAt(item, 'generation_type')
  return type === null ? 'generation_id' in item || item.kind === 'media_generation' : type === 'image_gen'
}

function factsOf(item: Json): ImageFacts | undefined {
  const pointer = parsePointer(textAt(item, 'asset_pointer') ?? textAt(item, 'file_id') ?? textAt(item, 'url') ?? '')
  if (!pointer || pointer.isDerivative) return undefined
  const createdAt = momentOf(item)
  return {
    ...unsaidFacts(pointer.fileId, 'library'),
    genId: parseGenerationId(textAt(item, 'gen_id')),
    ...promptOf(item),
    seed: numberAt(item, 'seed'),
    createdAt,
    dateSource: createdAt ? 'library' : null,
    widthPx: countAt(item, 'width'),
    heightPx: countAt(item, 'height'),
    sizeBytes: countAt(item, 'size_bytes') ?? countAt(item, 'file_size_bytes'),
    conversationId: textAt(item, 'conversation_id') ?? textAt(item, 'origination_thread_id'),
    messageId: textAt(item, 'message_id') ?? textAt(item, 'origination_message_id'),
  }
}

/** When an item was made; files of the Library say it by another name than generations. */
export const momentOf = (item: Json): Date | null =>
  momentAt(item, 'created_at') ?? momentAt(item, 'record_creation_time') ?? momentAt(item, 'file_upload_time')

function promptOf(item: Json): { prompt: string | null; promptSource: PromptSource | null } {
  const choices: [PromptSource, string | null][] = [
    ['dalle', textAt(item, 'prompt')],
    ['library-recreation', textAt(item, 'recreation_prompt')],
    ['library-caption', textAt(item, 'caption')],
    ['library-title', textAt(item, 'title')],
  ]
  const found = choices.find(([, prompt]) => prompt)
  return { prompt: found?.[1] ?? null, promptSource: found?.[0] ?? null }
}
