import { callMessage, imageMessage, userMessage } from './messages.ts'
import type { Era, PictureWish, PretendPicture, World } from './world.ts'

const eras: readonly Era[] = ['A', 'B', 'C', 'D']

/**
 * Fills a world with so many pictures, up to ten of them in a conversation; small enough to have thousands, unless
 * `wish` says otherwise.
 */
export function fillAccount(
  world: World,
  count: number,
  wish: Pick<PictureWish, 'size' | 'lengthBytes'> = {},
): readonly PretendPicture[] {
  const pictures: PretendPicture[] = []
  for (let n = 0; n < count; n++) {
    const conversation =
      n % 10 === 0 ? world.addConversation(`Pictures from ${n}`) : [...world.conversations.values()].at(-1)
    if (!conversation) break
    const era = eras[n % eras.length] ?? 'D'
    const prompt = `A paper boat, number ${n}`
    const small = { size: { widthPx: 16 + (n % 7), heightPx: 16 }, lengthBytes: 1_200 + n }
    const picture = world.addPicture({ era, prompt, conversationId: conversation.id, ...small, ...wish })
    const head = { era, parentId: conversation.current, turnId: `turn-${n}`, createdAtS: 1_700_000_000 + n * 1_000 }
    const asked = world.append(conversation, conversation.current, userMessage(head, `Draw boat ${n}`))
    const call = world.append(conversation, asked, callMessage({ ...head, parentId: asked }, { prompt }))
    world.append(conversation, call, imageMessage({ ...head, parentId: call }, [picture]))
    pictures.push(picture)
  }
  return pictures
}
