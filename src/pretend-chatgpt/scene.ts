import { randomUUID } from 'node:crypto'
import { eraOf, type Form } from './forms.ts'
import { callMessage, imageMessage, type MessageHead, textMessage, userMessage } from './messages.ts'
import type { RestOfTurn } from './site.ts'
import type { Conversation, Era, Message, PretendPicture, World } from './world.ts'

/** A turn of a conversation that is to be played, and what it may be answered with. */
export interface PretendTurn {
  readonly world: World
  readonly form: Form
  readonly prompt: string
  readonly userMessageId: string
  readonly uploads: readonly PretendPicture[]
  /** Writes to the answer of the request itself. */
  readonly write: (text: string) => void
  /** Sends a frame over the sockets of this person. */
  readonly socket: (frame: unknown) => void
  /** Sends a frame over the older sockets. */
  readonly pubSub: (frame: unknown) => void
  /** Puts the rest of a turn aside for the request that resumes it. */
  readonly keepForResume: (conversationId: string, rest: RestOfTurn) => void
  /** A moment's work, as long as the pretend site takes its time. */
  readonly pause: () => Promise<void>
  readonly picture?: { readonly lengthBytes?: number; readonly size?: PretendPicture['size'] } | undefined
}

/** A turn while it is played, in a conversation of its own. */
export interface Scene extends PretendTurn {
  readonly era: Era
  readonly conversation: Conversation
  readonly turnId: string
  /** What all messages of this turn have in common, under a given parent. */
  readonly head: (parentId: string, id?: string) => MessageHead
}

/** Opens the conversation with what the person wrote. */
export function beginScene(turn: PretendTurn): { scene: Scene; user: Message } {
  const { world, prompt } = turn
  const era = eraOf(turn.form)
  const conversation = world.addConversation(`About ${prompt.slice(0, 30)}`)
  const turnId = randomUUID()
  const head: Scene['head'] = (parentId, id) => ({ era, parentId, turnId, ...(id && { id }) })
  const user = userMessage(head(conversation.current, turn.userMessageId), prompt, turn.uploads)
  world.append(conversation, conversation.current, user)
  return { scene: { ...turn, era, conversation, turnId, head }, user }
}

interface TurnDetails {
  /** What the model hands to the image tool. */
  readonly call: object
  /** What is stored of it, where that differs. */
  readonly storedCall?: object
  readonly genId?: string | null
}

/** The messages of an ordinary turn, also put into the stored conversation. */
export function makeTurn(scene: Scene, count: number, details: TurnDetails) {
  const { genId, storedCall } = details
  const call = callMessage(scene.head(scene.userMessageId), details.call)
  const pictures = Array.from({ length: count }, () => addPicture(scene, genId === undefined ? {} : { genId }))
  const image = imageMessage(scene.head(String(call.id)), pictures, { title: 'A finished picture' })
  const closing = textMessage(scene.head(String(image.id)), 'assistant', 'Here it is.')
  const stored = storedCall ? callMessage(scene.head(scene.userMessageId, String(call.id)), storedCall) : call
  for (const message of [stored, image, closing]) store(scene, message)
  return { call, image, closing, pictures }
}

/** Puts a message into the stored conversation, under its newest one unless another is given. */
export function store({ world, conversation }: Scene, message: Message, parentId = conversation.current): void {
  world.append(conversation, parentId, message)
}

/** A new picture of this turn. */
export function addPicture(scene: Scene, more: { role?: 'preview'; genId?: string | null } = {}): PretendPicture {
  const { era, conversation, prompt, world, picture } = scene
  return world.addPicture({ era, conversationId: conversation.id, prompt, ...picture, ...more })
}

/** A message as it stands in a stream. */
export const payload = ({ conversation }: Scene, message: unknown) => ({
  message,
  conversation_id: conversation.id,
  error: null,
})
