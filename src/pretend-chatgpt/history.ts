import { randomUUID } from 'node:crypto'
import { callMessage, imageMessage, textMessage, userMessage } from './messages.ts'
import type { Conversation, Era, PretendPicture, World } from './world.ts'

/** What was on the site before the visit. */
export interface History {
  /** A conversation with every oddity of stored ones: branches, missing dates, empty metadata, uploads, edits. */
  readonly conversation: Conversation
  readonly shared: Conversation
  /** Listed in the library alone: its conversation was deleted. */
  readonly libraryOnly: PretendPicture
}

/** Puts pictures of every era into the world, as an account that has been used since 2023 has them. */
export function makeHistory(world: World): History {
  const conversation = world.addConversation('Boats through the years')
  const turn = (era: Era) => {
    const turnId = randomUUID()
    return (parentId: string, createdAtS?: number | null) => ({
      era,
      parentId,
      turnId,
      ...(createdAtS !== undefined && { createdAtS }),
    })
  }
  const append = (parent: string, message: Record<string, unknown>) => world.append(conversation, parent, message)
  const picture = (era: Era, prompt: string, role?: PretendPicture['role']) =>
    world.addPicture({ era, prompt, conversationId: conversation.id, ...(role && { role }) })

  // 2023: dates are missing on the image itself, and the picture was made twice, once on a side branch.
  const first = turn('A')
  const asked = append(conversation.current, userMessage(first('', 1_698_615_600), 'Draw a paper boat'))
  const call = append(asked, callMessage(first(asked, null), { prompt: 'A paper boat on a canal at dusk.' }))
  append(call, imageMessage(first(call, null), [picture('A', 'A paper boat on a canal at dusk, again.')]))
  const old = append(call, imageMessage(first(call, null), [picture('A', 'A paper boat on a canal at dusk.')]))

  // 2025: pointers without any metadata; one with a caption, one with the person's words as its only prompt.
  const second = turn('C')
  const again = append(old, userMessage(second(old, 1_745_500_000), 'Настоящая лодка 🚤 на реке'))
  const bare = append(
    again,
    imageMessage(second(again, 1_745_500_030), [picture('C', 'Настоящая лодка 🚤 на реке')], { isBare: true }),
  )
  const captioned = picture('C', 'A boat with a red sail, seen from the shore.')
  const caption = { isBare: true, caption: captioned.prompt ?? '' }
  const third = turn('C')
  const shown = append(
    append(bare, userMessage(third(bare, 1_745_600_000), 'Another boat')),
    imageMessage(third('', 1_745_600_030), [captioned], caption),
  )

  // 2026: an upload of the person's own, an edit of a generated picture, and a plot that is no generated image.
  const fourth = turn('D')
  const upload = picture('D', '', 'upload')
  const edited = picture('D', 'Put this sail on the boat')
  const request = append(
    shown,
    userMessage(fourth(shown, 1_790_000_000), 'Put this sail on the boat', [upload, captioned]),
  )
  const edit = append(request, callMessage(fourth(request, 1_790_000_001), { skipped_mainline: true }))
  const result = append(edit, imageMessage(fourth(edit, 1_790_000_022), [edited]))
  append(result, textMessage(fourth(result), 'assistant', 'The sail is on the boat.'))

  const shared = world.addConversation('A shared boat')
  const sharedTurn = { era: 'D' as const, parentId: '', turnId: randomUUID() }
  const sharedAsk = world.append(shared, shared.current, userMessage(sharedTurn, 'A boat to share'))
  const sharedPicture = world.addPicture({ era: 'D', prompt: 'A boat to share', conversationId: shared.id })
  world.append(shared, sharedAsk, imageMessage({ ...sharedTurn, parentId: sharedAsk }, [sharedPicture]))

  const libraryOnly = world.addPicture({
    era: 'D',
    prompt: 'A boat whose conversation was deleted',
    conversationId: randomUUID(),
  })
  return { conversation, shared, libraryOnly }
}
