import { randomUUID } from 'node:crypto'
import { callMessage, imageMessage, type MessageHead, textMessage, userMessage } from '../messages.ts'
import type { Conversation, Era, Message, PretendPicture, World } from '../world.ts'

/** What was asked in a turn, and the channels it can be answered over. */
export interface TurnInput {
  readonly world: World
  readonly prompt: string
  readonly userMessageId: string
  readonly uploads: readonly PretendPicture[]
  /** Writes to the answer of the request itself. */
  readonly write: (text: string) => void
  /** Sends a frame over the sockets of this person. */
  readonly socket: (frame: unknown) => void
  /** Sends a frame over the older sockets. */
  readonly pubSub: (frame: unknown) => void
  /** Keeps the rest of a turn for the request that resumes it. */
  readonly keepForResume: (conversationId: string, rest: (write: (text: string) => void) => Promise<void>) => void
  /** A moment's work, as long as the pretend site takes its time. */
  readonly pause: () => Promise<void>
  readonly picture?: { readonly lengthBytes?: number; readonly size?: PretendPicture['size'] } | undefined
}

/** A turn that is being played. */
export interface Scene extends TurnInput {
  readonly era: Era
  readonly conversation: Conversation
  readonly turnId: string
  readonly user: Message
  /** What every message of this turn begins with. */
  readonly head: (parentId: string, id?: string) => MessageHead
}

/** Begins a turn: in a conversation of its own, with what the person wrote. */
export function openScene(input: TurnInput, era: Era): Scene {
  const { world, prompt, userMessageId, uploads } = input
  const conversation = world.addConversation(`About ${prompt.slice(0, 30)}`)
  const turnId = randomUUID()
  const head = (parentId: string, id?: string): MessageHead => ({ era, parentId, turnId, ...(id && { id }) })
  const user = userMessage(head(conversation.current, userMessageId), prompt, uploads)
  world.append(conversation, conversation.current, user)
  return { ...input, era, conversation, turnId, user, head }
}

interface OrdinaryTurn {
  /** What the model asked of the image tool, and what is stored of it where that differs. */
  readonly call: object
  readonly storedCall?: object
  readonly genId?: string | null
}

/** The messages of an ordinary turn, also put into the stored conversation. */
export function makeTurn(scene: Scene, count: number, { call: asked, storedCall, genId }: OrdinaryTurn) {
  const { world, conversation } = scene
  const call = callMessage(scene.head(scene.userMessageId), asked)
  const pictures = Array.from({ length: count }, () => addPicture(scene, genId === undefined ? {} : { genId }))
  const image = imageMessage(scene.head(String(call.id)), pictures, { title: 'A finished picture' })
  const closing = textMessage(scene.head(String(image.id)), 'assistant', 'Here it is.')
  const stored = storedCall ? callMessage(scene.head(scene.userMessageId, String(call.id)), storedCall) : call
  for (const message of [stored, image, closing]) world.append(conversation, conversation.current, message)
  return { call, image, closing, pictures }
}

/** A picture of this turn, the final one unless it is said to be a preview. */
export function addPicture(scene: Scene, more: { role?: 'preview'; genId?: string | null } = {}): PretendPicture {
  const { era, conversation, prompt, world, picture } = scene
  return world.addPicture({ era, conversationId: conversation.id, prompt, ...picture, ...more })
}

/** A message as the site wraps it in every form of delivery. */
export const payload = ({ conversation }: Scene, message: unknown) => ({
  message,
  conversation_id: conversation.id,
  error: null,
})
