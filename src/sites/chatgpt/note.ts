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
  /** The person's message that was being answered, where the channel knew. */
  readonly askedId: string | null
  readonly createdAt: Date | null
  /** A call of a tool by the model, whether or not it carries a prompt. */
  readonly isCall: boolean
  /** Of a person, but written by the site: not the beginning of a turn. */
  readonly isHidden: boolean
  readonly callPrompt: string | null
  /** Several prompts of one call, one for each picture in their order; none where there is one for all. */
  readonly callPrompts: readonly string[]
  /** A call that says that the picture is made from the person's words themselves. */
  readonly isSkipped: boolean
  /** What the person wrote, for messages of theirs that they can see. */
  readonly userText: string | null
  /** The long description that "thinking" turns put beside an image. */
  readonly caption: string | null
}

/** Characters a note holds on to. */
export const charsInNote = (note: Note) =>
  (note.callPrompt?.length ?? 0) +
  note.callPrompts.join('').length +
  (note.userText?.length ?? 0) +
  (note.caption?.length ?? 0)

/** What two sights of a message say together; what only the earlier one said stays. */
export function mergeNotes(before: Note | undefined, now: Note): Note {
  if (!before) return now
  return {
    id: now.id,
    role: now.role ?? before.role,
    authorName: now.authorName ?? before.authorName,
    parentId: now.parentId ?? before.parentId,
    turnId: now.turnId ?? before.turnId,
    conversationId: now.conversationId ?? before.conversationId,
    // The first answer that holds a message is the one it belongs to.
    askedId: before.askedId ?? now.askedId,
    createdAt: now.createdAt ?? before.createdAt,
    isCall: now.isCall || before.isCall,
    isSkipped: now.isSkipped || before.isSkipped,
    isHidden: now.isHidden,
    // A call is stored without its prompt at times; then only the live stream had it.
    callPrompt: now.callPrompt ?? before.callPrompt,
    callPrompts: now.callPrompts.length > 0 ? now.callPrompts : before.callPrompts,
    userText: now.userText ?? before.userText,
    caption: now.caption ?? before.caption,
  }
}

/** Whether two sights of a message say the same. */
export function isSameNote(one: Note, other: Note): boolean {
  return (Object.keys(one) as (keyof Note)[]).every((key) => {
    const [a, b] = [one[key], other[key]]
    return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
  })
}

/** Reads what a note remembers out of a message. */
export function readNote(id: string, { message, parentId, conversationId, askedId = null }: FoundMessage): Note {
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
    askedId: short(askedId),
    createdAt: momentAt(message, 'create_time'),
    ...call,
    isHidden: isHidden(metadata),
    userText: wordsOf(message),
    caption: captionAmong(listAt(message.content, 'parts')),
  }
}

/** What a person wrote in a message that they can see; null for all that others, or the site in their name, wrote. */
export function wordsOf(message: Json): string | null {
  const isOfPerson = textAt(message.author, 'role') === 'user' && !isHidden(objectAt(message, 'metadata'))
  return isOfPerson ? spokenText(message) : null
}

const short = (id: string | null) => (id !== null && id.length <= maxIdChars ? id : null)

const isHidden = (metadata: Json) =>
  metadata.is_visually_hidden_from_conversation === true || metadata.is_visually_hidden === true

/** The string parts of a text or picture-with-text message, as the person wrote them. */
function spokenText(message: Json): string | null {
  const type = textAt(message.content, 'content_type')
  if (type !== null && type !== 'text' && type !== 'multimodal_text') return null
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
  return { isCall: true, ...promptsOf(call), isSkipped: isObject(call) && call.skipped_mainline === true }
}

const noCall: Pick<Note, 'isCall' | 'callPrompt' | 'callPrompts' | 'isSkipped'> = {
  isCall: false,
  callPrompt: null,
  callPrompts: [],
  isSkipped: false,
}

/** Either one prompt, or one for each picture: `prompts: […]`, or since 2026 `batch_requests: [{ prompt }]`. */
function promptsOf(call: unknown): Pick<Note, 'callPrompt' | 'callPrompts'> {
  const one = textAt(call, 'prompt')
  const requests = listAt(call, 'batch_requests').map((request) => textAt(request, 'prompt'))
  const several = (requests.length > 0 ? requests : listAt(call, 'prompts')).filter(
    (prompt) => typeof prompt === 'string',
  )
  if (one !== null || several.length < 2) return { callPrompt: one ?? several[0] ?? null, callPrompts: [] }
  return { callPrompt: null, callPrompts: several }
}

/** A note as it is written down for the next start. */
export const noteAsJson = (note: Note): Json => ({ ...note, createdAt: note.createdAt?.toISOString() ?? null })

/** A note that was written down before a restart; none where the JSON is not one, since a person may have edited it. */
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
      askedId: idAt(value, 'askedId'),
      createdAt: momentAt(value, 'createdAt'),
      isCall: value.isCall === true,
      isHidden: value.isHidden === true,
      callPrompt: textAt(value, 'callPrompt'),
      callPrompts: listAt(value, 'callPrompts').filter((prompt) => typeof prompt === 'string'),
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
