/** Messages, streams and answers in the shapes of docs/wire, written anew for the tests of `decode`. */

import { readFileSync } from 'node:fs'
import { createDecoder } from '../../src/sites/chatgpt/decoder.ts'
import type { ImageFacts } from '../../src/sites/facts.ts'
import { type Findings, mergeFindings } from '../../src/sites/findings.ts'

export type Loose = Record<string, unknown>

export const liveAt = new Date('2026-05-07T03:01:00Z')
export const conversationId = '6ab13b80-1234-83ea-9abc-def012345678'
export const genId = '0f8fad5b-d9cb-469f-a165-70867728950e'
export const imageTool = 't2uay3k.sj1i4kz'

/** A file id of the newer form, told apart by its last digits. */
export const fileNo = (number: number) => `file_${number.toString(16).padStart(32, '0')}`

/** A message with the envelope of 2026; `more` adds and overrides. */
export function message(id: string, role: string, content: unknown, more: Loose = {}): Loose {
  return {
    id,
    author: { role, name: role === 'tool' ? imageTool : null, metadata: {} },
    create_time: null,
    update_time: null,
    content,
    status: 'finished_successfully',
    end_turn: null,
    weight: 1,
    metadata: {},
    recipient: 'all',
    channel: null,
    ...more,
  }
}

/** A message of a person, in words. */
export const userSays = (id: string, text: string, metadata: Loose = {}, more: Loose = {}) =>
  message(id, 'user', { content_type: 'text', parts: [text] }, { metadata, ...more })

/** A message of a person with pictures, and words beside them. */
export const userShows = (id: string, parts: readonly unknown[], metadata: Loose = {}) =>
  message(id, 'user', { content_type: 'multimodal_text', parts }, { metadata })

/** Words of the image tool, as stand where a picture will be. */
export const toolSays = (id: string, text: string, metadata: Loose = {}) =>
  message(id, 'tool', { content_type: 'text', parts: [text] }, { metadata })

/** The model's call of the image tool. */
export const callOf = (id: string, parentId: string | null, call: unknown, metadata: Loose = {}, more: Loose = {}) =>
  message(
    id,
    'assistant',
    { content_type: 'code', language: 'unknown', response_format_name: null, text: JSON.stringify(call) },
    { recipient: imageTool, metadata: { ...(parentId && { parent_id: parentId }), ...metadata }, ...more },
  )

/** The tool's answer with its pictures. */
export const imagesOf = (
  id: string,
  parentId: string | null,
  parts: readonly unknown[],
  metadata: Loose = {},
  more: Loose = {},
) =>
  message(
    id,
    'tool',
    { content_type: 'multimodal_text', parts },
    { weight: 0, metadata: { ...(parentId && { parent_id: parentId }), ...metadata }, ...more },
  )

const genIdOf = (fileId: string) => `${fileId.slice(-8).replace(/[^0-9a-f]/g, '0')}-d9cb-469f-a165-70867728950e`

/** A pointer as of 2026, each file with a gen_id of its own; `metadata` overrides the pointer's own metadata whole. */
export const pointer = (fileId: string, more: Loose = {}): Loose => ({
  content_type: 'image_asset_pointer',
  asset_pointer: `${fileId.startsWith('file-') ? 'file-service' : 'sediment'}://${fileId}`,
  size_bytes: 2_101_337,
  width: 1254,
  height: 1254,
  fovea: null,
  metadata: {
    dalle: { gen_id: genIdOf(fileId), prompt: '', seed: null, parent_gen_id: null, edit_op: null },
    gizmo: null,
    generation: {
      gen_id: genIdOf(fileId),
      gen_size: 'smimage',
      seed: null,
      parent_gen_id: null,
      height: 1254,
      width: 1254,
    },
    sanitized: false,
  },
  ...more,
})

/** A pointer as the page sends it for an uploaded picture. */
export const uploaded = (fileId: string): Loose =>
  pointer(fileId, { metadata: { dalle: null, gizmo: null, generation: null, sanitized: true } })

/** What a stream sends of a message: the message, and the conversation it belongs to. */
export const payloadOf = (content: unknown, inConversation: string | null = conversationId): Loose => ({
  message: content,
  conversation_id: inConversation,
  error: null,
})

/** The tool's answer with one picture, told apart by its number; what is said beyond these three is the message's. */
export const imageNo = (
  number: number,
  { id = 'm-img', parentId = 'm-call', metadata = {}, ...more }: Loose & ImageWish = {},
): Loose => imagesOf(id, parentId, [pointer(fileNo(number))], metadata, more)

interface ImageWish {
  readonly id?: string
  readonly parentId?: string | null
  readonly metadata?: Loose
}

