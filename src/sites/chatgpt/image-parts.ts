import { countAt, isObject, type Json, listAt, objectAt, parseJson, textAt } from '../../decode/json.ts'

/** The parts of a message that are pictures, each with its index among all parts. */
export function imagePartsOf(message: Json): (readonly [index: number, part: Json])[] {
  const parts = [...listAt(message.content, 'parts').filter(isObject), ...responseItems(message)]
  return [...parts.entries()].filter(([, part]) => part.content_type === 'image_asset_pointer')
}

/**
 * Images of the desktop client's form: a list of items as JSON in an assistant's text, the finished ones with a pointer
 * as `result`. They are given the form of ordinary parts.
 */
function responseItems(message: Json): Json[] {
  if (textAt(message.author, 'role') !== 'assistant') return []
  const texts = listAt(message.content, 'parts').filter((part) => typeof part === 'string')
  return texts
    .filter((text) => text.trimStart().startsWith('[{') && text.includes('"image_generation_call"'))
    .flatMap((text) => [parseJson(text)].flat())
    .filter(isObject)
    .filter((item) => item.type === 'image_generation_call' && item.status === 'completed')
    .map((item) => ({
      content_type: 'image_asset_pointer',
      asset_pointer: textAt(item, 'result')?.slice(0, 200),
      metadata: { generation: { gen_id: textAt(item, 'gen_id') } },
      isResponseItem: true,
    }))
}

/** Names the image tool has had; they count only for an image that a tool sent. */
const generatorName = /^(dalle\b|image_?gen|t2uay3k\.)/

/** Generated, uploaded or unknown: the decision table of docs/wire/messages.md. */
export function originOf(message: Json, part: Json): 'generated' | 'uploaded' | 'unknown' {
  const [role, name] = [textAt(message.author, 'role'), textAt(message.author, 'name')]
  const metadata = objectAt(part, 'metadata')
  const hasGenId = textAt(metadata.dalle, 'gen_id') !== null || textAt(metadata.generation, 'gen_id') !== null
  if (role === 'user') return 'uploaded'
  const marks = objectAt(message, 'metadata')
  const isMarked = marks.async_task_type === 'image_gen' || 'image_gen_title' in marks || 'image_gen_task_id' in marks
  // Such a list is text, and text a model can be talked into: only the site's own marks beside it count.
  if (part.isResponseItem === true) return isMarked ? 'generated' : 'unknown'
  if (hasGenId || ((role === 'tool' || role === 'assistant') && isMarked)) return 'generated'
  if (metadata.sanitized === true && !isObject(metadata.dalle) && !isObject(metadata.generation)) return 'uploaded'
  if (role !== 'tool') return 'unknown'
  return generatorName.test(name ?? '') || isObject(metadata.generation) ? 'generated' : 'unknown'
}

/**
 * Whether an image is not final yet. No single mark is reliable, so any that says "not yet" makes it a preview until
 * its turn has ended. A stored message has no such end (`hasEnd` is false); there a finished status decides alone.
 */
export function isPreview(message: Json, part: Json, hasEnd: boolean): boolean {
  if (message.status === 'in_progress') return true
  if (message.status === 'finished_successfully' && !hasEnd) return false
  const ghostrider = objectAt(message.metadata, 'ghostrider')
  if (ghostrider.status === 'intermediate' || objectAt(message, 'metadata').ghostrider_status === 'intermediate') {
    return true
  }
  const painted = countAt(objectAt(part.metadata, 'generation'), 'height')
  const height = countAt(part, 'height')
  return painted !== null && height !== null && painted < height
}

/** The id of the generation a picture came from. */
export const genIdOf = (part: Json) => {
  const metadata = objectAt(part, 'metadata')
  return textAt(metadata.dalle, 'gen_id') ?? textAt(metadata.generation, 'gen_id')
}

/** The caption behind a picture, which belongs to it rather than to the pictures before. */
export const captionAfter = (part: Json, parts: readonly unknown[]) =>
  captionAmong(parts.slice(parts.indexOf(part) + 1))

const captionStart = 'Model caption:'

/** The first caption among parts of a message. */
export function captionAmong(parts: readonly unknown[]): string | null {
  const caption = parts.find((part) => typeof part === 'string' && part.startsWith(captionStart))
  return typeof caption === 'string' ? caption.slice(captionStart.length).trim() || null : null
}
