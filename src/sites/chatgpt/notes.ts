import { isObject, type Json, listAt, momentAt, objectAt, parseJson, textAt } from '../../decode/json.ts'
import { maxIdChars } from '../../decode/limits.ts'
import type { FoundMessage } from './found-message.ts'
import { captionAmong } from './image-parts.ts'

/** What is remembered of a message for the sake of images below it. */
export interface Note {
  readonly id: string
  readonly role: string | null
  readonly authorName: string | null
  readonly parentId: string | null
  readonly turnId: string | null
  readonly conversationId: string | null
  readonly createdAt: Date | null
  /** A call of a tool by the model, whether or not it carries a prompt. */
  readonly isCall: boolean
  /** Of a person, but written by the site: not the beginning of a turn. */
  readonly isHidden: boolean
  readonly callPrompt: string | null
  /** A call that says that the picture is made from the person's words themselves. */
  readonly isSkipped: boolean
  /** What the person wrote, for messages of theirs that they can see. */
  readonly userText: string | null
  /** The long description that "thinking" turns put beside an image. */
  readonly caption: string | null
}

export interface Notes {
  /** Remembers a message; what an earlier sight of it said and this one does not is kept. */
  add(found: FoundMessage): Note
  link(nodeId: string, parentId: string | null): void
  /** What is known by now of a message that was added before. */
  latest(note: Note): Note
  /** From the parent upward, nearest first. */
  ancestors(note: Note): Note[]
  ofTurn(turnId: string): Note[]
}

const maxNotes = 20_000
const maxChars = 8_000_000
/** Messages of one turn that are looked through for what belongs to a picture. */
const maxOfTurn = 256
/** Longest way upward: a turn has a dozen messages, a broken tree may have circles. */
const maxAncestors = 64

