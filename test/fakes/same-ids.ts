import { callMessage, imageMessage, userMessage } from '../../src/pretend-chatgpt/messages.ts'
import type { PictureWish, World } from '../../src/pretend-chatgpt/world.ts'

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`

/**
 * A conversation with one picture, whose messages have the same ids in every account; without a prompt, those that
 * would say it are not there, and a reader that has heard another account takes theirs.
 */
export function tellWithSameIds(world: World, prompt: string | null, wish: Partial<PictureWish> = {}) {
  const conversation = world.addConversation(prompt ?? 'Nothing said')
  const picture = world.addPicture({ era: 'D', prompt, conversationId: conversation.id, lengthBytes: 5_000, ...wish })
  const head = { era: picture.era, parentId: conversation.current, turnId: 'turn' }
  let at = conversation.current
  if (prompt !== null) {
    at = world.append(conversation, at, userMessage({ ...head, id: id(1) }, `Draw: ${prompt}`))
    at = world.append(conversation, at, callMessage({ ...head, parentId: at, id: id(2) }, { prompt }))
  }
  world.append(conversation, at, imageMessage({ ...head, parentId: id(2), id: id(3) }, [picture]))
  return { picture, conversation, url: `https://chatgpt.com/c/${conversation.id}` }
}
