import { countAt, isObject, type Json, listAt, momentAt, objectAt, textAt } from '../../decode/json.ts'
import { maxDepth } from '../../decode/limits.ts'
import { decodePercent } from '../../sites/chatgpt/ids.ts'
import type { ImageFacts } from '../../sites/facts.ts'
import { pointedAt } from './pointers.ts'
import type { Reference, ReferenceKind } from './reference.ts'

/** Marks in the raw text without which a conversation refers to nothing. */
export const referenceMarks = ['file-', 'file_', 'sediment:', 'sandbox:', '_asset_pointer', '"attachments"'].map(
  (mark) => Buffer.from(mark),
)

/**
 * Lists what the messages of a conversation point at, on all branches, in the order of its nodes.
 *
 * Shape   parts, attachments, links in text, browsing assets, screenshots, code-interpreter images, edit lineage and
 *         asset links are read by name; every other pointer found anywhere in a message is a mention.
 * Errors  throws none; what is malformed is passed over.
 * Source  docs/export/references.md
 */
export function referencesOf(conversation: Json, conversationId: string): Reference[] {
  const found: Reference[] = []
  for (const message of messagesOf(conversation)) found.push(...referencesIn(message, conversationId))
  return found
}

/** Every message of every branch; one without an id of its own bears that of its node. */
export function* messagesOf(conversation: Json): Generator<Json> {
  for (const [nodeId, node] of Object.entries(objectAt(conversation, 'mapping'))) {
    if (!isObject(node) || !isObject(node.message)) continue
    yield textAt(node.message, 'id') === null ? { ...node.message, id: nodeId } : node.message
  }
  for (const key of ['messages', 'linear_conversation'])
    for (const one of listAt(conversation, key)) {
      const message = isObject(one) && isObject(one.message) ? one.message : one
      if (isObject(message) && isObject(message.author)) yield message
    }
}

function referencesIn(message: Json, conversationId: string): Reference[] {
  const found = new Map<string, Reference>()
  const base = {
    conversationId,
    messageId: textAt(message, 'id'),
    createdAt: momentAt(message, 'create_time') ?? momentAt(message, 'update_time'),
  }
  const add: Add = (pointer, kind, about = {}) => {
    const target = pointer === null ? undefined : pointedAt(pointer)
    if (pointer === null || (!target && kind !== 'link' && kind !== 'attachment')) return
    const key = target ? `${target.id} ${target.derivative ?? ''}` : pointer
    const known = found.get(key)
    if (known) return enrich(known, kind, about)
    found.set(key, {
      ...base,
      pointer,
      kind: target?.derivative ? 'page' : kind,
      id: target?.id ?? null,
      libraryId: textAt(about, 'library_file_id'),
      account: null,
      derivative: target?.derivative ?? null,
      ...measures(about),
      expiresAt: momentAt(about, 'expiry_datetime'),
      isPlaceholder: isPlaceholder(about),
    })
  }
  readParts(listAt(message.content, 'parts'), add)
  readContent(objectAt(message, 'content'), add)
  readMetadata(objectAt(message, 'metadata'), add)
  readText(message, add)
  mentionsIn(message, 0, add)
  return [...found.values()]
}

/** The mark stands beside the size, or with what is said of the making. */
const isPlaceholder = (about: unknown) =>
  isObject(about) &&
  (about.is_no_auth_placeholder === true || objectAt(about, 'metadata').is_no_auth_placeholder === true)

type Add = (pointer: string | null, kind: ReferenceKind, about?: unknown) => void

function measures(about: unknown) {
  const made = objectAt(objectAt(about, 'metadata'), 'generation')
  const dalle = objectAt(objectAt(about, 'metadata'), 'dalle')
  return {
    sizeBytes: countAt(about, 'size_bytes') ?? countAt(about, 'size'),
    widthPx: countAt(about, 'width'),
    heightPx: countAt(about, 'height'),
    genId: textAt(dalle, 'gen_id') ?? textAt(made, 'gen_id'),
    name: textAt(about, 'name') ?? textAt(about, 'file_name'),
  }
}

/** The same file named twice in one message, as a part and as an attachment, is one reference that knows more. */
function enrich(known: Reference, kind: ReferenceKind, about: unknown) {
  const more = measures(about)
  known.sizeBytes ??= more.sizeBytes
  known.widthPx ??= more.widthPx
  known.heightPx ??= more.heightPx
  known.genId ??= more.genId
  known.name ??= more.name
  if (known.kind === 'mention') known.kind = kind
}