/** A bounded memory of messages by id, oldest forgotten first. */
export function createNotes(known: readonly Note[] = []): Notes {
  const notes = new Map<string, Note>()
  const parents = new Map<string, string | null>()
  /** Tree nodes are usually named after their message, but not always. */
  const idOfNode = new Map<string, string>()
  const turns = new Map<string, Set<string>>()
  let chars = 0

  const forgetOldest = () => {
    const oldest = notes.values().next().value
    if (!oldest) return
    notes.delete(oldest.id)
    chars -= weight(oldest)
    const turn = turns.get(oldest.turnId ?? '')
    turn?.delete(oldest.id)
    if (turn?.size === 0) turns.delete(oldest.turnId ?? '')
  }

  const joinTurn = (turnId: string, id: string) => {
    const turn = turns.get(turnId) ?? new Set()
    turns.set(turnId, turn.add(id))
    const oldest = turn.size > maxOfTurn ? turn.values().next().value : undefined
    if (oldest !== undefined) turn.delete(oldest)
  }

  for (const note of known) {
    notes.set(note.id, note)
    chars += weight(note)
    if (note.turnId) joinTurn(note.turnId, note.id)
  }

  const parentOf = (note: Note): Note | string | undefined => {
    const parentId = note.parentId
    return parentId === null ? undefined : (notes.get(idOfNode.get(parentId) ?? parentId) ?? parentId)
  }

  return {
    add(found) {
      const id = textAt(found.message, 'id') ?? found.nodeId ?? ''
      // Without an id nothing can be said of it later, and it must not be mixed up with others.
      if (id === '') return readNote(id, found)
      const before = notes.get(id)
      const note = merge(before, readNote(id, found))
      if (found.nodeId && found.nodeId !== id) remember(idOfNode, found.nodeId, id)
      if (before) chars -= weight(before)
      notes.delete(id)
      notes.set(id, note)
      chars += weight(note)
      if (note.turnId) joinTurn(note.turnId, id)
      while (notes.size > maxNotes || (chars > maxChars && notes.size > 1)) forgetOldest()
      return note
    },
    link: (nodeId, parentId) => remember(parents, nodeId, parentId),
    latest: (note) => notes.get(note.id) ?? note,
    ancestors(note) {
      const found: Note[] = []
      const seen = new Set([note.id])
      let above = parentOf(note)
      while (above !== undefined && found.length < maxAncestors) {
        const id: string = typeof above === 'string' ? above : above.id
        if (seen.has(id)) break
        seen.add(id)
        if (typeof above === 'string') {
          const parentId = parents.get(above)
          above = parentId ? (notes.get(idOfNode.get(parentId) ?? parentId) ?? parentId) : undefined
        } else {
          found.push(above)
          above = parentOf(above)
        }
      }
      return found
    },
    ofTurn: (turnId) => [...(turns.get(turnId) ?? [])].map((id) => notes.get(id)).filter((note) => note !== undefined),
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V) {
  map.delete(key)
  map.set(key, value)
  if (map.size > maxNotes) map.delete(map.keys().next().value ?? '')
}

/** Characters a note holds on to. */
export const weight = (note: Note) =>
  (note.callPrompt?.length ?? 0) + (note.userText?.length ?? 0) + (note.caption?.length ?? 0)

function merge(before: Note | undefined, now: Note): Note {
  if (!before) return now
  return {
    id: now.id,
    role: now.role ?? before.role,
    authorName: now.authorName ?? before.authorName,
    parentId: now.parentId ?? before.parentId,
    turnId: now.turnId ?? before.turnId,
    conversationId: now.conversationId ?? before.conversationId,
    createdAt: now.createdAt ?? before.createdAt,
    isCall: now.isCall || before.isCall,
    isSkipped: now.isSkipped || before.isSkipped,
    isHidden: now.isHidden,
    // A call is stored without its prompt at times; then only the live stream had it.
    callPrompt: now.callPrompt ?? before.callPrompt,
    userText: now.userText ?? before.userText,
    caption: now.caption ?? before.caption,
  }
}

function readNote(id: string, { message, parentId, conversationId }: FoundMessage): Note {
  const metadata = objectAt(message, 'metadata')
  const role = textAt(message.author, 'role')
  const call = role === 'assistant' ? readCall(message, metadata) : noCall
  return {
    id,
    role,
    authorName: textAt(message.author, 'name'),
    parentId: short(parentId ?? textAt(metadata, 'parent_id')),
    turnId: short(textAt(metadata, 'turn_exchange_id')),
    conversationId,
    createdAt: momentAt(message, 'create_time'),
    ...call,
    isHidden: isHidden(metadata),
    userText: role === 'user' && !isHidden(metadata) ? spokenText(message) : null,
    caption: captionAmong(listAt(message.content, 'parts')),
  }
}

const short = (id: string | null) => (id !== null && id.length <= maxIdChars ? id : null)

const isHidden = (metadata: Json) =>
  metadata.is_visually_hidden_from_conversation === true || metadata.is_visually_hidden === true

/** The string parts of a text or picture-with-text message, as the person wrote them. */
function spokenText(message: Json): string | null {
  const type = textAt(message.content, 'content_type')
  if (type !== 'text' && type !== 'multimodal_text') return null
  const text = listAt(message.content, 'parts').filter((part) => typeof part === 'string')
  return text.join('\n').trim() || null
}

/** A tool call is addressed to the tool, not to all; its text is JSON, of which `prompt` is the part that matters. */
function readCall(message: Json, metadata: Json): typeof noCall {
  const recipient = textAt(message, 'recipient')
  const type = textAt(message.content, 'content_type')
  if (recipient === 'all' || (recipient === null && type !== 'code')) return noCall
  const isResearch = metadata.async_task_type === 'research' || recipient?.startsWith('research_kickoff_tool') === true
  if (isResearch) return { ...noCall, isCall: true }
  const call = parseJson(textAt(message.content, 'text') ?? spokenText(message) ?? '')
  return { isCall: true, callPrompt: promptOf(call), isSkipped: isObject(call) && call.skipped_mainline === true }
}

const noCall: Pick<Note, 'isCall' | 'callPrompt' | 'isSkipped'> = { isCall: false, callPrompt: null, isSkipped: false }

function promptOf(call: unknown): string | null {
  const several = listAt(call, 'prompts').filter((prompt) => typeof prompt === 'string')
  return textAt(call, 'prompt') ?? (several.length === 1 ? (several[0] ?? null) : null)
}

/** A note as it is kept over a restart. */
export const noteAsJson = (note: Note): Json => ({ ...note, createdAt: note.createdAt?.toISOString() ?? null })

/** A note that was kept over a restart, if it is one: a person may have edited it. */
export function reviveNote(value: Json): Note[] {
  const id = idAt(value, 'id')
  if (id === null || id === '') return []
  return [
    {
      id,
      role: textAt(value, 'role'),
      authorName: textAt(value, 'authorName'),
      parentId: idAt(value, 'parentId'),
      turnId: idAt(value, 'turnId'),
      conversationId: idAt(value, 'conversationId'),
      createdAt: momentAt(value, 'createdAt'),
      isCall: value.isCall === true,
      isHidden: value.isHidden === true,
      callPrompt: textAt(value, 'callPrompt'),
      isSkipped: value.isSkipped === true,
      userText: textAt(value, 'userText'),
      caption: textAt(value, 'caption'),
    },
  ]
}

function idAt(value: Json, key: string): string | null {
  const id = textAt(value, key)
  return id !== null && id.length <= maxIdChars ? id : null
}
