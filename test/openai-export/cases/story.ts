import { createHash } from 'node:crypto'
import type { PictureRecord } from '../../../src/archive/records.ts'
import type { MatchLine, Reason, Reference, Want } from '../score.ts'
import { jpeg, type Media, type MediaWish, pdf, png, wav, webp } from './media.ts'
import type { Entry, Pack } from './pack.ts'

/** What the archive holds after an import. */
export interface Outcome {
  readonly archivePath: string
  /** Every file of the archive, relative with `/`, with its sha256. */
  readonly files: ReadonlyMap<string, string>
  readonly lines: readonly MatchLine[]
  readonly records: readonly { readonly path: string; readonly record: PictureRecord & { source: unknown } }[]
  readonly importIds: readonly string[]
  /** What lies beside the archive and the inputs, which nobody may have written. */
  readonly strays: readonly string[]
}

/** A picture that must be archived, with what its record must say; what is undefined is not looked at. */
export interface PictureTruth {
  readonly sha256: string
  readonly fileId?: string
  readonly genId?: string | null
  readonly prompt?: string | null
  readonly promptSource?: string | null
  readonly seed?: number | null
  /** Unix seconds. */
  readonly date?: number
  readonly conversationId?: string | null
  readonly conversationTitle?: string | null
  readonly messageId?: string | null
  readonly parentGenId?: string
  readonly editOp?: string
  readonly extension?: string
}

/** A small fictional export with what is true of it. */
export interface ExportCase {
  readonly name: string
  readonly packs: readonly Pack[]
  readonly references: readonly Reference[]
  readonly pictures: readonly PictureTruth[]
  /** Contents that are no generated pictures. */
  readonly notPictures: readonly string[]
  /** Contents that must rest in the archive, once each. */
  readonly keeps: readonly string[]
  /** Contents that must not be in the archive at all. */
  readonly avoids: readonly string[]
  /** Where the stored copy of a content must lie. */
  readonly places: readonly { readonly sha256: string; readonly pattern: RegExp }[]
  readonly options: { readonly onlyGenerated?: boolean; readonly isDryRun?: boolean; readonly profile?: string }
  /** The truth holds only while all files stay together in one input. */
  readonly isWhole: boolean
  readonly before: ((archivePath: string, inputs: string) => Promise<void>) | undefined
  readonly after: ((outcome: Outcome) => void | Promise<void>) | undefined
}

export interface Message {
  readonly id: string
  readonly nodeId: string
  /** Unix seconds. */
  readonly at: number
}

export interface Saying {
  readonly role?: 'user' | 'assistant' | 'tool' | 'system'
  readonly name?: string
  readonly text?: string
  readonly parts?: readonly unknown[] | null
  /** Instead of text or parts. */
  readonly content?: unknown
  readonly metadata?: Record<string, unknown>
  readonly recipient?: string
  readonly id?: string
  readonly nodeId?: string
  /** Node it follows; the last one if not said. */
  readonly after?: Message | null
  readonly at?: number | null
  /** Further keys of the message. */
  readonly more?: Record<string, unknown>
}

export interface Chat {
  readonly id: string
  readonly title: string
  say(saying: Saying): Message
  asks(text: string, after?: Message): Message
  answers(text: string, after?: Message): Message
  /** As the export holds it; `more` replaces keys. */
  json(more?: Record<string, unknown>): Record<string, unknown>
}

export type Story = ReturnType<typeof createStory>

/** Names a case; it is told when it is needed. */
export const define = (name: string, tell: (story: Story) => void): { name: string; tell: () => ExportCase } => ({
  name,
  tell() {
    const story = createStory(name)
    tell(story)
    return story.end()
  },
})
export type CaseMaker = ReturnType<typeof define>

// ─── right answers ───