/** A stored conversation as a tree; every message hangs where its `parent_id` says. */
export function treeOf(messages: readonly Loose[], more: Loose = {}): Loose {
  const root = { id: 'root', message: null, parent: null, children: [] }
  const nodes = messages.map((one) => {
    if (typeof one.metadata !== 'object' || one.metadata === null)
      return [one.id, { id: one.id, message: one, parent: 'root' }]
    const { parent_id: parent, ...metadata } = one.metadata as Loose
    return [one.id, { id: one.id, message: { ...one, metadata }, parent: parent ?? 'root', children: [] }]
  })
  return {
    title: 'A stored conversation',
    create_time: 1_700_000_000,
    update_time: 1_700_000_500,
    mapping: Object.fromEntries([['root', root], ...nodes]),
    current_node: messages.at(-1)?.id,
    conversation_id: conversationId,
    ...more,
  }
}

/** One server-sent event; text is sent as it is, anything else as JSON. */
export const event = (data: unknown, name = '') =>
  `${name && `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
/** The event of a stream with a whole message. */
export const payloadEvent = (content: unknown) => event(payloadOf(content))
/** The events of a stream with these messages, each whole. */
export const streamOf = (...messages: readonly Loose[]) => messages.map(payloadEvent)
/** An event that is told by its type and belongs to the conversation. */
export const typedEvent = (type: string, more: Loose = {}) => event({ type, conversation_id: conversationId, ...more })

const delta = (value: Loose) => event(value, 'delta')
/** The pieces of a stream of deltas. */
export const deltas = {
  /** Says that deltas follow. */
  start: event('"v1"', 'delta_encoding'),
  of: delta,
  /** Begins a message. */
  add: (content: unknown, more: Loose = {}) => delta({ p: '', o: 'add', v: payloadOf(content), ...more }),
  /** The next letters of a call. */
  callText: (text: string) => delta({ p: '/message/content/text', o: 'append', v: text }),
  /** Ends a message. */
  finished: delta({ p: '/message/status', o: 'replace', v: 'finished_successfully' }),
} as const

export const streamComplete = event({ type: 'message_stream_complete', conversation_id: conversationId })
export const endOfStream = event('[DONE]')

/** What a socket says of a conversation that has changed; without a type, it says none. */
export const updateOf = (content: Loose, type: string | null = 'async-task-update-message'): Loose => ({
  type: 'conversation-update',
  payload: { conversation_id: conversationId, ...(type && { update_type: type }), update_content: content },
})

/** All that a fresh or given decoder finds in a stream fed piece by piece. */
export function readStream(pieces: readonly string[], decoder = createDecoder()): Findings {
  const stream = decoder.stream(liveAt, null)
  return mergeFindings([...pieces.map((piece) => stream.feed(piece)), stream.end()])
}

/** All that a fresh or given decoder finds in a JSON answer. */
export const readAnswer = (value: unknown, decoder = createDecoder()): Findings =>
  decoder.answer(typeof value === 'string' ? value : JSON.stringify(value))

/** All that a fresh or given decoder finds in a flat page of messages. */
export const readPage = (messages: readonly Loose[], decoder = createDecoder()): Findings =>
  readAnswer({ messages, conversation_id: conversationId }, decoder)

/** What is known of each picture at the end: the last facts told of it, in the order they were first told. */
export function pictures({ facts }: Findings): ImageFacts[] {
  return [...new Map(facts.map((one) => [one.fileId, one])).values()]
}

/** The file ids of the pictures found, in order. */
export const fileIds = (findings: Findings) => pictures(findings).map((picture) => picture.fileId)

/** The only picture found; fails when there are others. */
export function onlyPicture(findings: Findings): ImageFacts {
  const [first, ...others] = pictures(findings)
  if (!first || others.length > 0) throw new Error(`${fileIds(findings).length} pictures where one was expected`)
  return first
}

/** Cuts text, or bytes, at the given places, whatever their order. */
export function cutAt<Whole extends string | Buffer>(whole: Whole, places: readonly number[]): Whole[] {
  const ends = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b)
  const slice = (from: number, to: number) =>
    typeof whole === 'string' ? whole.slice(from, to) : whole.subarray(from, to)
  return [0, ...ends].map((from, index) => slice(from, ends[index] ?? whole.length) as Whole)
}

export type LiveSample =
  | 'conversation-init-anonymous-2026-05'
  | 'conversation-sanitized-2026-05'
  | 'recent-image-gen-sanitized-2026-05'
  | 'sse-image-turn-inline-2026-05'
  | 'sse-text-turn-v0-2026-05'

/** A recorded sample as JSON, fresh for each caller. */
export const liveSample = (name: LiveSample): unknown =>
  JSON.parse(readFileSync(new URL(`../recordings/live/${name}.json`, import.meta.url), 'utf8'))

/** The text of a recorded stream; its `event:` lines were lost and are put back as the samples' README says. */
export function streamText(entries: unknown): string {
  const list: readonly unknown[] = Array.isArray(entries) ? entries : []
  return list
    .map((entry) => {
      if (typeof entry !== 'object' || entry === null) return event(JSON.stringify(entry) ?? 'null')
      if ('parsed' in entry) return event(JSON.stringify(entry.parsed), 'delta_encoding')
      if ('raw' in entry) return event(String(entry.raw))
      return 'v' in entry ? event(entry, 'delta') : event(entry)
    })
    .join('')
}
