import { countAt, isObject, type Json, listAt, momentAt, numberAt, shapeOf, textAt } from '../../decode/json.ts'
import { type Oddity, oddity } from '../../decode/oddity.ts'
import type { ImageFacts, PromptSource } from '../facts.ts'
import { type Findings, nothingFound } from '../findings.ts'
import { parseGenerationId } from '../ids.ts'
import { parsePointer } from './ids.ts'

/** Whether a value is a page of the image library: items that are generations. */
export function isLibraryListing(value: unknown): value is Json {
  const isOurs = (item: Json) => 'generation_id' in item || 'asset_pointer' in item || 'generation_type' in item
  return listAt(value, 'items').filter(isObject).some(isOurs)
}

/**
 * Reads a page of the image library.
 *
 * Shape   `{ items: [{ asset_pointer?, url, width, height, recreation_prompt?, caption?, title?, conversation_id,
 *         message_id, created_at }], cursor }`. An item without a pointer is named by the `id` in its url. Its
 *         `generation_id` (`s_…`) is an id of the library and not known to be the picture's gen_id.
 * Units   created_at is in Unix seconds.
 * Errors  throws none. An item that names no file: oddity "image-without-pointer"; the others are still listed.
 * Source  docs/wire/library.md; recording recent-image-gen-sanitized-2026-05.json
 */
export function decodeLibraryListing(listing: Json): Findings {
  const facts: ImageFacts[] = []
  const oddities: Oddity[] = []
  for (const item of listAt(listing, 'items').filter(isObject)) {
    if (item.output_blocked === true || !isGeneration(item)) continue
    const fact = factsOf(item)
    if (fact) facts.push(fact)
    else oddities.push(oddity('image-without-pointer', `library item, keys ${shapeOf(item)}`))
  }
  return { ...nothingFound, facts, oddities }
}

/** Listings of the library also show uploads and files of connected drives, which are none of ours. */
function isGeneration(item: Json): boolean {
  const type = textAt(item, 'generation_type')
  return type === null ? 'generation_id' in item || item.kind === 'media_generation' : type === 'image_gen'
}

function factsOf(item: Json): ImageFacts | undefined {
  const pointer = parsePointer(textAt(item, 'asset_pointer') ?? idInUrl(textAt(item, 'url')))
  if (!pointer || pointer.isDerivative) return undefined
  const createdAt = momentAt(item, 'created_at')
  return {
    fileId: pointer.fileId,
    genId: parseGenerationId(textAt(item, 'gen_id')),
    ...promptOf(item),
    seed: numberAt(item, 'seed'),
    createdAt,
    dateSource: createdAt ? 'library' : null,
    widthPx: countAt(item, 'width'),
    heightPx: countAt(item, 'height'),
    sizeBytes: countAt(item, 'size_bytes'),
    conversationId: textAt(item, 'conversation_id'),
    conversationTitle: null,
    messageId: textAt(item, 'message_id'),
    parentGenId: null,
    editOp: null,
    channel: 'library',
  }
}

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

function idInUrl(url: string | null): string {
  if (!url || !URL.canParse(url)) return ''
  const { pathname, searchParams } = new URL(url)
  return (
    searchParams.get('id') ?? /^\/(?:files\/)?(file[-_][A-Za-z0-9_]+|[0-9a-f-]{36}(?=\/raw))/i.exec(pathname)?.[1] ?? ''
  )
}