/** The file, found. */
export const found = (media: Media, more: { statuses?: MatchLine['status'][]; rules?: string[] } = {}): Want => ({
  kind: 'file',
  sha256: media.sha256,
  ...more,
})
export const foundExactly = (media: Media, ...rules: string[]): Want =>
  found(media, { statuses: ['exact'], ...(rules.length > 0 && { rules }) })
export const foundProbably = (media: Media, ...rules: string[]): Want =>
  found(media, { statuses: ['probable'], ...(rules.length > 0 && { rules }) })
export const missing = (...reasons: Reason[]): Want => ({ kind: 'missing', reasons })
export const notInExport = missing('not_in_export')
export const oneOf = (among: readonly Media[], ...reasons: Reason[]): Want => ({
  kind: 'choice',
  among: among.map((media) => media.sha256),
  ...(reasons.length > 0 && { reasons }),
})

// ─── parts of messages ───

interface PartMore {
  readonly size_bytes?: number | null
  readonly width?: number | null
  readonly height?: number | null
  readonly metadata?: unknown
  readonly [key: string]: unknown
}

/** An image pointer that says of a file what the export says of it. */
export function imagePart(pointer: string, media: Media | null, more: PartMore = {}): Record<string, unknown> {
  return {
    content_type: 'image_asset_pointer',
    asset_pointer: pointer,
    size_bytes: media?.bytes.length ?? null,
    width: media?.widthPx ?? null,
    height: media?.heightPx ?? null,
    fovea: null,
    metadata: null,
    ...more,
  }
}

export interface Drawn {
  readonly genId: string
  readonly prompt?: string
  readonly seed?: number
  readonly parentGenId?: string
  readonly editOp?: string
}

/** A DALL·E 3 image. */
export const dallePart = (pointer: string, media: Media | null, drawn: Drawn, more: PartMore = {}) =>
  imagePart(pointer, media, {
    metadata: {
      dalle: {
        gen_id: drawn.genId,
        prompt: drawn.prompt ?? '',
        seed: drawn.seed ?? null,
        parent_gen_id: drawn.parentGenId ?? null,
        edit_op: drawn.editOp ?? null,
        serialization_title: 'DALL-E generation metadata',
      },
      generation: null,
      gizmo: null,
      sanitized: false,
    },
    ...more,
  })

/** A GPT-4o image. */
export const paintedPart = (pointer: string, media: Media | null, genId: string, more: PartMore = {}) =>
  imagePart(pointer, media, {
    metadata: {
      dalle: { gen_id: genId, prompt: '', seed: null, parent_gen_id: null, edit_op: null, serialization_title: '' },
      generation: { gen_id: genId, gen_size: 'image', seed: null, parent_gen_id: null, transparent_background: false },
      gizmo: null,
      sanitized: false,
    },
    ...more,
  })

/** An image somebody uploaded. */
export const uploadPart = (pointer: string, media: Media | null, more: PartMore = {}) =>
  imagePart(pointer, media, {
    metadata: { dalle: null, generation: null, gizmo: null, sanitized: true },
    ...more,
  })

export const service = (id: string): string => `file-service://${id}`
export const sediment = (id: string): string => `sediment://${id}`

