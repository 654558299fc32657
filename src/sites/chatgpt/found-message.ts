import type { Json } from '../../decode/json.ts'
import type { Channel } from '../facts.ts'

/** A message as some channel carried it, with what only the channel knew. */
export interface FoundMessage {
  readonly message: Json
  /** The id of the tree node that held it, where there was a tree. */
  readonly nodeId: string | null
  readonly parentId: string | null
  readonly conversationId: string | null
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
