import { type Json, objectAt } from '../../decode/json.ts'
import { idOverLimit, maxIdChars } from '../../decode/limits.ts'
import type { Oddity } from '../../decode/oddity.ts'
import type { Channel } from '../facts.ts'

/** A message as some channel carried it, with what only the channel knew. */
export interface FoundMessage {
  readonly message: Json
  /** The id of the tree node that held it, where there was a tree. */
  readonly nodeId: string | null
  readonly parentId: string | null
  readonly conversationId: string | null
  /** The person's message whose answer held it. */
  readonly askedId?: string | null
  /** What the conversation around it said, where there was one. */
  readonly conversationTitle?: string | null
  readonly conversationUpdatedAt?: Date | null
}

/** What is true of a whole answer rather than of one message. */
export interface Circumstances {
  readonly channel: Channel
  /** When a live answer came; null for stored conversations, whose answer says nothing of the picture's age. */
  readonly liveAt: Date | null
  /** When a stored conversation was last changed. */
  readonly conversationUpdatedAt: Date | null
  /** The answer is the stream of one turn. */
  readonly isTurn?: boolean
}

/** Whether a message's own ids are short enough to remember; those of what is around it may be left out. */
export const hasUsableIds = (found: FoundMessage) => longest(ownIds(found)) <= maxIdChars

/** What to report of ids that are too long to remember: one oddity a message, of the longest. */
export function longIds(found: FoundMessage): Oddity[] {
  const chars = longest([...ownIds(found), ...nearIds(found)])
  return chars > maxIdChars ? [idOverLimit(chars)] : []
}

const ownIds = ({ message, nodeId, conversationId }: FoundMessage) => [message.id, nodeId, conversationId]

/** Ids of what is around a message; notes leave out those that are too long. */
const nearIds = ({ message, parentId }: FoundMessage) => {
  const { parent_id, turn_exchange_id } = objectAt(message, 'metadata')
  return [parentId, parent_id, turn_exchange_id]
}

const longest = (ids: readonly unknown[]) => Math.max(...ids.map((id) => (typeof id === 'string' ? id.length : 0)))
