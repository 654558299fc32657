import { randomUUID } from 'node:crypto'
import type { Era, Message, PretendPicture } from './world.ts'

/** What messages of one turn have in common, with their place in the tree. */
export interface MessageHead {
  readonly era: Era
  readonly id?: string
  readonly parentId: string
  readonly turnId: string
  readonly createdAtS?: number | null
}

const isOld = (era: Era) => era === 'A' || era === 'B'
/** What the image tool is called. */
export const toolName = (era: Era) => (isOld(era) ? 'dalle.text2im' : 't2uay3k.sj1i4kz')

function envelope(head: MessageHead, message: Message, metadata: object = {}): Message {
  return {
    id: head.id ?? randomUUID(),
    create_time: head.createdAtS === undefined ? Date.now() / 1000 : head.createdAtS,
    update_time: null,
    status: 'finished_successfully',
    end_turn: null,
    weight: 1,
    recipient: 'all',
    ...message,
    metadata: {
      parent_id: head.parentId,
      ...(isOld(head.era) ? { message_type: 'next' } : { turn_exchange_id: head.turnId }),
      ...metadata,
    },
  }
}

/** What a person wrote, with the pictures they put beside it. */
export function userMessage(head: MessageHead, text: string, uploads: readonly PretendPicture[] = []): Message {
  const content =
    uploads.length === 0
      ? { content_type: 'text', parts: [text] }
      : { content_type: 'multimodal_text', parts: [...uploads.map((picture) => pointer(picture, {})), text] }
  const attachments = uploads.map((picture) => ({ id: picture.fileId, name: 'reference.png', mime_type: picture.mime }))
  const metadata = uploads.length > 0 ? { attachments } : {}
  return envelope(head, { author: { role: 'user', name: null, metadata: {} }, content }, metadata)
}

/** The model's call of the image tool. */
export function callMessage(head: MessageHead, call: object): Message {
  return envelope(head, {
    author: { role: 'assistant', name: null, metadata: {} },
    content: { content_type: 'code', language: 'unknown', response_format_name: null, text: JSON.stringify(call) },
    recipient: toolName(head.era),
    channel: 'commentary',
  })
}

/** The tool's answer with its pictures, in the shape of their era. */
export function imageMessage(head: MessageHead, pictures: readonly PretendPicture[], more: ImageDetails = {}): Message {
  const parts: unknown[] = pictures.map((picture) => (more.isBare ? barePointer(picture) : generatedPointer(picture)))
  if (more.caption) parts.push(`Model caption: ${more.caption}`)
  return envelope(
    head,
    {
      author: { role: 'tool', name: toolName(head.era), metadata: {} },
      content: { content_type: 'multimodal_text', parts },
      status: more.status ?? 'finished_successfully',
      weight: isOld(head.era) ? 1 : 0,
      channel: null,
    },
    isOld(head.era)
      ? {}
      : { image_gen_title: more.title ?? 'A picture', async_task_type: 'image_gen', ...more.metadata },
  )
}

/** What an image message may have besides its pictures. */
export interface ImageDetails {
  readonly status?: 'in_progress' | 'finished_successfully'
  readonly title?: string
  readonly caption?: string
  /** A pointer whose metadata is empty, as some stored messages have. */
  readonly isBare?: boolean
  readonly metadata?: object
}

/** A message of words alone. */
export function textMessage(
  head: MessageHead,
  role: 'assistant' | 'tool',
  text: string,
  metadata: object = {},
): Message {
  const author = { role, name: role === 'tool' ? toolName(head.era) : null, metadata: {} }
  return envelope(head, { author, content: { content_type: 'text', parts: [text] }, channel: 'final' }, metadata)
}

function generatedPointer(picture: PretendPicture): Message {
  const dalle = {
    gen_id: picture.genId,
    prompt: isOld(picture.era) ? picture.prompt : '',
    seed: picture.seed,
    parent_gen_id: null,
    edit_op: null,
    serialization_title: 'DALL-E generation metadata',
  }
  const generation = {
    gen_id: picture.genId,
    gen_size: 'smimage',
    gen_size_v2: '16',
    seed: null,
    parent_gen_id: null,
    height: picture.size.heightPx,
    width: picture.size.widthPx,
    transparent_background: false,
    serialization_title: 'Image Generation metadata',
  }
  return pointer(picture, isOld(picture.era) ? { dalle } : { dalle, gizmo: null, generation, sanitized: false })
}

const barePointer = (picture: PretendPicture): Message => ({
  content_type: 'image_asset_pointer',
  asset_pointer: addressOf(picture),
  metadata: {},
})

function pointer(picture: PretendPicture, metadata: object): Message {
  return {
    content_type: 'image_asset_pointer',
    asset_pointer: addressOf(picture),
    size_bytes: picture.bytes.length,
    width: picture.size.widthPx,
    height: picture.size.heightPx,
    fovea: isOld(picture.era) ? 512 : null,
    metadata: picture.role === 'upload' ? { dalle: null, gizmo: null, generation: null, sanitized: true } : metadata,
  }
}

const addressOf = ({ fileId }: PretendPicture) =>
  `${fileId.startsWith('file-') ? 'file-service' : 'sediment'}://${fileId}`
