import { callMessage, imageMessage, userMessage } from './messages.ts'
import type { Conversation, Era, PictureWish, PretendPicture, World } from './world.ts'

const eras: readonly Era[] = ['A', 'B', 'C', 'D']

type Wish = Pick<PictureWish, 'era' | 'size' | 'lengthBytes'>

/**
 * Fills a world with so many pictures, up to ten of them in a conversation; small enough to have thousands, unless
 * `wish` says otherwise.
 */
export function fillAccount(world: World, count: number, wish: Partial<Wish> = {}): readonly PretendPicture[] {
  const pictures: PretendPicture[] = []
  let conversation: Conversation | undefined
  for (let n = 0; n < count; n++) {
    conversation = n % 10 === 0 ? world.addConversation(`Pictures from ${n}`) : conversation
    if (conversation) pictures.push(addTurn(world, conversation, n, wish))
  }
  return pictures
}

/** A group chat of so many pictures, which no list of pictures names. */
export function fillRoom(world: World, count: number): readonly PretendPicture[] {
  const room = world.addRoom('Boats together')
  return Array.from({ length: count }, (_, n) => addTurn(world, room, n, { era: 'D' }))
}

function addTurn(world: World, conversation: Conversation, n: number, wish: Partial<Wish>) {
  const { era = eras[n % eras.length] ?? 'D', ...others } = wish
  const prompt = `A paper boat, number ${n}`
  const small = { size: { widthPx: 16 + (n % 7), heightPx: 16 }, lengthBytes: 1_200 + n }
  const picture = world.addPicture({ era, prompt, conversationId: conversation.id, ...small, ...others })
  const head = { era, parentId: conversation.current, turnId: `turn-${n}`, createdAtS: 1_700_000_000 + n * 1_000 }
  const asked = world.append(conversation, conversation.current, userMessage(head, `Draw boat ${n}`))
  const call = world.append(conversation, asked, callMessage({ ...head, parentId: asked }, { prompt }))
  world.append(conversation, call, imageMessage({ ...head, parentId: call }, [picture]))
  return picture
}
