import { isObject, type Json, momentAt, shapeOf, textAt } from '../../decode/json.ts'
import { maxDepth, maxTitleChars, overLimit } from '../../decode/limits.ts'
import { type Oddity, oddity } from '../../decode/oddity.ts'
import { type Findings, mergeFindings, oddly } from '../findings.ts'
import { roomForm } from './addresses.ts'
import type { Circumstances, FoundMessage } from './found-message.ts'
import type { MessageReader } from './messages.ts'

/** What the objects around a value say of it. */
interface Scope {
  readonly conversationId: string | null
  readonly nodeId: string | null
  readonly parentId: string | null
  readonly conversationTitle: string | null
  readonly conversationUpdatedAt: Date | null
}

const nowhere = { nodeId: null, parentId: null, conversationTitle: null, conversationUpdatedAt: null }

/**
 * Finds conversations and messages anywhere in a JSON value and reads the images they mention.
 *
 * Shape   a tree `{ conversation_id, title, update_time, mapping: { [nodeId]: { message?, parent } } }`, all branches;
 *         a flat page `{ messages: […], title }`; a list of either (batch); running tasks with `image_gen_message`; a
 *         shared conversation's `linear_conversation`; a wrapper `{ message }`. A message is any object that has both
 *         an `author` and a `content`. A flat page may leave out its conversation's id; `conversationId` is the one
 *         that the request named.
 * Units   update_time is in Unix seconds with a fraction.
 * Errors  throws none. What lies deeper than `maxDepth` is an oddity "over-limit", the rest is still read.
 * Source  docs/wire/conversations.md; recording conversation-sanitized-2026-05.json
 */
export function findConversations(
  value: unknown,
  reader: MessageReader,
  circumstances: Circumstances,
  conversationId: string | null = null,
): Findings & { readonly messageCount: number } {
  const messages: FoundMessage[] = []
  const titles: Findings[] = []
  const oddities: Oddity[] = []
  let isTooDeep = false

  const walk = (inner: unknown, scope: Scope, depth: number) => {
    if (depth > maxDepth) {
      isTooDeep ||= typeof inner === 'object' && inner !== null
    } else if (Array.isArray(inner)) {
      for (const one of inner) walk(one, scope, depth + 1)
    } else if (isObject(inner)) {
      walkObject(inner, scope, depth)
    }
  }

  const walkObject = (inner: Json, outer: Scope, depth: number) => {
    const scope = scopeOf(inner, outer)
    if (isMessage(inner)) {
      messages.push({ message: inner, ...scope })
      return
    }
    if (typeof inner.asset_pointer === 'string') {
      oddities.push(oddity('pointer-outside-a-message', `keys ${shapeOf(inner)}`))
    }
    if (scope.conversationId && isConversation(inner)) {
      const title = textAt(inner, 'title')
      if (title) titles.push(reader.title(scope.conversationId, title))
    }
    for (const [key, one] of Object.entries(inner)) {
      if (key === 'mapping' && isObject(one)) walkTree(one, scope, depth)
      else if (pageKeys.has(key) && Array.isArray(one)) walkPage(one, scope, depth)
      else if (typeof one === 'object' && one !== null) walk(one, scope, depth + 1)
    }
  }

  /** Flat pages are in order, and a stored message may not say what it follows. */
  const walkPage = (page: readonly unknown[], scope: Scope, depth: number) => {
    let before: string | null = null
    for (const one of page) {
      const parentId: string | null = isObject(one) ? (textAt(one.metadata, 'parent_id') ?? before) : null
      walk(one, { ...scope, parentId }, depth + 2)
      before = textAt(one, 'id') ?? before
    }
  }

  const walkTree = (mapping: Json, scope: Scope, depth: number) => {
    for (const [nodeId, node] of Object.entries(mapping)) {
      if (!isObject(node)) continue
      const parentId = textAt(node, 'parent')
      if (isObject(node.message)) walk(node.message, { ...scope, nodeId, parentId }, depth + 3)
      else oddities.push(...reader.link(nodeId, parentId).oddities)
    }
  }

  walk(value, { ...nowhere, conversationId }, 0)
  if (isTooDeep) oddities.push(overLimit('levels of JSON', maxDepth + 1, maxDepth))
  const read = reader.read(messages, circumstances)
  return { ...mergeFindings([...titles, read, oddly(oddities)]), messageCount: messages.length }
}

function scopeOf(value: Json, outer: Scope): Scope {
  const isWhole = isConversation(value)
  const room = textAt(value, 'room_id')
  const named = textAt(value, 'conversation_id') ?? (isWhole ? textAt(value, 'id') : null)
  const own = named ?? (room !== null && roomForm.test(room) ? room : null)
  const scope = own && own !== outer.conversationId ? { ...outer, conversationId: own } : outer
  if (!isWhole) return scope
  const conversationUpdatedAt =
    momentAt(value, 'update_time') ?? momentAt(value, 'create_time') ?? outer.conversationUpdatedAt
  const title = textAt(value, 'title')
  const isTitle = title !== null && title.length <= maxTitleChars
  return { ...scope, conversationTitle: isTitle ? title : outer.conversationTitle, conversationUpdatedAt }
}

/** Lists of messages in their order; a group chat wraps the messages of each of its own into one. */
const pageKeys = new Set(['messages', 'linear_conversation', 'raw_messages'])

const isMessage = (value: Json) => isObject(value.author) && isObject(value.content)

/** A conversation as the site stores it, tree or flat; a list's rows have neither. */
const isConversation = (value: Json) =>
  isObject(value.mapping) || Array.isArray(value.messages) || Array.isArray(value.linear_conversation)
