import { isObject, type Json, listAt, momentAt, objectAt, parseJson, textAt } from '../../decode/json.ts'
import { maxIdChars } from '../../decode/limits.ts'
import { findConversations } from '../../sites/chatgpt/conversation-json.ts'
import { createMessageReader } from '../../sites/chatgpt/messages.ts'
import { wordsOf } from '../../sites/chatgpt/note.ts'
import type { ImageFacts } from '../../sites/facts.ts'
import { mergeFacts } from '../../sites/facts.ts'
import type { Reference } from './reference.ts'
import { markGenerated, messagesOf, referenceMarks, referencesOf } from './references.ts'

/** What is kept of a conversation once it is read. */
export interface Conversation {
  readonly id: string
  title: string | null
  readonly createdAt: Date | null
  updatedAtMs: number
  gizmoId: string | null
  projectId: string | null
}

/** A message that the library says made a file, or one that followed it. */
export interface MessageRef {
  readonly conversationId: string
  readonly messageId: string
  readonly createdAt: Date | null
  /** What the person had asked for. */
  readonly prompt: string | null
}

/** Everything the conversations of all exports say about assets. */
export interface Conversations {
  readonly byId: Map<string, Conversation>
  readonly references: Map<string, Reference>
  readonly facts: Map<string, ImageFacts>
  /** Messages by id, for those ids that the library names. */
  readonly messages: Map<string, MessageRef>
  /** Messages that say they followed one of those: the "parent bridge". */
  readonly bridges: Map<string, MessageRef>
  /** Last messages of the threads the library names, to place a file whose message was left out. */
  readonly threads: Map<string, MessageRef[]>
  /** Requests for an image that no image follows. */
  readonly unanswered: MessageRef[]
}

export interface Interests {
  readonly messageIds: ReadonlySet<string>
  readonly threadIds: ReadonlySet<string>
}

export const noConversations = (): Conversations => ({
  byId: new Map(),
  references: new Map(),
  facts: new Map(),
  messages: new Map(),
  bridges: new Map(),
  threads: new Map(),
  unanswered: [],
})

/**
 * Learns from one conversation, as raw text.
 *
 * Shape   the same conversation may come several times, from several exports: what each says is united, and the newest
 *         one's title counts. Nothing of the text itself is kept. Some programs wrap all of them into one object:
 *         `{ conversations: […] }`, or one of conversations by their id.
 * Errors  'not-json' and 'not-a-conversation' are returned, not thrown.
 */
export function learnConversation(
  raw: Buffer,
  conversations: Conversations,
  interests: Interests,
  account: string | null,
): 'learned' | 'not-json' | 'not-a-conversation' {
  const value = parseLoosely(raw)
  if (value === undefined) return 'not-json'
  const wrapped = wrappedIn(value)
  if (wrapped.length > 0) {
    const outcomes = wrapped.map((one) =>
      learnConversation(Buffer.from(JSON.stringify(one)), conversations, interests, account),
    )
    return outcomes.find((outcome) => outcome !== 'learned') ?? 'learned'
  }
  const id = isObject(value) ? (textAt(value, 'conversation_id') ?? textAt(value, 'id')) : null
  const isWhole = isObject(value) && isConversation(value)
  if (!isWhole || id === null || id.length > maxIdChars) return 'not-a-conversation'
  const conversation = value as Json
  learnHeader(conversation, id, conversations)
  if (interests.threadIds.has(id) || interests.messageIds.size > 0)
    learnMessages(conversation, id, conversations, interests)
  if (referenceMarks.some((mark) => raw.includes(mark))) learnReferences(conversation, id, conversations, account)
  if (raw.includes('picture_v2')) learnUnanswered(conversation, id, conversations)
  return 'learned'
}

/** JSON, also as Python writes it, where a number may be NaN or infinite: nothing is known of it then. */
function parseLoosely(raw: Buffer): unknown {
  const text = raw.toString()
  const strict = parseJson(text)
  if (strict !== undefined || !/NaN|Infinity/.test(text)) return strict
  return parseJson(
    text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/gs, (found) => (found[0] === '"' ? found : 'null')),
  )
}

/** The conversations in an object that is none itself. */
function wrappedIn(value: unknown): Json[] {
  if (!isObject(value) || isConversation(value)) return []
  const { conversations = value } = value
  const inner = Array.isArray(conversations)
    ? conversations
    : Object.values(objectAt({ conversations }, 'conversations'))
  const found = inner.filter(isObject).filter(isConversation)
  return found.length === inner.length ? found : []
}