function readParts(parts: readonly unknown[], add: Add) {
  for (const part of parts) {
    if (!isObject(part)) continue
    if (part.content_type === 'real_time_user_audio_video_asset_pointer') readRealTime(part, add)
    else add(textAt(part, 'asset_pointer'), kindOfPart(part.content_type), part)
  }
}

function kindOfPart(contentType: unknown): ReferenceKind {
  if (contentType === 'audio_asset_pointer') return 'audio'
  return contentType === 'video_container_asset_pointer' ? 'video' : 'upload'
}

function readRealTime(part: Json, add: Add) {
  const audio = objectAt(part, 'audio_asset_pointer')
  add(textAt(audio, 'asset_pointer'), 'audio', { expiry_datetime: part.expiry_datetime, ...audio })
  const video = objectAt(part, 'video_container_asset_pointer')
  add(textAt(video, 'asset_pointer'), 'video', video)
  for (const frame of listAt(part, 'frames_asset_pointers')) add(pointerIn(frame), 'frame', frame)
}

/** A list may hold pointers, or objects that each hold one. */
const pointerIn = (one: unknown) => (typeof one === 'string' ? one : textAt(one, 'asset_pointer'))

function readContent(content: Json, add: Add) {
  for (const asset of listAt(content, 'assets')) add(pointerIn(asset), 'screenshot', asset)
  const screenshot = objectAt(content, 'screenshot')
  add(textAt(screenshot, 'asset_pointer'), 'screenshot', screenshot)
}

function readMetadata(metadata: Json, add: Add) {
  for (const attachment of listAt(metadata, 'attachments')) {
    const id = textAt(attachment, 'id') ?? textAt(attachment, 'file_id')
    const isNamed = id !== null && pointedAt(id) !== undefined
    const other = textAt(attachment, 'library_file_id') ?? textAt(attachment, 'name')
    add(isNamed ? id : other, 'attachment', attachment)
  }
  const result = objectAt(metadata, 'aggregate_result')
  for (const one of listAt(result, 'messages')) add(textAt(one, 'image_url'), 'plot', one)
  for (const one of listAt(result, 'jupyter_messages')) {
    const data = objectAt(objectAt(one, 'content'), 'data')
    for (const key of Object.keys(data))
      if (key.startsWith('image/vnd.openai.fileservice')) add(textAt(data, key), 'plot', one)
  }
}

const linkForm =
  /!?\[[^\]]{0,300}\]\(((?:file-service|sediment):\/\/[^)\s]{1,200}|sandbox:\/mnt\/data\/[^)\n"]{1,300}?)(?:\s+"[^"\n]*")?\)/g

const placeholderForm = /\{\{file:(file[-_][A-Za-z0-9]{6,64})\}\}/g

/**
 * Links in what was written: `![…](file-service://…)`, `[…](sandbox:/mnt/data/plot.png)`, and `{{file:file-…}}`, which
 * stands where the site showed a file.
 */
function readText(message: Json, add: Add) {
  const content = objectAt(message, 'content')
  const texts = [...listAt(content, 'parts'), content.text].filter((text) => typeof text === 'string')
  for (const text of texts) {
    for (const [, target = ''] of text.matchAll(linkForm)) add(target, 'link', { name: nameInLink(target) })
    for (const [, id = ''] of text.matchAll(placeholderForm)) add(id, 'link')
  }
}

const nameInLink = (link: string) => (link.startsWith('sandbox:') ? decodePercent(link.split('/').at(-1) ?? '') : null)

const lineageKeys = new Set(['original_file_id', 'mask_file_id'])

/** Any other string shaped like a pointer, wherever it stands. */
function mentionsIn(value: unknown, depth: number, add: Add) {
  if (depth > maxDepth || typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string') {
      if (inner.length < 300 && /^(?:file-service|sediment):\/\//.test(inner)) add(inner, 'mention')
      else if (/(?:^|_)file_id$/.test(key) && pointedAt(inner)) add(inner, lineageKeys.has(key) ? 'lineage' : 'mention')
    } else mentionsIn(inner, depth + 1, add)
  }
}

/** The facts know which images were generated: their references say so too. */
export function markGenerated(references: readonly Reference[], facts: ReadonlyMap<string, ImageFacts>) {
  for (const reference of references) {
    const known = reference.id !== null && reference.derivative === null ? facts.get(reference.id) : undefined
    if (!known) continue
    if (reference.kind !== 'lineage') reference.kind = 'generated'
    reference.sizeBytes ??= known.sizeBytes
    reference.genId ??= known.genId
  }
}