// ─── the story ───

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Everything a case needs, the same at every run: ids come from the case's name. */
export function createStory(name: string) {
  let count = 0
  const draw = () => createHash('sha256').update(`${name}/${count++}`).digest()
  const hex = (digits: number) => draw().toString('hex').slice(0, digits)
  const base62 = (length: number) =>
    [...Buffer.concat([draw(), draw()]).subarray(0, length)].map((byte) => letters[byte % 62]).join('')
  const uuidOf = (first: string) => {
    const rest = hex(24)
    return `${first}-${rest.slice(0, 4)}-4${rest.slice(5, 8)}-a${rest.slice(9, 12)}-${rest.slice(12, 24)}`
  }
  const uuid = () => uuidOf(hex(8))

  /** Lengths never meet by chance. */
  let length = 1_500 + 2 * (draw()[0] ?? 0)
  const wish = (more: Partial<MediaWish>): MediaWish => {
    length += 26
    return { seed: `${name}/${count++}`, lengthBytes: length, ...more }
  }

  let clock = 1_700_000_000 + (draw().readUInt16LE() % 1_000) * 3_600
  const packs: Pack[] = []
  const references: Reference[] = []
  const pictures: PictureTruth[] = []
  const notPictures: string[] = []
  const keeps = new Set<string>()
  const avoids: string[] = []
  const places: { sha256: string; pattern: RegExp }[] = []
  const rest: {
    options: ExportCase['options']
    isWhole: boolean
    before: ExportCase['before']
    after: ExportCase['after']
  } = { options: {}, isWhole: false, before: undefined, after: undefined }

  const story = {
    uuid,
    hex,
    /** `file-` and letters and digits. */
    legacyId: (chars = 24) => `file-${base62(chars)}`,
    /** `file_` and hexadecimal digits. */
    sedimentId: (digits = 32) => `file_${hex(digits)}`,
    /** As DALL·E 3 has them. */
    genId: () => base62(16),
    userId: () => `user-${base62(24)}`,

    png: (more: Partial<MediaWish> = {}) => png(wish(more)),
    webp: (more: Partial<MediaWish> = {}) => webp(wish({ ...more })),
    jpeg: (more: Partial<MediaWish> = {}) => jpeg(wish(more)),
    photo: (more: Partial<MediaWish> = {}) => png(wish({ hasCredentials: false, ...more })),
    wav: (more: Partial<MediaWish> = {}) => wav(wish(more)),
    pdf: (more: Partial<MediaWish> = {}) => pdf(wish(more)),
    wish,

    chat(title = 'A walk by the sea', given: { id?: string; at?: number } = {}): Chat {
      clock += 86_400
      const began = given.at ?? clock
      const id = given.id ?? uuidOf(Math.floor(began).toString(16).padStart(8, '0'))
      return createChat(id, title, began, uuid)
    },

    // ─── inputs ───
    zip(packName: string, entries: readonly Entry[], more: { lostBytes?: number } = {}) {
      packs.push({ name: packName, form: 'zip', entries, ...more })
    },
    folder(packName: string, entries: readonly Entry[]) {
      packs.push({ name: packName, form: 'folder', entries })
    },
    /** A name like those of the zips that are sent by mail. */
    mailName: () => `${hex(64)}-2025-03-04-05-06-07-${hex(32)}.zip`,

    // ─── entries ───
    /** A file that must rest in the archive, once. */
    file(path: string, media: Media): Entry {
      if (media.bytes.length > 0) keeps.add(media.sha256)
      return { path, bytes: media.bytes }
    },
    /** A file of which nobody says that it must be kept. */
    spare: (path: string, media: Media): Entry => ({ path, bytes: media.bytes }),
    json: (path: string, value: unknown): Entry => ({ path, bytes: Buffer.from(JSON.stringify(value)) }),
    raw: (path: string, text: string | Uint8Array): Entry => ({ path, bytes: Buffer.from(text) }),
    conversations: (...chats: readonly (Chat | Record<string, unknown>)[]): Entry => ({
      path: 'conversations.json',
      bytes: Buffer.from(JSON.stringify(chats.map(jsonOf))),
    }),
    user: (id: string): Entry => ({
      path: 'user.json',
      bytes: Buffer.from(JSON.stringify({ id, email: 'nobody@example.com', chatgpt_plus_user: true })),
    }),

    // ─── truth ───
    expect(chat: Chat | null | undefined, message: Message | undefined, pointer: string | null, ...wants: Want[]) {
      references.push({
        conversation: chat === undefined || chat === null ? chat : chat.id,
        ...(message && { messages: [message.id] }),
        pointer,
        wants,
      })
    },
    refer(reference: Reference) {
      references.push(reference)
    },
    picture(media: Media, truth: Omit<PictureTruth, 'sha256'> = {}) {
      pictures.push({
        sha256: media.sha256,
        ...(media.extension && { extension: media.extension }),
        ...truth,
      })
      places.push({ sha256: media.sha256, pattern: /^images\/\d{4}\/\d\d\/\d\d\/[^/]+$/ })
    },
    notPicture(...all: Media[]) {
      for (const media of all) {
        notPictures.push(media.sha256)
        places.push({ sha256: media.sha256, pattern: /^attachments\// })
      }
    },
    /** An attachment of one conversation. */
    attached(chat: Chat, media: Media, ending = media.extension === null ? '' : `\\.${media.extension}`) {
      notPictures.push(media.sha256)
      const folder = `attachments/\\d{4}/\\d\\d/\\d\\d/${chat.id}`
      places.push({ sha256: media.sha256, pattern: new RegExp(`^${folder}/[^/]+${ending}$`, 'i') })
    },
    orphan(media: Media) {
      places.push({ sha256: media.sha256, pattern: /^attachments\/orphans\/[^/]+\/.+/ })
    },
    avoid(media: Media) {
      avoids.push(media.sha256)
      keeps.delete(media.sha256)
    },
    place(media: Media, pattern: RegExp) {
      places.push({ sha256: media.sha256, pattern })
    },
    set(more: Partial<typeof rest>) {
      Object.assign(rest, more)
    },

    end: (): ExportCase => ({
      name,
      packs,
      references,
      pictures,
      notPictures,
      keeps: [...keeps],
      avoids,
      places,
      ...rest,
    }),
  }
  return story
}

export const jsonOf = (chat: Chat | Record<string, unknown>): unknown =>
  typeof chat.json === 'function' ? (chat as Chat).json() : chat

function createChat(id: string, title: string, began: number, uuid: () => string): Chat {
  interface Node {
    readonly id: string
    readonly parent: string | null
    readonly children: string[]
    readonly message: Record<string, unknown> | null
  }
  const root: Node = { id: uuid(), parent: null, children: [], message: null }
  const nodes = new Map<string, Node>([[root.id, root]])
  let last = root.id
  let now = began

  const say = (saying: Saying): Message => {
    now += 7.25
    const messageId = saying.id ?? uuid()
    const nodeId = saying.nodeId ?? messageId
    const parent = saying.after === null ? null : (saying.after?.nodeId ?? last)
    const at = saying.at === undefined ? now : saying.at
    const parts = saying.parts === undefined ? [saying.text ?? ''] : saying.parts
    const isMixed = parts?.some((part) => typeof part !== 'string')
    const message = {
      id: messageId,
      author: { role: saying.role ?? 'user', name: saying.name ?? null, metadata: {} },
      create_time: at,
      update_time: null,
      content: saying.content ?? { content_type: isMixed ? 'multimodal_text' : 'text', parts },
      status: 'finished_successfully',
      end_turn: null,
      weight: 1,
      metadata: saying.metadata ?? {},
      recipient: saying.recipient ?? 'all',
      channel: null,
      ...saying.more,
    }
    nodes.set(nodeId, { id: nodeId, parent, children: [], message })
    if (parent !== null) nodes.get(parent)?.children.push(nodeId)
    last = nodeId
    return { id: messageId, nodeId, at: at ?? now }
  }

  return {
    id,
    title,
    say,
    asks: (text, after) => say({ role: 'user', text, ...(after && { after }) }),
    answers: (text, after) => say({ role: 'assistant', text, ...(after && { after }) }),
    json: (more = {}) => ({
      title,
      create_time: began,
      update_time: now,
      mapping: Object.fromEntries(nodes),
      moderation_results: [],
      current_node: last,
      plugin_ids: null,
      conversation_id: id,
      conversation_template_id: null,
      gizmo_id: null,
      is_archived: false,
      default_model_slug: 'gpt-4o',
      id,
      ...more,
    }),
  }
}