const isConversation = (value: Json) => isObject(value.mapping) || Array.isArray(value.messages)

function learnHeader(conversation: Json, id: string, { byId }: Conversations) {
  const updatedAt = momentAt(conversation, 'update_time') ?? momentAt(conversation, 'create_time')
  const template = textAt(conversation, 'conversation_template_id')
  const gizmo = textAt(conversation, 'gizmo_id')
  const project = [template, gizmo].find((one) => one?.startsWith('g-p-')) ?? null
  const news: Conversation = {
    id,
    title: textAt(conversation, 'title')?.slice(0, 1_000) ?? null,
    createdAt: momentAt(conversation, 'create_time') ?? bornAt(id),
    updatedAtMs: updatedAt?.getTime() ?? 0,
    gizmoId: [gizmo, template].find((one) => one?.startsWith('g-') && !one.startsWith('g-p-')) ?? null,
    projectId: project,
  }
  const known = byId.get(id)
  if (!known) byId.set(id, news)
  else if (news.updatedAtMs >= known.updatedAtMs) {
    known.title = news.title ?? known.title
    known.updatedAtMs = news.updatedAtMs
    known.gizmoId ??= news.gizmoId
    known.projectId ??= news.projectId
  }
}

/**
 * When a conversation began, by its id: the first eight hex digits are Unix seconds in those made since 2023.
 *
 * Errors  null where that gives no time within ChatGPT's life.
 */
export function bornAt(conversationId: string): Date | null {
  const seconds = /^[0-9a-f]{8}-/.test(conversationId) ? Number.parseInt(conversationId.slice(0, 8), 16) : 0
  return seconds > 1_669_800_000 && seconds < 2_000_000_000 ? new Date(seconds * 1000) : null
}

function learnReferences(conversation: Json, id: string, conversations: Conversations, account: string | null) {
  const reader = createMessageReader()
  const circumstances = { channel: 'export', liveAt: null, conversationUpdatedAt: null } as const
  const own = new Map<string, ImageFacts>()
  // The last word about an image is its final state; earlier ones were completed by later messages.
  for (const facts of findConversations(conversation, reader, circumstances, id).facts) own.set(facts.fileId, facts)
  const references = referencesOf(conversation, id)
  markGenerated(references, own)
  for (const [fileId, facts] of own) conversations.facts.set(fileId, mergeFacts(conversations.facts.get(fileId), facts))
  for (const reference of references) {
    const key = [id, reference.messageId, reference.id ?? reference.pointer, reference.derivative].join('\n')
    if (!conversations.references.has(key)) conversations.references.set(key, { ...reference, account })
  }
}

/** Messages the library names, those that followed them, and what was written in the threads it names. */
function learnMessages(
  conversation: Json,
  id: string,
  conversations: Conversations,
  { messageIds, threadIds }: Interests,
) {
  const thread: MessageRef[] = []
  let prompt: string | null = null
  const messages = [...messagesOf(conversation)].sort((one, other) => secondsOf(one) - secondsOf(other))
  for (const message of messages) {
    const messageId = textAt(message, 'id')
    if (messageId === null) continue
    prompt = writtenIn(message) ?? prompt
    const ref = { conversationId: id, messageId, createdAt: momentAt(message, 'create_time'), prompt }
    const parentId = textAt(objectAt(message, 'metadata'), 'parent_id')
    if (messageIds.has(messageId)) conversations.messages.set(messageId, ref)
    if (parentId !== null && messageIds.has(parentId)) conversations.bridges.set(parentId, ref)
    if (threadIds.has(id)) thread.push(ref)
  }
  if (thread.length > 0) conversations.threads.set(id, thread)
}

const secondsOf = (message: Json) => (typeof message.create_time === 'number' ? message.create_time : 0)

/** What a person wrote so that they could see it: the same words that count on the wire. */
const writtenIn = (message: Json): string | null => wordsOf(message)?.slice(0, 4_000) ?? null

/** An export that leaves generated images out still shows that one was requested. */
function learnUnanswered(conversation: Json, id: string, conversations: Conversations) {
  for (const message of messagesOf(conversation)) {
    const messageId = textAt(message, 'id')
    const hints = listAt(objectAt(message, 'metadata'), 'system_hints')
    if (messageId === null || !hints.includes('picture_v2')) continue
    const ref = {
      conversationId: id,
      messageId,
      createdAt: momentAt(message, 'create_time'),
      prompt: writtenIn(message),
    }
    if (!conversations.unanswered.some((known) => known.messageId === messageId)) conversations.unanswered.push(ref)
  }
}
